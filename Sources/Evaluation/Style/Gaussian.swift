// SPDX-License-Identifier: Apache-2.0
import Matrices

/// A normal distribution fitted to vectors.
struct Gaussian: Sendable {
    /// `[C]`.
    let mean: [Double]
    /// `[C, C]`, divided by T - 1.
    let covariance: RealMatrix

    /// - Parameter vectors: `[T, C]`; nil where there are fewer than two.
    init?(_ vectors: RealMatrix) {
        guard vectors.rows >= 2 else { return nil }
        let mean = vectors.columnMeans
        var centred = vectors
        for row in 0..<centred.rows {
            for column in 0..<centred.columns { centred[row, column] -= mean[column] }
        }
        self.mean = mean
        covariance = centred.transposed(times: centred).mapValues { $0 / Double(vectors.rows - 1) }
    }
}
