// SPDX-License-Identifier: Apache-2.0
import Matrices

/// Optimal transport of log envelopes, both taken as normal distributions: what the content's envelope becomes where it is spread as the
/// style's is. With d = E - m_c, and q = d held within 2.5 deviations of each band,
///
///     want = m_s + A q + (d - q)
///
/// so that silence, which is far out, stays as far below as it is.
struct Transport {
    private let from: [Double]
    private let to: [Double]
    /// A, `[bands, bands]`.
    private let map: RealMatrix
    private let limits: [Double]

    /// `A = C^-1/2 (C^1/2 S C^1/2)^1/2 C^-1/2` with the covariances C and S, + 0.05 on the diagonal (Olkin and Pukelsheim: The
    /// distance between two random vectors with given dispersion matrices, 1982), its eigenvalues within 1/2...2: else what hardly moves in the content
    /// would be magnified to the style's movement. nil where LAPACK finds no eigenvalues.
    init?(full content: EnvelopeStatistics, to style: EnvelopeStatistics) {
        let bands = content.mean.count
        var (c, s) = (content.covariance, style.covariance)
        for band in 0..<bands {
            c[band, band] += 0.05
            s[band, band] += 0.05
        }
        guard let own = SymmetricEigen(c) else { return nil }
        let root = own.applying { max($0, 1e-8).squareRoot() }
        let inverse = own.applying { 1 / max($0, 1e-8).squareRoot() }
        let middle = root * s * root
        guard let between = SymmetricEigen(middle) else { return nil }
        // Positive definite: how far each direction is spread.
        let spread = inverse * between.applying { max($0, 1e-8).squareRoot() } * inverse
        guard let factors = SymmetricEigen(spread) else { return nil }
        map = factors.applying { min(max($0, 0.5), 2) }
        (from, to) = (content.mean, style.mean)
        limits = (0..<bands).map { 2.5 * c[$0, $0].squareRoot() }
    }

    /// Band by band: `A = (sigma_s + 0.3) / (sigma_c + 0.3)`, within 1/2...2.
    init(bandwise content: EnvelopeStatistics, to style: EnvelopeStatistics) {
        let bands = content.mean.count
        var map = RealMatrix(rows: bands, columns: bands)
        for (band, (c, s)) in zip(content.deviations, style.deviations).enumerated() {
            map[band, band] = min(max((s + 0.3) / (c + 0.3), 0.5), 2)
        }
        self.map = map
        (from, to) = (content.mean, style.mean)
        limits = [Double](repeating: .infinity, count: bands)
    }

    /// What an envelope becomes.
    ///
    /// - Parameter amount: 1 for all of it, 0 for the envelope itself.
    func applied(to envelope: BandEnvelope, amount: Double = 1) -> BandEnvelope {
        let bands = from.count
        var wanted = envelope
        let transposed = map.transposed(times: .identity(bands))
        // In blocks, so that little is held in float64.
        for first in stride(from: 0, to: envelope.frames, by: 512) {
            let count = min(512, envelope.frames - first)
            var (held, rest) = (RealMatrix(rows: count, columns: bands), RealMatrix(rows: count, columns: bands))
            for row in 0..<count {
                for (band, value) in envelope[first + row].enumerated() {
                    let d = Double(value) - from[band]
                    let q = min(max(d, -limits[band]), limits[band])
                    (held[row, band], rest[row, band]) = (q, d - q)
                }
            }
            let moved = held * transposed
            for row in 0..<count {
                for band in 0..<bands {
                    let place = (first + row) * bands + band
                    let own = Double(envelope.values[place])
                    let want = to[band] + moved[row, band] + rest[row, band]
                    wanted.values[place] = Float(own + amount * (want - own))
                }
            }
        }
        return wanted
    }
}

extension RealMatrix {
    /// Ones on the diagonal.
    fileprivate static func identity(_ size: Int) -> RealMatrix {
        var matrix = RealMatrix(rows: size, columns: size)
        for i in 0..<size { matrix[i, i] = 1 }
        return matrix
    }
}
