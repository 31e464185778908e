// SPDX-License-Identifier: Apache-2.0
import Files

/// What looks at a file before a library of another project does, all at once: for the fuzzer.
package enum SoundParsers {
    /// Reads a file of any kind.
    ///
    /// - Returns: whether it is a sound, as far as its first bytes tell.
    package static func read(_ file: FileSection) throws(Failure) -> Bool {
        let kind = try SoundKind(of: file)
        _ = try ChunkSizes(in: file)
        _ = try ChunkSizes.areTooMany(in: file)
        _ = try OggLink.all(in: file)
        _ = try MPEGFrame.first(in: file, from: SoundKind.endOfTags(in: file))
        _ = try JoinedDecoder.Part.all(in: file)
        let bytes = try file.bytes(0..<file.count)
        for channels in 1...8 { _ = AppleChannelLayout.speakers(bytes, channels: channels) }
        if case .none = kind.reader { return false }
        return kind != .unknown
    }
}
