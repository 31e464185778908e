// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc

/// A client that sends what it likes. It waits on threads of its own: those of the tests are the server's, too.
final class RawClient: Sendable {
    private let socket: Int32

    init(port: UInt16) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let socket = socket
        let failed = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard failed == 0 else { throw POSIXError(.ECONNREFUSED) }
        // Other tests hold all threads for many minutes.
        var patience = timeval(tv_sec: 3_600, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(socket) }

    /// Sends as much as the other end takes.
    func send(_ bytes: [UInt8]) async {
        await onThread { [socket] in
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return }
                sent += count
            }
        }
    }

    func send(_ text: String) async { await send(Array(text.utf8)) }

    /// Says that nothing more will be sent.
    func finishSending() { shutdown(socket, Int32(SHUT_WR)) }

    /// What comes until there is `enough` of it, or the other end closes.
    func receive(until enough: @escaping @Sendable (String) -> Bool = { _ in false }) async -> String {
        await onThread { [socket] in
            var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
            while !enough(String(decoding: bytes, as: UTF8.self)) {
                let count = read(socket, &buffer, buffer.count)
                guard count > 0 else { break }
                bytes += buffer[..<count]
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// The status of the next answer, with a whole body; 0 where the other end closes without one.
    func status() async -> Int {
        let answer = await receive { text in
            guard let head = text.range(of: "\r\n\r\n"), let length = text.firstMatch(of: /Content-Length: (\d+)/)
            else {
                return false
            }
            return text[head.upperBound...].utf8.count >= Int(length.1) ?? 0
        }
        return answer.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }
}

private func onThread<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        Thread.detachNewThread { continuation.resume(returning: work()) }
    }
}
