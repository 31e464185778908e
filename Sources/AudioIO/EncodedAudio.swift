// SPDX-License-Identifier: Apache-2.0

import Files
import Glibc

extension AudioFile {
    /// The bytes of a file that is never on disk, for a page with embedded sounds.
    ///
    /// - Parameters:
    ///   - waveform: `[channels][frames]`; samples over full scale are clipped, except in `float32`.
    ///   - name: for errors.
    /// - Throws: ``Failure`` of kind `badData` for samples that are not numbers, `cannotCreate` when the format does not take
    ///   the rate, `inputOutput` when memory runs out.
    public static func encoded(_ waveform: Waveform, as format: AudioFormat, name: String) throws(Failure) -> [UInt8] {
        try waveform.requireFinite("cannot encode the sound", at: name)
        return try encode(waveform, as: format, at: name).bytes()
    }
}

extension MemoryFile {
    /// All that was written.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`.
    fileprivate func bytes() throws(Failure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max(0, Int(lseek(descriptor, 0, SEEK_END))))
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done, off_t(done))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw Failure(.inputOutput, "cannot read a file in memory", why: systemError(errno))
            }
            done += count
        }
        return bytes
    }
}
