// SPDX-License-Identifier: Apache-2.0
import Matrices

/// The Kullback-Leibler divergence of Gaussians with mean zero, per channel, whose covariances are Gram matrices G (one's own) and
/// S (the style's), `[C, C]`, both with a ridge e on the diagonal:
///
///     M = (S + e I)^(-1/2) (G + e I) (S + e I)^(-1/2),   L = (tr M - ln det M - C) / (2 C)
///     dL/dG = ((S + e I)^-1 - (G + e I)^-1) / (2 C)
///
/// Where the squared difference of Gram matrices is ruled by their few largest eigenvalues, each direction of the channels counts
/// alike here. It is the divergence of Kullback and Leibler (On Information and Sufficiency, 1951) in the closed form for
/// Gaussians.
enum KLDivergence {
    /// e as a share of the mean of S's diagonal.
    static let ridgeShare = 0.003
    /// The least e: the square of an amplitude of 1e-6, 120 dB below activations of 1. It rules where the style is silent.
    static let leastRidge = 1e-12

    /// e.
    static func ridge(styleTrace: Double, columns: Int) -> Double {
        max(ridgeShare * styleTrace / Double(max(columns, 1)), leastRidge)
    }

    /// L. Rounding may bring a difference of nothing below 0; what is not finite (a Gram matrix beyond float32) is infinite.
    ///
    /// - Parameters:
    ///   - trace: `tr M`.
    ///   - logDeterminant: `ln det M`.
    static func value(trace: Double, logDeterminant: Double, columns: Int) -> Double {
        let size = Double(max(columns, 1))
        let value = (trace - logDeterminant - Double(columns)) / (2 * size)
        return value.isFinite ? max(value, 0) : .infinity
    }
}
