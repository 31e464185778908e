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
    /// That the transfer runs at, in hertz.
    let workingRate: Int
    /// The content at that rate: its channels, or their mix. A mosaic takes their place.
    var channels: [[Float]]
    /// What these channels are for.
    let layout: ChannelLayout
    /// The styles at that rate, with their weights: mixed to one channel each, but for a mosaic.
    let styles: [(sound: Waveform, weight: Double)]
    /// The content's, where the output is to have them.
    let tags: SoundTags
    /// What the output is written as.
    let format: AudioFormat
    /// How many channels the output has: it may hold fewer than there are.
    let outputChannels: Int
    /// The output's rate, in hertz.
    let outputRate: Int
    /// The content at its own rate, where the output takes its high band; its channels, or their mix.
    let original: Waveform?
    /// The content's, where the output is to have them; nil for a published system's.
    let pauses: ContentPauses?
    /// That outputs are brought to, in LUFS; nil where they stay as they come.
    let outputLoudness: Double?

    /// What is done to results, before they are written.
    ///
    /// - Throws: ``Failure`` where the content's rate is too far from the backend's.
    func finish() throws(Failure) -> OutputFinish {
        try OutputFinish(
            content: original, above: Waveform(channels: channels, sampleRate: workingRate, layout: layout),
            pauses: pauses, rate: outputRate, isStereo: outputChannels < channels.count, loudness: outputLoudness)
    }

    /// Reads the files.
    ///
    /// - Parameter memory: bytes that the samples of each may take.
    init(
        content contentPath: String, styles files: [StyleFile], _ parts: PartOptions, _ form: SoundForm,
        settings: MethodSettings, memory: Int?, warn: (String) -> Void
    ) throws {
        let sound = try InputSound(
            contentPath, start: parts.start, duration: settings.duration, clip: form.clip,
            strict: parts.strict, memory: memory, warn: warn)
        let chosen = sound.channels(form.channels, warn: warn)
        if chosen.isSilent {
            let isResultSilent = settings.keepsPauses || settings.mosaic != nil
            warn("\(contentPath): it is silent\(isResultSilent ? ", and so is the result" : "")")
        }
        content = sound.record
        let rate = form.workingRate(of: chosen)
        workingRate = rate
        channels = try chosen.resampled(to: rate).channels
        layout = chosen.layout
        format = form.format(like: sound.sampleFormat)
        tags = form.keepsTags ? sound.tags : SoundTags()
        outputChannels = format.channels(of: channels.count)
        outputRate = form.outputRate(of: chosen)
        // At a higher rate than the content's, what the backend made above its band stays.
        let takesBand = chosen.sampleRate > rate ? outputRate > rate : outputRate <= chosen.sampleRate
        original = form.highBand == .keep && chosen.sampleRate != rate && takesBand ? chosen : nil
        pauses = settings.keepsPauses ? ContentPauses(of: chosen) : nil
        outputLoudness =
            switch form.loudness {
            // Of a published system's content, what has no integrated loudness gives none.
            case .content:
                settings.followsContent
                    ? Loudness.of(channels: chosen.channels, sampleRate: chosen.sampleRate)
                    : Loudness.integrated(channels: chosen.channels, sampleRate: chosen.sampleRate)
            case .keep: nil
            case .level(let level): level
            }
        let sounds = try files.map { file in
            (
                file,
                try InputSound(
                    file.path, start: parts.styleStart, duration: settings.styleDuration, clip: form.clip,
                    strict: parts.strict, memory: memory, warn: warn)
            )
        }
        styleRecords = sounds.map { RunRecord.Style(sound: $1.record, weight: $0.weight) }
        for (_, style) in sounds {
            let isCut = settings.styleDuration.map { style.waveform.duration >= $0 - 0.001 } ?? false
            try style.requireSound(isPart: isCut || parts.styleStart > 0)
        }
        // A mosaic plays a style's own channels where all have as many as the content, else it mixes them itself.
        let isMixed = settings.mosaic == nil || sounds.contains { $1.waveform.channels.count != chosen.channels.count }
        styles = try sounds.map { file, style in
            let mix = isMixed ? style.channels(.mix, warn: warn) : style.waveform
            let low = try (settings.mosaic == nil ? mix : style.waveform).resampled(to: rate)
            try style.requireSound(in: low)
            return (low, file.weight)
        }
    }

    /// Bytes of the output's file, about.
    var fileBytes: Int {
        let seconds = Double(frames) / Double(workingRate)
        return Int(seconds * Double(outputRate * outputChannels) * format.bytesPerSample) + 4_096
    }

    /// Of the content, at the working rate.
    var frames: Int { channels[0].count }

    /// Of all styles, at the working rate.
    var styleFrames: Int { styles.reduce(0) { $0 + $1.sound.frameCount } }
}
