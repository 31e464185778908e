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

/// `(A + r I)^-1` and `ln det (A + r I)` of a symmetric, positive semidefinite A.
///
/// A is a sum in float32, and its smallest eigenvalues may come out below 0, by some 1e-6 of the largest. Where A + r I has no
/// Cholesky factor for that, r is raised by `2^-24 tr A`, and eightfold as much each time again, up to `tr A`.
struct RidgedInverse {
    /// Row-major `[size, stride]`, the upper triangle; of use only where ``invert(_:scale:ridge:)`` returned something.
    let values: AlignedBuffer<Double>
    private let size: Int
    private let stride: Int

    init(size: Int, stride: Int) {
        self.size = size
        self.stride = stride
        values = AlignedBuffer(count: size * stride)
    }

    /// Inverts `scale` times a matrix of the same layout, its upper triangle, with a ridge r or the least that works.
    ///
    /// - Returns: `ln det (A + r I)`, `tr (A + r I)^-1` and r; nil where A is not finite.
    func invert(
        _ matrix: UnsafePointer<Double>, scale: Double, ridge: Double
    ) -> (logDeterminant: Double, trace: Double, ridge: Double)? {
        let trace = scale * (0..<size).reduce(0) { $0 + matrix[$1 * stride + $1] }
        guard trace.isFinite else { return nil }
        var step = 0.0
        while step <= 1 {
            let raised = ridge + step * trace
            for row in 0..<size {
                for column in row..<size {
                    values.pointer[row * stride + column] = scale * matrix[row * stride + column]
                }
                values.pointer[row * stride + row] += raised
            }
            if let logDeterminant = Cholesky.invert(values.pointer, size: size, stride: stride) {
                let trace = (0..<size).reduce(0) { $0 + values.pointer[$1 * stride + $1] }
                return (logDeterminant, trace, raised)
            }
            step = step == 0 ? 0x1p-24 : 8 * step
        }
        return nil
    }
}
