// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Evaluation
import Files
import Foundation

/// A sound as it is measured and played: one channel.
struct JudgedSound {
    /// At the file's own rate, channels mixed.
    let waveform: Waveform

    /// Reads a file, or a part of it.
    ///
    /// - Throws: ``Failure``.
    init(_ path: String, start: Double = 0, duration: Double? = nil) throws(Failure) {
        waveform = try AudioFile.read(path, start: start, duration: duration).mixedDown()
    }

    /// At the rate that metrics are defined at.
    ///
    /// - Throws: ``Failure``.
    func samples() throws(Failure) -> [Float] {
        try waveform.resampled(to: Evaluation.sampleRate).channels[0]
    }
}

extension Waveform {
    /// The same sound at a loudness, in LUFS; silence as it is.
    func brought(to loudness: Double) -> Waveform {
        guard let own = Loudness.of(mixedDown().channels[0], sampleRate: sampleRate) else { return self }
        return scaled(by: Float(pow(10, (loudness - own) / 20)))
    }

    /// Every sample times a gain.
    func scaled(by gain: Float) -> Waveform {
        Waveform(channels: channels.map { $0.map { gain * $0 } }, sampleRate: sampleRate)
    }
}
