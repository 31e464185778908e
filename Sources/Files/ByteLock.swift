// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// Keeps a number, of any size, from other processes of all machines that share a file: a lock on the byte at that offset (an open file
/// description lock, fcntl(2)), which the system frees when the process and its children have ended, however they end; a file server frees
/// it when their machine does not answer any more. The file stays empty.
public final class ByteLock {
    private let descriptor: Int32
    private let number: Int64

    private init(descriptor: Int32, number: Int64) { (self.descriptor, self.number) = (descriptor, number) }

    /// Takes a number.
    ///
    /// - Returns: nil where another process has it.
    /// - Throws: ``Failure`` of kind `cannotCreate` where the file cannot be made or its file system has no locks.
    public static func take(_ number: Int64, of path: String) throws(Failure) -> ByteLock? {
        // Children inherit it: what they do is not over when this process is killed.
        let descriptor = open(path.cPath, O_RDWR | O_CREAT, 0o666)
        guard descriptor >= 0 else {
            throw Failure(.cannotCreate, "cannot open", at: path, why: systemError(errno))
        }
        guard byte_lock(descriptor, number, 1) != 0 else { return ByteLock(descriptor: descriptor, number: number) }
        let error = errno
        close(descriptor)
        guard error == EAGAIN || error == EACCES else {
            throw Failure(
                .cannotCreate, "cannot lock", at: path, why: systemError(error),
                remedy: "use a folder on a file system that has locks (Lustre: mounted with -o flock)")
        }
        return nil
    }

    deinit {
        // A child that was started meanwhile may have it, too: closing would not end it.
        _ = byte_lock(descriptor, number, 0)
        close(descriptor)
    }

    /// Whether processes have any number below a bound.
    public static func isAnyTaken(below bound: Int64, of path: String) -> Bool {
        let descriptor = open(path.cPath, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return byte_is_locked(descriptor, 0, bound) == 1
    }

    /// Those of some numbers that processes have.
    public static func taken(among numbers: some Sequence<Int64>, of path: String) -> Set<Int64> {
        let descriptor = open(path.cPath, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        return Set(numbers.filter { byte_is_locked(descriptor, $0, 1) == 1 })
    }
}
