// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Evaluation

extension Waveform {
    /// The same sound at a loudness (``Evaluation/Loudness``), in LUFS; silence as it is.
    public func brought(to loudness: Double) -> Waveform {
        Loudness.gain(of: channels, sampleRate: sampleRate, to: loudness).map(scaled) ?? self
    }

    /// Every sample times a gain.
    public func scaled(by gain: Float) -> Waveform {
        Waveform(channels: channels.map { $0.map { gain * $0 } }, sampleRate: sampleRate)
    }
}
