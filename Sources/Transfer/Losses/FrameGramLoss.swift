// SPDX-License-Identifier: Apache-2.0
import Matrices

/// The loss of ``GramLoss``, from products between frames instead of channels: for maps that are wider than long.
///
/// With F `[T, C]` and the style's rows A `[S, C]`, scaled so that both matrices are divided by the same number n,
///
///     |F^T F - A^T A|^2 = |F F^T|^2 - 2 |F A^T|^2 + |A A^T|^2
///
/// and its gradient is `4 (F F^T F - F A^T A)`. That takes some 4 T C (T + S) multiplications where the C x C form takes 3 T C^2.
public final class FrameGramLoss: FeatureLoss, @unchecked Sendable {
    public private(set) var value = 0.0
    public let needsWhole = true
    public var weight: Double
    private let normalisation: LossNormalisation
    private let divisor: Double
    private let products: FrameProducts
    private let columns: Int
    /// `|A A^T|^2`.
    private lazy var styleNorm = Self.squares(products.formStyleGram(in: styleGram))
    private let styleGram: AlignedBuffer<Double>

    /// - Parameters:
    ///   - target: A: the style's rows times the root of n over their own divisor.
    ///   - rows: T.
    ///   - divisor: n.
    ///   - weight: of this loss in the total.
    ///   - centred: F is taken less each channel's mean, for covariance matrices; A is so already.
    public init(
        target: FeatureMap, rows: Int, divisor: Double, weight: Double, normalisation: LossNormalisation = .mean,
        centred: Bool = false, threads: Int
    ) {
        self.weight = weight
        self.normalisation = normalisation
        self.divisor = divisor
        columns = target.columns
        products = FrameProducts(target: target, rows: rows, centred: centred, threads: threads)
        styleGram = AlignedBuffer(count: products.style.rows * products.style.padded)
    }

    /// As ``GramLoss/resolution``.
    public var resolution: Double {
        1e-10 * normalisation.gramFactor(columns: columns) * styleNorm / (divisor * divisor)
    }

    /// Whether this form is cheaper than the C x C one.
    static func pays(rows: Int, styleRows: Int, columns: Int) -> Bool {
        4 * (rows + styleRows) < 3 * columns
    }

    public func begin(_ traversal: FeatureTraversal) { products.begin(traversal) }

    public func read(_ rows: FeatureRows, from start: Int, slot: Int) {
        products.read(rows, from: start)
    }

    public func end() {
        products.multiply()
        let (own, style) = (products.ownProducts, products.styleProducts)
        let factor = normalisation.gramFactor(columns: products.columns) / (divisor * divisor)
        // Rounding may bring a difference of nothing below 0.
        value = factor * max(Self.squares(own) - 2 * Self.squares(style) + styleNorm, 0)
        let scale = 4 * weight * factor
        let (ownStride, styleStride) = (products.own.padded, products.style.padded)
        products.setFactors {
            scale * own.unsafePointer[$0 * ownStride + $1]
        } style: {
            -scale * style.unsafePointer[$0 * styleStride + $1]
        }
    }

    private static func squares(_ products: AlignedBuffer<Double>) -> Double {
        (0..<products.count).reduce(0) { $0 + products.unsafePointer[$1] * products.unsafePointer[$1] }
    }

    public func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {
        products.addGradient(at: rows, from: start, to: gradient)
    }

    public func endGradient() {}
}
