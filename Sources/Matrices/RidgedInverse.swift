// SPDX-License-Identifier: Apache-2.0

/// `(A + r I)^-1` and `ln det (A + r I)` of a symmetric, positive semidefinite A.
///
/// A is a sum in float32, and its smallest eigenvalues may come out below 0, by some 1e-6 of the largest. Where A + r I has no
/// Cholesky factor for that, r is raised by `2^-24 tr A`, and eightfold as much each time again, up to `tr A`.
public struct RidgedInverse: Sendable {
    /// Row-major `[size, stride]`, the upper triangle; of use only where ``invert(_:scale:ridge:)`` returned something.
    public let values: AlignedBuffer<Double>
    private let size: Int
    private let stride: Int

    /// Room for a matrix `[size, stride]`.
    public init(size: Int, stride: Int) {
        self.size = size
        self.stride = stride
        values = AlignedBuffer(count: size * stride)
    }

    /// Inverts `scale` times a matrix of the same layout, its upper triangle, with a ridge r or the least that works.
    ///
    /// - Returns: `ln det (A + r I)`, `tr (A + r I)^-1` and r; nil where A is not finite.
    public func invert(
        _ matrix: UnsafePointer<Double>, scale: Double, ridge: Double
    ) -> (logDeterminant: Double, trace: Double, ridge: Double)? {
        let trace = scale * (0..<size).reduce(0) { $0 + matrix[$1 * stride + $1] }
        guard trace.isFinite else { return nil }
        var step = 0.0
        while step <= 1 {
            let raised = ridge + step * trace
            for row in 0..<size {
                for column in row..<size {
                    values.unsafePointer[row * stride + column] = scale * matrix[row * stride + column]
                }
                values.unsafePointer[row * stride + row] += raised
            }
            if let logDeterminant = Cholesky.invert(values.unsafePointer, size: size, stride: stride) {
                let trace = (0..<size).reduce(0) { $0 + values.unsafePointer[$1 * stride + $1] }
                return (logDeterminant, trace, raised)
            }
            step = step == 0 ? 0x1p-24 : 8 * step
        }
        return nil
    }
}
