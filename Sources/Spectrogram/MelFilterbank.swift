// SPDX-License-Identifier: Apache-2.0

/// Triangular bands over the bins of a transform, evenly spaced on the ``MelScale`` from 0 to half the sample rate.
///
/// Band b rises from corner b to 1 at corner b + 1 and falls to corner b + 2, linearly in hertz; there are two more corners
/// than bands.
public struct MelFilterbank: Sendable {
    /// What a band's weights are divided by.
    public enum Normalisation: Sendable {
        /// Half its width in hertz: Slaney's, the default of `librosa.filters.mel`. A band between two bins is empty.
        case area
        /// Their sum, so that a band is a mean over bins. One that lies between two bins takes the nearest, but never bin 0.
        case sum
    }

    /// A band's weights, from its first bin on.
    public struct Band: Sendable {
        /// The first bin whose weight is not 0.
        public let first: Int
        /// From ``first`` on, without zeros.
        public let weights: [Double]
    }

    /// From low to high.
    public let bands: [Band]

    /// - Parameters:
    ///   - bands: their number.
    ///   - size: the transform's, n_fft.
    ///   - sampleRate: in hertz.
    public init(bands count: Int, size: Int, sampleRate: Double, normalisation: Normalisation) {
        let top = MelScale.mel(hertz: sampleRate / 2)
        let corners = (0..<count + 2).map { MelScale.hertz(mel: top * Double($0) / Double(count + 1)) }
        bands = (0..<count).map { band in
            let (low, centre, high) = (corners[band], corners[band + 1], corners[band + 2])
            let heights = (0...size / 2).map { bin in
                let frequency = Double(bin) * sampleRate / Double(size)
                return max(min((frequency - low) / (centre - low), (high - frequency) / (high - centre)), 0)
            }
            let first = heights.firstIndex { $0 > 0 } ?? 0
            let own = heights[first...].prefix { $0 > 0 }
            switch normalisation {
            case .area: return Band(first: first, weights: own.map { $0 * 2 / (high - low) })
            case .sum where own.isEmpty:
                let nearest = (centre / sampleRate * Double(size)).rounded()
                return Band(first: max(Int(nearest), 1), weights: [1])
            case .sum:
                let sum = own.reduce(0, +)
                return Band(first: first, weights: own.map { $0 / sum })
            }
        }
    }

    /// From a frame's power `[bins]` to that of its bands `[bands]`.
    public func apply(to power: [Float]) -> [Double] {
        bands.map { band in
            var sum = 0.0
            for (offset, weight) in band.weights.enumerated() { sum += weight * Double(power[band.first + offset]) }
            return sum
        }
    }
}
