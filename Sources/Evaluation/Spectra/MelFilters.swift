// SPDX-License-Identifier: Apache-2.0
import Spectrogram

/// Triangular filters on the ``MelScale``, each divided by half its width in hertz: what `librosa.filters.mel` gives by
/// default.
struct MelFilters: Sendable {
    /// 64 bands up to 8 kHz over ``PowerSpectra/transform``.
    static let standard = MelFilters(
        bands: 64, size: PowerSpectra.transform.size, sampleRate: Double(Evaluation.sampleRate))

    /// A band's first bin and its weights from there on.
    private let bands: [(first: Int, weights: [Double])]

    /// - Parameters:
    ///   - bands: whose triangles reach from 0 to half the sample rate.
    ///   - size: n_fft.
    ///   - sampleRate: in hertz.
    init(bands count: Int, size: Int, sampleRate: Double) {
        let top = MelScale.mel(hertz: sampleRate / 2)
        let corners = (0..<count + 2).map { MelScale.hertz(mel: top * Double($0) / Double(count + 1)) }
        bands = (0..<count).map { band in
            let (low, centre, high) = (corners[band], corners[band + 1], corners[band + 2])
            let weights = (0...size / 2).map { bin in
                let frequency = Double(bin) * sampleRate / Double(size)
                let height = min((frequency - low) / (centre - low), (high - frequency) / (high - centre))
                return max(height, 0) * 2 / (high - low)
            }
            let first = weights.firstIndex { $0 > 0 } ?? 0
            return (first, Array(weights[first...].prefix { $0 > 0 }))
        }
    }

    /// The number of bands.
    var count: Int { bands.count }

    /// From a frame's power `[bins]` to that of its bands `[bands]`.
    func apply(to power: [Float]) -> [Double] {
        bands.map { filter in
            var sum = 0.0
            for (offset, weight) in filter.weights.enumerated() {
                sum += weight * Double(power[filter.first + offset])
            }
            return sum
        }
    }
}
