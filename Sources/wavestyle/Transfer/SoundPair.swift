// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Evaluation
import Files
import Finishing
import Transfer

/// The sounds of a transfer, ready for it.
struct SoundPair {
    /// The content's file, for the record.
    let content: RunRecord.Input
    /// The styles' files.
    let styleRecords: [RunRecord.Style]
    /// The backend's rate, in hertz.
    let backendRate: Int
    /// The content at the backend's rate: its channels, or their mix.
    let channels: [[Float]]
    /// The styles at the backend's rate, each mixed to one channel.
    let styles: [StyleSignal]
    /// The output's rate, in hertz.
    let outputRate: Int
    /// The content at its own rate, where the output takes its high band; its channels, or their mix.
    let original: Waveform?
    /// That outputs are brought to, in LUFS; nil where they stay as they come.
    let outputLoudness: Double?

    /// What is done to results, before they are written.
    ///
    /// - Throws: ``Failure`` where the content's rate is too far from the backend's.
    func finish() throws(Failure) -> OutputFinish {
        try OutputFinish(
            content: original, above: Waveform(channels: channels, sampleRate: backendRate), rate: outputRate,
            loudness: outputLoudness)
    }

    /// Reads the files.
    init(
        content contentPath: String, styles files: [StyleFile], _ parts: PartOptions, _ form: SoundForm,
        settings: TransferSettings, warn: (String) -> Void
    ) throws {
        let rate = form.backendRate
        let sound = try InputSound(
            contentPath, start: parts.start, duration: settings.duration, clip: form.clip, warn: warn)
        let chosen = sound.channels(form.channels)
        content = sound.record
        backendRate = rate
        channels = try chosen.resampled(to: rate).channels
        outputRate = form.outputRate(of: chosen)
        original = form.highBand == .keep && min(chosen.sampleRate, outputRate) > rate ? chosen : nil
        outputLoudness =
            switch form.loudness {
            // What has no integrated loudness gives none.
            case .content: Loudness.integrated(channels: chosen.channels, sampleRate: chosen.sampleRate)
            case .keep: nil
            case .level(let level): level
            }
        let sounds = try files.map { file in
            (
                file,
                try InputSound(
                    file.path, start: parts.styleStart, duration: settings.styleDuration, clip: form.clip, warn: warn)
            )
        }
        styleRecords = sounds.map { RunRecord.Style(sound: $1.record, weight: $0.weight) }
        styles = try sounds.map { StyleSignal(try $1.mix(at: rate), weight: $0.weight) }
    }
}
