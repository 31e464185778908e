// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Room on disk for what memory does not hold: a file without a name, which is gone when nobody uses it any more, even after
/// a crash. Several threads may use different parts at once.
public final class ScratchFile: Sendable {
    private let descriptor: Int32
    private let folder: String

    /// Creates an empty file.
    ///
    /// - Throws: ``Failure`` of kind `cannotCreate`.
    public init(inFolder folder: String) throws(Failure) {
        self.folder = folder
        var name = Array("\(folder)/.wavestyle-scratch-XXXXXX".utf8CString)
        let descriptor = mkstemp(&name)
        guard descriptor >= 0 else {
            throw Failure(.cannotCreate, "cannot make a scratch file", at: folder, why: systemError(errno))
        }
        unlink(name)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Bytes that the folder's file system has left; 0 where it can't be asked.
    public static func room(inFolder folder: String) -> Int {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { return 0 }
        return Int(clamping: status.f_bavail) * Int(clamping: status.f_frsize)
    }

    /// Writes bytes at an offset.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`, when the disk is full for one.
    public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(Failure) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, offset + done)
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
