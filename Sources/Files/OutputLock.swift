// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Keeps other processes of this machine from writing the same output.
///
/// It is a name in the kernel (an abstract address, unix(7)) that ends with the process, however that ends. Nothing lies on the disk, so that
/// nothing is left there, and a folder that takes no other file has one too.
public final class OutputLock {
    private let socket: Int32

    /// Waits a moment: a process that was killed just now may not have ended. Where the system gives no such names, nothing is kept.
    ///
    /// - Throws: ``Failure`` of kind `cannotCreate` where another process has it.
    public init(of output: OutputFile) throws(Failure) {
        let type = SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue
        socket = Glibc.socket(AF_UNIX, Int32(type), 0)
        let digest = output.identity.withUnsafeBytes { Checksum(of: $0) }
        for _ in 0..<12 {
            guard !Self.bind(socket, "wavestyle \(digest)") else { return }
            guard errno == EADDRINUSE else { return }
            usleep(50_000)
        }
        throw Failure(
            .cannotCreate, "cannot write", at: output.path, why: "another run is writing it",
            remedy: "wait for that, or choose another name")
    }

    deinit { close(socket) }

    private static func bind(_ socket: Int32, _ name: String) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // Abstract names begin with 0.
        let bytes = [0] + Array(name.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = MemoryLayout<sa_family_t>.size + bytes.count
        return withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(socket, $0, socklen_t(length)) == 0
            }
        }
    }
}
