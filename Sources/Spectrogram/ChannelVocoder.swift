// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices

/// Applies one sound's loudness in bands over time to another one, like a channel vocoder (H. Dudley: Remaking Speech, 1939).
///
/// With `E[t, b]` the root of a band's power at a moment, bands triangular and evenly spaced on the ``MelScale``, the carrier's
/// spectrogram is multiplied by `E_modulator / E_carrier`, interpolated between bands. Bands keep the carrier's mean power, and
/// with it its timbre.
public enum ChannelVocoder {
    private static let bands = 16
    /// The largest gain.
    private static let limit: Float = 30
    /// Below this share of its loudest moment in any band, a carrier has nothing to amplify.
    private static let floor: Float = 1e-3

    /// The carrier under the modulator's envelopes, `[T]`.
    ///
    /// - Parameters:
    ///   - carrier: `[T]`, at least one sample.
    ///   - modulator: `[T]`.
    public static func imposed(
        _ modulator: [Float], on carrier: [Float], by transform: ShortTimeFourierTransform, sampleRate: Int,
        threads: Int = 1
    ) -> [Float] {
        precondition(carrier.count == modulator.count, "sounds of different lengths")
        let weights = weights(transform.bins, sampleRate: Double(sampleRate))
        let spectrogram = transform.transform(carrier, threads: threads)
        let own = envelopes(spectrogram, weights)
        var wanted = envelopes(transform.transform(modulator, threads: threads), weights)
        for band in 0..<bands {
            func power(_ envelopes: [[Float]]) -> Float { envelopes.reduce(0) { $0 + $1[band] * $1[band] } }
            let (mean, other) = (power(own), power(wanted))
            let gain = other > 0 ? (mean / other).squareRoot() : 0
            for frame in wanted.indices { wanted[frame][band] *= gain }
        }
        let least = max(floor * (own.joined().max() ?? 0), .leastNormalMagnitude)
        for frame in 0..<spectrogram.frames {
            let gains = zip(wanted[frame], own[frame]).map { min($0 / max($1, least), limit) }
            let values = spectrogram.unsafePointer(frame: frame)
            for bin in 0..<transform.bins {
                let (band, share) = weights[bin]
                values[bin] *= (1 - share) * gains[band] + share * gains[band + 1]
            }
        }
        return transform.inverse(spectrogram, samples: carrier.count, threads: threads)
    }

    /// For each bin, the band below it, and its position between that band (0) and the next (1).
    private static func weights(_ bins: Int, sampleRate: Double) -> [(band: Int, share: Float)] {
        let top = MelScale.mel(hertz: sampleRate / 2)
        return (0..<bins).map { bin in
            let mel = MelScale.mel(hertz: sampleRate / 2 * Double(bin) / Double(max(bins - 1, 1)))
            let place = mel / top * Double(bands - 1)
            let band = min(Int(place), bands - 2)
            return (band, Float(place - Double(band)))
        }
    }

    /// E, `[frames][bands]`.
    private static func envelopes(
        _ spectrogram: ComplexSpectrogram, _ weights: [(band: Int, share: Float)]
    ) -> [[Float]] {
        (0..<spectrogram.frames).map { frame in
            let values = spectrogram.unsafePointer(frame: frame)
            var powers = [Float](repeating: 0, count: bands)
            for (bin, (band, share)) in weights.enumerated() {
                let power = (values[bin] * values[bin]).sum()
                powers[band] += (1 - share) * power
                powers[band + 1] += share * power
            }
            return powers.map { $0.squareRoot() }
        }
    }
}
