// SPDX-License-Identifier: Apache-2.0
import Matrices

/// The Kullback-Leibler divergence of Gram matrices, `L = (tr M - ln det M - C) / (2 C)` with
/// `M = (S + e I)^(-1/2) (G + e I) (S + e I)^(-1/2)` and `e = 0.003 tr S / C`, where G is the map's Gram matrix, S the style's.
///
/// `dL/dF = F D`, `D = ((S + e I)^-1 - (G + e I)^-1) / (C n)`, with n the divisor of G: the same product in the backward pass as for
/// ``GramLoss``, and between the two passes a Cholesky factorisation and an inverse in float64. S's inverse is found once.
///
/// Any finite map gives a finite loss and gradient, also one of fewer rows than channels, of channels that are 0 throughout, and
/// silence (e is at least 1e-12). G's sums are float32's, some 1e-6 of the largest eigenvalue: directions that hold less count
/// as noise. Should they leave G + e I indefinite, its determinant and inverse are taken with a larger e. A map whose sums are
/// beyond float32 has an infinite loss and no gradient.
public final class GramKLLoss: FeatureLoss, @unchecked Sendable {
    public private(set) var value = 0.0
    public let needsWhole = true
    /// The divergence of matrices that differ by 1e-4 of each eigenvalue.
    public let resolution = 1e-8
    public var weight: Double
    private let columns: Int
    private let gram: GramMatrix
    private let derivative: GramDerivative
    /// `(G + e I)^-1`.
    private let inverse: RidgedInverse
    /// `(S + e I)^-1`.
    private let styleInverse: RidgedInverse
    /// Of S + e I, found when it is first needed; nil where S is not finite.
    private lazy var style = invertedStyle()
    private let target: AlignedBuffer<Double>

    /// - Parameters:
    ///   - target: S, row-major `[C, C]`.
    ///   - weight: of this loss in the total.
    ///   - divisor: n, of the map's own matrix; nil for its rows.
    public convenience init(target: [Double], weight: Double, divisor: Double? = nil) {
        self.init(target: AlignedBuffer(target), weight: weight, divisor: divisor)
    }

    /// The same with a target that is not copied.
    init(target: AlignedBuffer<Double>, weight: Double, divisor: Double? = nil) {
        (self.target, self.weight) = (target, weight)
        let columns = Int(Double(target.count).squareRoot())
        self.columns = columns
        gram = GramMatrix(divisor: divisor)
        derivative = GramDerivative(columns: columns)
        inverse = RidgedInverse(size: columns, stride: columns)
        styleInverse = RidgedInverse(size: columns, stride: columns)
    }

    private func invertedStyle() -> (logDeterminant: Double, trace: Double, ridge: Double)? {
        let trace = (0..<columns).reduce(0) { $0 + target.unsafePointer[$1 * columns + $1] }
        return styleInverse.invert(
            target.unsafePointer, scale: 1, ridge: KLDivergence.ridge(styleTrace: trace, columns: columns))
    }

    public func begin(_ traversal: FeatureTraversal) {
        precondition(traversal.columns == columns, "a target of another width")
        gram.begin(traversal)
    }

    public func read(_ rows: FeatureRows, from start: Int, slot: Int) {
        gram.read(rows, from: start, slot: slot)
    }

    public func settle() { gram.settle() }

    public func end() {
        gram.end()
        let (total, scale) = (gram.total.unsafePointer, gram.scale)
        guard let style, let own = inverse.invert(total, scale: scale, ridge: style.ridge) else {
            value = .infinity
            derivative.set { _, _ in 0 }
            return
        }
        let (columns, inverse, styleInverse) = (
            columns, inverse.values.unsafePointer, styleInverse.values.unsafePointer
        )
        let factor = weight * scale / Double(max(columns, 1))
        // tr ((S + e I)^-1 (G + e I)), both symmetric.
        var trace = style.ridge * style.trace
        derivative.set { row, column in
            let index = row * columns + column
            trace += (row == column ? 1 : 2) * styleInverse[index] * total[index] * scale
            return factor * (styleInverse[index] - inverse[index])
        }
        value = KLDivergence.value(
            trace: trace, logDeterminant: own.logDeterminant - style.logDeterminant, columns: columns)
    }

    public func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {
        derivative.addProduct(with: rows, to: gradient)
    }

    public func endGradient() {}
}
