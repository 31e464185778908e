// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Evaluation

extension Waveform {
    /// The same sound at a loudness (``Evaluation/Loudness``), in LUFS; silence as it is.
    public func brought(to loudness: Double) -> Waveform {
        var sound = self
        sound.bring(to: loudness)
        return sound
    }

    /// The same where the samples lie.
    public mutating func bring(to loudness: Double) {
        guard let gain = Loudness.gain(of: channels, sampleRate: sampleRate, to: loudness) else { return }
        changeSamples { gain * $0 }
    }

    /// Every sample times a gain.
    public func scaled(by gain: Float) -> Waveform {
        var sound = self
        sound.changeSamples { gain * $0 }
        return sound
    }
}
