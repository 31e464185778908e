// SPDX-License-Identifier: Apache-2.0
import Matrices

/// Mean and covariance of an envelope's loud frames, as a normal distribution.
struct EnvelopeStatistics {
    /// `[bands]`.
    let mean: [Double]
    /// `[bands, bands]`, the unbiased estimate.
    let covariance: RealMatrix

    /// Of a sound.
    init(_ envelope: BandEnvelope) { self.init([(envelope, 1)]) }

    /// Of several sounds, each with its share.
    init(_ envelopes: [(envelope: BandEnvelope, share: Double)]) {
        let bands = envelopes.first?.envelope.bands ?? 0
        var mean = [Double](repeating: 0, count: bands)
        var weights: [(envelope: BandEnvelope, frames: [Int], weight: Double)] = []
        for (envelope, share) in envelopes {
            let flags = envelope.loudFrames
            let frames = flags.indices.filter { flags[$0] }
            guard !frames.isEmpty else { continue }
            weights.append((envelope, frames, share / Double(frames.count)))
        }
        let whole = weights.reduce(0) { $0 + $1.weight * Double($1.frames.count) }
        for (envelope, frames, weight) in weights {
            for frame in frames {
                for (band, value) in envelope[frame].enumerated() { mean[band] += weight / whole * Double(value) }
            }
        }
        var sum = RealMatrix(rows: bands, columns: bands)
        for (envelope, frames, weight) in weights {
            // Whitened frames one under the other: their product is the sum of squares.
            let scale = (weight / whole * Double(frames.count) / Double(max(frames.count - 1, 1))).squareRoot()
            var rows = RealMatrix(rows: frames.count, columns: bands)
            for (row, frame) in frames.enumerated() {
                for (band, value) in envelope[frame].enumerated() {
                    rows[row, band] = scale * (Double(value) - mean[band])
                }
            }
            sum = sum + rows.transposed(times: rows)
        }
        (self.mean, covariance) = (mean, sum)
        frameCount = weights.reduce(0) { $0 + $1.frames.count }
    }

    /// Frames that count.
    let frameCount: Int

    /// The standard deviation of each band.
    var deviations: [Double] {
        let bias = Double(max(frameCount - 1, 1)) / Double(max(frameCount, 1))
        return mean.indices.map { (max(covariance[$0, $0], 0) * bias).squareRoot() }
    }
}
