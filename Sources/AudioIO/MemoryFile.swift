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

    /// Copies all bytes to an open file.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`.
    func copy(to file: LineWriter) throws(Failure) {
        lseek(descriptor, 0, SEEK_SET)
        try file.copy(of: descriptor)
    }
}
