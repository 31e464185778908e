// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Transfer

/// Two sounds ready for a transfer.
struct SoundPair {
    /// The content's file, for the record.
    let content: RunRecord.Input
    /// The style's.
    let style: RunRecord.Input
    /// The content at the network's rate: its channels, or their mix.
    let channels: [[Float]]
    /// The style at the network's rate, mixed to one channel.
    let styleMix: [Float]

    /// Reads the files.
    ///
    /// - Throws: ``Failure``.
    init(
        content contentPath: String, style stylePath: String, _ parts: PartOptions, clip: ClipPolicy,
        warn: (String) -> Void
    ) throws {
        let content = try InputSound(contentPath, start: parts.start, duration: parts.duration, clip: clip, warn: warn)
        let style = try InputSound(
            stylePath, start: parts.styleStart, duration: parts.styleDuration, clip: clip, warn: warn)
        channels = try content.channels(parts.channels, at: WaveEncoderBackend.sampleRate)
        styleMix = try style.channels(.mix, at: WaveEncoderBackend.sampleRate)[0]
        (self.content, self.style) = (content.record, style.record)
    }
}
