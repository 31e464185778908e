// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices

/// Triangular filters on the mel scale of Slaney's Auditory Toolbox (1998), each divided by half its width in hertz: what
/// `librosa.filters.mel` gives by default.
struct MelFilters: Sendable {
    /// 64 bands up to 8 kHz over ``PowerSpectrogram/transform``.
    static let standard = MelFilters(
        bands: 64, size: PowerSpectrogram.transform.size, sampleRate: Double(Evaluation.sampleRate))

    /// A band's first bin and its weights from there on.
    private let bands: [(first: Int, weights: [Double])]

    /// - Parameters:
    ///   - bands: whose triangles reach from 0 to half the sample rate.
    ///   - size: n_fft.
    ///   - sampleRate: in hertz.
    init(bands count: Int, size: Int, sampleRate: Double) {
        let top = Self.mel(hertz: sampleRate / 2)
        let corners = (0..<count + 2).map { Self.hertz(mel: top * Double($0) / Double(count + 1)) }
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

    /// Linear up to 1 kHz, 3 mel for 200 Hz; beyond it 27 mel for each factor of 6.4.
    private static func mel(hertz: Double) -> Double {
        hertz < 1_000 ? hertz * 3 / 200 : 15 + 27 * log(hertz / 1_000) / log(6.4)
    }

    private static func hertz(mel: Double) -> Double {
        mel < 15 ? mel * 200 / 3 : 1_000 * pow(6.4, (mel - 15) / 27)
    }

    /// From power `[frames, bins]` to power `[frames, bands]`.
    func apply(to power: FeatureMap) -> RealMatrix {
        var mel = RealMatrix(rows: power.rows, columns: bands.count)
        for frame in 0..<power.rows {
            let row = power.pointer(row: frame)
            for (band, filter) in bands.enumerated() {
                var sum = 0.0
                for (offset, weight) in filter.weights.enumerated() {
                    sum += weight * Double(row[filter.first + offset])
                }
                mel[frame, band] = sum
            }
        }
        return mel
    }
}
