// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Evaluation
import Files

extension Waveform {
    /// Writes a file, whose extension determines the format (`AudioFormat`): wav, flac, ogg, opus, mp3 or aiff. The sound is
    /// rescaled if its peaks exceed full scale; mp3 takes a stereo downmix of more than two channels (`downmixedToStereo()`).
    ///
    /// - Throws: `Failure` of kind `usage` for an unknown extension, `cannotCreate` or `inputOutput`.
    public func write(to path: String) throws(Failure) {
        try asFailure {
            let format = try AudioFormat(path: path)
            let sound = format.channels(of: channels.count) < channels.count ? downmixedToStereo() : self
            try AudioFile.write(sound.limited(by: .rescale).waveform, to: path, as: format)
        }
    }

    /// The first seconds; all of it where it is shorter, and for nil.
    public func beginning(seconds: Double?) -> Waveform {
        guard let seconds, seconds < duration else { return self }
        let count = max(1, Int((seconds * Double(sampleRate)).rounded()))
        return Waveform(channels: channels.map { Array($0.prefix(count)) }, sampleRate: sampleRate, layout: layout)
    }
}

extension Evaluation {
    /// Metrics of an output against its content and its style; sounds may have any rate and number of channels.
    ///
    ///     let metrics = try Evaluation.scores(of: output, content: voice, style: flute)
    ///     print(metrics[.styleDistance] ?? .nan)
    ///
    /// - Returns: the metrics that are defined for these sounds.
    /// - Throws: `Failure` for rates that are not within a factor of 256 of 16 kHz.
    public static func scores(
        of output: Waveform, content: Waveform, style: Waveform, metrics: Set<Metric> = Set(Metric.allCases)
    ) throws(Failure) -> [Metric: Double] {
        func judged(_ sound: Waveform) throws(Failure) -> [Float] {
            try sound.mixedDown().resampled(to: sampleRate).channels[0]
        }
        let evaluation = Evaluation(content: try judged(content), style: try judged(style), metrics: metrics)
        return evaluation.scores(of: try judged(output), clipping: Clipping.share(of: output.channels))
    }
}
