// SPDX-License-Identifier: Apache-2.0
import Glibc
import Matrices

/// The loss of ``GramKLLoss``, from products between frames instead of channels: for maps that are wider than long.
///
/// With F `[T, C]` and the style's rows A `[S, C]`, scaled so that both Gram matrices are divided by the same number n,
/// `K = F F^T / n`, `P = A A^T / n`, `B = F A^T / n` and `V = (P + e I)^-1`, by Sylvester's and Woodbury's identities
///
///     ln det (G + e I)  = (C - T) ln e + ln det (K + e I), and likewise for the style
///     (S + e I)^-1      = (I - A^T V A / n) / e
///     tr M              = (tr K - tr B V B^T) / e + C - S + e tr V
///     dL/dF             = (F - B V A - e (K + e I)^-1 F) / (e C n)
///
/// Degenerate maps, and sums beyond float32, are dealt with as there.
public final class FrameKLLoss: FeatureLoss, @unchecked Sendable {
    public private(set) var value = 0.0
    public let needsWhole = true
    /// The divergence of matrices that differ by 1e-4 of each eigenvalue.
    public let resolution = 1e-8
    public var weight: Double
    private let divisor: Double
    private let products: FrameProducts
    /// `(K + e I)^-1`.
    private let inverse: RidgedInverse
    /// V, `[style.padded, style.padded]`, both triangles, zeros in the padding.
    private let styleInverse: AlignedBuffer<Double>
    /// `n B V`, `[T, style.padded]`.
    private let projection: AlignedBuffer<Double>
    /// Of P + e I, found when it is first needed; nil where P is not finite.
    private lazy var style = invertedStyle()
    private let gram: AlignedBuffer<Double>
    private let invertedGram: RidgedInverse

    /// - Parameters:
    ///   - target: A: the style's rows times the root of n over their own divisor.
    ///   - rows: T.
    ///   - divisor: n.
    ///   - weight: of this loss in the total.
    public init(target: FeatureMap, rows: Int, divisor: Double, weight: Double, threads: Int) {
        self.weight = weight
        self.divisor = divisor
        products = FrameProducts(target: target, rows: rows, threads: threads)
        inverse = RidgedInverse(size: rows, stride: products.own.padded)
        let (size, stride) = (products.style.rows, products.style.padded)
        projection = AlignedBuffer(count: rows * stride)
        styleInverse = AlignedBuffer(count: stride * stride)
        gram = AlignedBuffer(count: size * stride)
        invertedGram = RidgedInverse(size: size, stride: stride)
    }

    /// Fills in V.
    private func invertedStyle() -> (logDeterminant: Double, trace: Double, ridge: Double)? {
        let (size, stride, inverse) = (products.style.rows, products.style.padded, invertedGram)
        products.formStyleGram(in: gram)
        let trace = (0..<size).reduce(0) { $0 + gram.unsafePointer[$1 * stride + $1] } / divisor
        let style = inverse.invert(
            gram.unsafePointer, scale: 1 / divisor,
            ridge: KLDivergence.ridge(styleTrace: trace, columns: products.columns))
        for row in 0..<size {
            for column in row..<size {
                let value = inverse.values.unsafePointer[row * stride + column]
                styleInverse.unsafePointer[row * stride + column] = value
                styleInverse.unsafePointer[column * stride + row] = value
            }
        }
        return style
    }

    /// Whether this form is cheaper than the C x C one: its 4 T C (T + S) operations in products, and some T^3 + T S^2 in float64
    /// inverses and products, against 3 T C^2 and C^3. One of the latter was measured to take as long as eight of the former.
    static func pays(rows: Int, styleRows: Int, columns: Int) -> Bool {
        let (t, s, c) = (Double(rows), Double(styleRows), Double(columns))
        return 4 * t * c * (t + s) + 8 * (t * t * t + t * s * s) < 3 * t * c * c + 8 * c * c * c
    }

    public func begin(_ traversal: FeatureTraversal) { products.begin(traversal) }

    public func read(_ rows: FeatureRows, from start: Int, slot: Int) {
        products.read(rows, from: start)
    }

    public func end() {
        products.multiply()
        let (ownProducts, styleProducts) = (products.ownProducts.unsafePointer, products.styleProducts.unsafePointer)
        guard let style, let own = inverse.invert(ownProducts, scale: 1 / divisor, ridge: style.ridge) else {
            value = .infinity
            products.setFactors(own: { _, _ in 0 }, style: { _, _ in 0 })
            return
        }
        let (rows, columns, styleRows) = (products.rows, products.columns, products.style.rows)
        let (stride, styleStride) = (products.own.padded, products.style.padded)
        products.multiplyStyleProducts(by: styleInverse, into: projection)
        let projected = projection.unsafePointer
        // n tr (K - B V B^T), what of the map the style's rows do not span.
        let trace = (0..<rows).reduce(0) { $0 + ownProducts[$1 * stride + $1] }
        let spanned = (0..<rows * styleStride).reduce(0) { $0 + projected[$1] * styleProducts[$1] } / divisor
        let traceOfM =
            (trace - spanned) / (divisor * style.ridge) + Double(columns - styleRows) + style.ridge * style.trace
        let determinant =
            own.logDeterminant + Double(columns - rows) * log(own.ridge)
            - style.logDeterminant - Double(columns - styleRows) * log(style.ridge)
        value = KLDivergence.value(trace: traceOfM, logDeterminant: determinant, columns: columns)

        let inverse = inverse.values.unsafePointer
        let scale = weight / (Double(columns) * divisor)
        products.setFactors { row, column in
            let entry = inverse[min(row, column) * stride + max(row, column)]
            return scale * ((row == column ? 1 / style.ridge : 0) - entry)
        } style: { row, column in
            -scale * projected[row * styleStride + column] / (divisor * style.ridge)
        }
    }

    public func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {
        products.addGradient(at: rows, from: start, to: gradient)
    }

    public func endGradient() {}
}
