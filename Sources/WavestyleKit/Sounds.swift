// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Evaluation
import Files

extension Waveform {
    /// Writes a file, whose ending decides the format (`AudioFormat`): wav, flac, ogg, opus, mp3 or aiff. The sound is made
    /// quieter where its peaks would not fit.
    ///
    /// - Throws: `Failure` of kind `usage` for an unknown ending, `cannotCreate` or `inputOutput`.
    public func write(to path: String) throws(Failure) {
        try asFailure { try AudioFile.write(limited(by: .rescale).waveform, to: path, as: AudioFormat(path: path)) }
    }

    /// The first seconds; all of it where it is shorter, and for nil.
    public func beginning(seconds: Double?) -> Waveform {
        guard let seconds, seconds < duration else { return self }
        let count = max(1, Int((seconds * Double(sampleRate)).rounded()))
        return Waveform(channels: channels.map { Array($0.prefix(count)) }, sampleRate: sampleRate)
    }
}

extension Evaluation {
    /// Figures of an output beside its content and its style; sounds may have any rate and number of channels.
    ///
    ///     let figures = try Evaluation.scores(of: output, content: voice, style: flute)
    ///     print(figures[.styleDistance] ?? .nan)
    ///
    /// - Returns: what is defined for these sounds, of `Metric`.
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
