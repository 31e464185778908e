// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Evaluation
import Files
import Finishing

/// What is done to a run's result, and to each snapshot by itself, before it is written: the content's high band, the output's
/// rate, a loudness.
struct OutputFinish {
    private let highBand: HighBand?
    private let rate: Int
    private let loudness: Double?

    /// - Throws: ``Failure`` where the content's rate is too far from the backend's.
    init(_ sounds: SoundPair) throws(Failure) {
        highBand = try sounds.original.map { original throws(Failure) in
            try HighBand(
                of: original, above: Waveform(channels: sounds.channels, sampleRate: sounds.backendRate))
        }
        (rate, loudness) = (sounds.outputRate, sounds.outputLoudness)
    }

    /// - Parameter sound: at the backend's rate.
    /// - Throws: ``Failure`` for rates too far apart.
    func applied(to sound: Waveform) throws(Failure) -> Waveform {
        let whole = try highBand?.added(to: sound) ?? sound
        let resampled = try whole.resampled(to: rate)
        return loudness.map(resampled.brought) ?? resampled
    }
}
