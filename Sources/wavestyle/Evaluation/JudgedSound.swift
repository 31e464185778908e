// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Evaluation
import Files

/// A sound as it is measured and played: one channel.
struct JudgedSound {
    /// At the file's own rate, channels mixed.
    let waveform: Waveform
    /// The share of samples at full scale, as they are in the file; nil of none.
    let clipping: Double?

    /// Reads a file, or a part of it.
    ///
    /// - Parameters:
    ///   - strict: refuses what is not whole.
    ///   - warn: told what is missing, and where channels had to be inverted.
    init(
        _ path: String, start: Double = 0, duration: Double? = nil, strict: Bool = false,
        warn: (String) -> Void = { _ in }
    ) throws(Failure) {
        let file = try FileSection(ofInput: path)
        let stored = try AudioFile.stored(file, start: start, duration: duration)
        try stored.tellRemarks(on: file.name, strict: strict, warn: warn)
        let read = stored.waveform
        waveform = read.mixedDown { warn("\(file.name): \($0)") }
        clipping = Clipping.share(of: read.channels)
    }
}

extension Waveform {
    /// One channel at the rate that metrics are defined at.
    func judged() throws(Failure) -> [Float] {
        try mixedDown().resampled(to: Evaluation.sampleRate).channels[0]
    }
}
