// SPDX-License-Identifier: Apache-2.0
import Matrices

/// The loss of ``GramLoss``, from products between frames in place of channels: for maps that are wider than long.
///
/// With F `[T, C]` and the style's rows A `[S, C]`, scaled so that both matrices are divided by the same number n,
///
///     |F^T F - A^T A|^2 = |F F^T|^2 - 2 |F A^T|^2 + |A A^T|^2
///
/// and its gradient is `4 (F F^T F - F A^T A)`. That takes some 4 T C (T + S) multiplications where the C x C form takes 3 T C^2.
public final class FrameGramLoss: FeatureLoss, @unchecked Sendable {
    public private(set) var value = 0.0
    public let needsWhole = true
    private let weight: Double
    private let normalisation: LossNormalisation
    private let divisor: Double
    private let workers: Workers
    private let columns: Int
    /// A and F with rows of zeros behind, so that their number suits the kernels.
    private let style: FrameMatrix
    private let own: FrameMatrix
    private let rows: Int
    /// `|A A^T|^2`.
    private let styleNorm: Double
    /// `F F^T`, `[T, T]`, and `F A^T`, `[T, S]`, both padded.
    private let ownProducts: AlignedBuffer<Float>
    private let styleProducts: AlignedBuffer<Float>

    /// - Parameters:
    ///   - target: A: the style's rows times the root of n over their own divisor.
    ///   - rows: T.
    ///   - divisor: n.
    ///   - weight: of this loss in the total; scales the gradient, not ``value``.
    public init(
        target: FeatureMap, rows: Int, divisor: Double, weight: Double, normalisation: LossNormalisation = .mean,
        threads: Int
    ) {
        self.rows = rows
        self.weight = weight
        self.normalisation = normalisation
        self.divisor = divisor
        columns = target.columns
        workers = Workers(count: threads)
        style = FrameMatrix(rows: target.rows, columns: target.columns)
        own = FrameMatrix(rows: rows, columns: target.columns)
        style.set(target[0..<target.rows], from: 0)
        style.pack(workers)
        ownProducts = AlignedBuffer(count: own.padded * own.padded)
        styleProducts = AlignedBuffer(count: max(own.padded, style.padded) * style.padded)
        styleNorm = style.squaredProducts(with: style, into: styleProducts, workers)
    }

    /// Whether this form is cheaper than the C x C one.
    static func pays(rows: Int, styleRows: Int, columns: Int) -> Bool {
        4 * (rows + styleRows) < 3 * columns
    }

    /// Bytes that such a loss takes.
    static func memoryNeeded(rows: Int, styleRows: Int, columns: Int) -> Int {
        let (own, style) = (FrameMatrix.padded(rows), FrameMatrix.padded(styleRows))
        return (3 * (own + style) * columns + own * own + max(own, style) * style) * MemoryLayout<Float>.size
    }

    public func begin(_ traversal: FeatureTraversal) {
        precondition((traversal.rows, traversal.columns) == (rows, columns), "a map of another shape")
    }

    public func read(_ rows: FeatureRows, from start: Int, slot: Int) {
        own.set(rows, from: start)
    }

    public func end() {
        own.pack(workers)
        let squares =
            own.squaredProducts(with: own, into: ownProducts, workers)
            - 2 * own.squaredProducts(with: style, into: styleProducts, workers) + styleNorm
        // Rounding may bring a difference of nothing below 0.
        value = normalisation.gramFactor(columns: columns) * max(squares, 0) / (divisor * divisor)
        let scale = Float(4 * weight * normalisation.gramFactor(columns: columns) / (divisor * divisor))
        for index in 0..<rows * own.padded { ownProducts.pointer[index] *= scale }
        for index in 0..<rows * style.padded { styleProducts.pointer[index] *= -scale }
    }

    public func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {
        own.byRows.multiply(
            ownProducts.pointer + start * own.padded, into: gradient.start, adding: true, m: rows.rows)
        style.byRows.multiply(
            styleProducts.pointer + start * style.padded, into: gradient.start, adding: true, m: rows.rows)
    }

    public func endGradient() {}
}

/// Rows of a map laid out for products from both sides.
private final class FrameMatrix: Sendable {
    let rows: Int
    let padded: Int
    private let columns: Int
    private let values: AlignedBuffer<Float>
    /// As the right-hand side `[padded, C]`.
    let byRows: PackedMatrix
    /// As the right-hand side `[C, padded]`.
    private let byColumns: PackedMatrix

    init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
        padded = Self.padded(rows)
        values = AlignedBuffer(count: padded * columns)
        byRows = PackedMatrix(rows: padded, columns: columns)
        byColumns = PackedMatrix(rows: columns, columns: padded)
    }

    static func padded(_ rows: Int) -> Int { (rows + 31) / 32 * 32 }

    func set(_ rows: FeatureRows, from start: Int) {
        (values.pointer + start * columns).update(from: rows.start, count: rows.count)
    }

    func pack(_ workers: Workers) {
        workers.run(pieces: 2) { piece, _ in
            if piece == 0 { byRows.pack(values.pointer) } else { byColumns.pack(values.pointer, transposed: true) }
        }
    }

    /// `products = self other^T`, `[rows, other.padded]`; returns the sum of their squares.
    func squaredProducts(with other: FrameMatrix, into products: AlignedBuffer<Float>, _ workers: Workers) -> Double {
        let sums = AlignedBuffer<Double>(count: rows)
        let rowsOfPiece = 64
        workers.run(pieces: (rows + rowsOfPiece - 1) / rowsOfPiece) { piece, _ in
            let (start, end) = (piece * rowsOfPiece, min(piece * rowsOfPiece + rowsOfPiece, rows))
            let target = products.pointer + start * other.padded
            other.byColumns.multiply(values.pointer + start * columns, into: target, adding: false, m: end - start)
            for row in start..<end {
                let values = UnsafeBufferPointer(start: products.pointer + row * other.padded, count: other.padded)
                sums.pointer[row] = values.reduce(0) { $0 + Double($1) * Double($1) }
            }
        }
        return (0..<rows).reduce(0) { $0 + sums.pointer[$1] }
    }
}
