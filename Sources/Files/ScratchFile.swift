// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Opens an empty file without a name, which disappears when it is closed.
///
/// - Parameter folder: where its bytes are; the first for temporary files that takes them by default: `TMPDIR`, `/tmp`, `/var/tmp`,
///   `/dev/shm`.
/// - Returns: a descriptor, which the caller closes.
/// - Throws: ``Failure`` of kind `cannotCreate`.
public func unnamedFile(inFolder folder: String? = nil) throws(Failure) -> Int32 {
    let folder = folder ?? temporaryFolder
    var name = "\(folder)/.wavestyle-scratch-XXXXXX".cPath
    let descriptor = FileCalls.makeTemporary(&name)
    guard descriptor >= 0 else {
        throw Failure(.cannotCreate, "cannot make a scratch file", at: folder, why: systemError(errno))
    }
    unlink(name)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    return descriptor
}

private var temporaryFolder: String {
    let chosen = getenv("TMPDIR").map { [String(path: UnsafeRawBufferPointer(start: $0, count: strlen($0)))] } ?? []
    let folders = chosen + ["/tmp", "/var/tmp", "/dev/shm"]
    return folders.first { access($0.cPath, W_OK | X_OK) == 0 && Folder.exists($0) } ?? folders[0]
}

/// Disk space for data that does not fit into memory: a file without a name, which disappears when it is no longer used,
/// however the program ends. Several threads may use different parts at the same time.
public final class ScratchFile: Sendable {
    private let descriptor: Int32
    private let folder: String

    /// Creates an empty file.
    ///
    /// - Throws: ``Failure`` of kind `cannotCreate`.
    public init(inFolder folder: String? = nil) throws(Failure) {
        self.folder = folder ?? temporaryFolder
        descriptor = try unnamedFile(inFolder: self.folder)
    }

    deinit { close(descriptor) }

    /// A name for it, as long as it is used.
    var path: String { "/proc/self/fd/\(descriptor)" }

    /// Free bytes on the folder's file system; 0 if unknown, and for a file system in memory.
    public static func room(inFolder folder: String) -> Int {
        var status = stat()
        guard stat(folder.cPath, &status) == 0, !isInMemory(status.st_dev) else { return 0 }
        return Folder.room(in: folder) ?? 0
    }

    /// Whether a device is a tmpfs or ramfs, as proc_pid_mountinfo(5) has it: `36 35 0:23 / /tmp rw - tmpfs none rw`.
    private static func isInMemory(_ device: dev_t) -> Bool {
        guard let file = fopen("/proc/self/mountinfo", "re") else { return false }
        defer { fclose(file) }
        // Linux's layout of a device number, see makedev(3).
        let major = (device >> 32 & 0xFFFF_F000) | (device >> 8 & 0xFFF)
        let minor = (device >> 12 & 0xFFFF_FF00) | (device & 0xFF)
        var line = [CChar](repeating: 0, count: 4_096)
        while fgets(&line, Int32(line.count), file) != nil {
            let fields = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
                .split(separator: " ")
            guard fields.count > 2, fields[2] == "\(major):\(minor)",
                let separator = fields.firstIndex(of: "-"), separator + 1 < fields.count
            else { continue }
            return ["tmpfs", "ramfs"].contains(fields[separator + 1])
        }
        return false
    }

    /// Writes bytes at an offset.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`, on a full disk for instance.
    public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(Failure) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = FileCalls.write(descriptor, rest, at: offset + done)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw broken("write", errno) }
            done += count
        }
    }

    /// Reads as many bytes as the buffer holds.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`, also where nothing was written.
    public func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws(Failure) {
        var done = 0
        while done < bytes.count {
            let count = pread(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, offset + done)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw broken("read", count == 0 ? EIO : errno) }
            done += count
        }
    }

    private func broken(_ verb: String, _ error: Int32) -> Failure {
        Failure(.inputOutput, "cannot \(verb) a scratch file", at: folder, why: systemError(error))
    }
}
