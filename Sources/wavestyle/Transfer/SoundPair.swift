// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Transfer

/// The sounds of a transfer, ready for it.
struct SoundPair {
    /// The content's file, for the record.
    let content: RunRecord.Input
    /// The styles' files.
    let styleRecords: [RunRecord.Style]
    /// The content at the backend's rate: its channels, or their mix.
    let channels: [[Float]]
    /// The styles at the backend's rate, each mixed to one channel.
    let styles: [StyleSignal]

    /// Reads the files.
    ///
    /// - Parameter rate: the backend's, in hertz.
    /// - Throws: ``Failure``.
    init(
        content contentPath: String, styles files: [StyleFile], _ parts: PartOptions, channels mode: ChannelMode,
        settings: TransferSettings, rate: Int, clip: ClipPolicy, warn: (String) -> Void
    ) throws {
        let sound = try InputSound(contentPath, start: parts.start, duration: settings.duration, clip: clip, warn: warn)
        content = sound.record
        channels = try sound.channels(mode, at: rate)
        let sounds = try files.map { file in
            (
                file,
                try InputSound(
                    file.path, start: parts.styleStart, duration: settings.styleDuration, clip: clip, warn: warn)
            )
        }
        styleRecords = sounds.map { RunRecord.Style(sound: $1.record, weight: $0.weight) }
        styles = try sounds.map { StyleSignal(try $1.channels(.mix, at: rate)[0], weight: $0.weight) }
    }
}
