// SPDX-License-Identifier: Apache-2.0
import Matrices

/// The squared Fréchet distance of two normal distributions (Dowson and Landau, 1982), fitted to log-mel frames `[T, 64]` as
/// Heusel et al. (GANs Trained by a Two Time-Scale Update Rule, 2017) fit them to a network's features:
///
///     |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))
///
/// `C1 C2` has the eigenvalues of `C2^(1/2) C1 C2^(1/2)`, which is symmetric, and the trace of its root is the sum of their
/// roots.
struct FrechetDistance: Measure {
    private let style: Gaussian
    private let root: RealMatrix

    /// nil where the style has fewer than two frames.
    init?(to style: AnalysedSound) {
        guard let gaussian = Gaussian(style.logMel), let eigen = SymmetricEigen(gaussian.covariance) else { return nil }
        self.style = gaussian
        // Rounding can make a zero negative.
        root = eigen.applying { max($0, 0).squareRoot() }
    }

    func score(_ output: AnalysedSound) -> Double? {
        guard let output = Gaussian(output.logMel), let eigen = SymmetricEigen(root * output.covariance * root) else {
            return nil
        }
        let means = zip(output.mean, style.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        let roots = eigen.values.reduce(0) { $0 + max($1, 0).squareRoot() }
        return max(means + output.covariance.trace + style.covariance.trace - 2 * roots, 0)
    }
}
