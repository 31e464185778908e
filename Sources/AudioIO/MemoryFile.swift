// SPDX-License-Identifier: Apache-2.0

import CLinux
import Files
import Glibc

/// A file in memory, for an encoder to write into.
///
/// libsndfile writes the end of a flac, ogg, opus or mp3 file while closing it and reports no error there: on a full
/// disk a file would be truncated silently. Our own copy from memory notices.
struct MemoryFile: ~Copyable {
    /// Where the encoder reads, writes and seeks.
    let descriptor: Int32

    /// Creates an empty file.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput` when the system refuses.
    init() throws(Failure) {
        descriptor = memory_file_create()
        guard descriptor >= 0 else {
            throw Failure(.inputOutput, "cannot make a file in memory", why: systemError(errno))
        }
    }

    deinit { close(descriptor) }

    /// Copies all bytes to an open file and waits until they are stored; does not close it.
    ///
    /// - Returns: the `errno` of what went wrong, or `nil`.
    func copy(to output: Int32) -> Int32? {
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { return errno }
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 { return errno }
            if count == 0 { break }
            let error = buffer.withUnsafeBytes { writeAll(UnsafeRawBufferPointer(rebasing: $0[..<count]), to: output) }
            if let error { return error }
        }
        // Some files, pipes for instance, have nothing to wait for.
        return fsync(output) == 0 || errno == EINVAL ? nil : errno
    }
}
