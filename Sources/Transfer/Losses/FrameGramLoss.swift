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
    public var weight: Double
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
        return FrameMatrix.memoryNeeded(rows: rows, columns: columns)
            + FrameMatrix.memoryNeeded(rows: styleRows, columns: columns)
            + (own * own + max(own, style) * style) * MemoryLayout<Float>.size
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
///
/// Products between frames are the differences of large numbers in the end: a loss of 10^2 remains of squares of 10^5. So their
/// sums over channels are formed in float32 over 128 channels at a time, and in float64 over those.
private final class FrameMatrix: Sendable {
    let rows: Int
    let padded: Int
    private let columns: Int
    private let values: AlignedBuffer<Float>
    /// As the right-hand side `[padded, C]`.
    let byRows: PackedMatrix
    private let slices: [Slice]

    /// Some channels.
    private struct Slice: Sendable {
        let first: Int
        /// `[padded, width]`.
        let values: AlignedBuffer<Float>
        /// As the right-hand side `[width, padded]`.
        let byColumns: PackedMatrix
        var width: Int { byColumns.k }
    }

    private static let sliceWidth = 128
    private static let rowsOfPiece = 64

    init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
        let padded = Self.padded(rows)
        self.padded = padded
        values = AlignedBuffer(count: padded * columns)
        byRows = PackedMatrix(rows: padded, columns: columns)
        slices = stride(from: 0, to: columns, by: Self.sliceWidth).map { first in
            let width = min(Self.sliceWidth, columns - first)
            return Slice(
                first: first, values: AlignedBuffer(count: padded * width),
                byColumns: PackedMatrix(rows: width, columns: padded))
        }
    }

    static func padded(_ rows: Int) -> Int { (rows + 31) / 32 * 32 }

    /// Bytes of a matrix.
    static func memoryNeeded(rows: Int, columns: Int) -> Int {
        4 * padded(rows) * columns * MemoryLayout<Float>.size
    }

    func set(_ rows: FeatureRows, from start: Int) {
        (values.pointer + start * columns).update(from: rows.start, count: rows.count)
        for slice in slices {
            for row in 0..<rows.rows {
                (slice.values.pointer + (start + row) * slice.width).update(
                    from: rows.start + row * columns + slice.first, count: slice.width)
            }
        }
    }

    func pack(_ workers: Workers) {
        workers.run(pieces: slices.count + 1) { piece, _ in
            if piece == 0 {
                byRows.pack(values.pointer)
            } else {
                slices[piece - 1].byColumns.pack(slices[piece - 1].values.pointer, transposed: true)
            }
        }
    }

    /// `products = self other^T`, `[rows, other.padded]`; returns the sum of their squares.
    func squaredProducts(with other: FrameMatrix, into products: AlignedBuffer<Float>, _ workers: Workers) -> Double {
        let pieces = (rows + Self.rowsOfPiece - 1) / Self.rowsOfPiece
        let sums = AlignedBuffer<Double>(count: pieces)
        let totals = (0..<workers.count).map { _ in
            AlignedBuffer<Double>(count: Self.rowsOfPiece * other.padded)
        }
        workers.run(pieces: pieces) { piece, worker in
            let (start, end) = (piece * Self.rowsOfPiece, min((piece + 1) * Self.rowsOfPiece, rows))
            let (count, total) = ((end - start) * other.padded, totals[worker].pointer)
            let target = products.pointer + start * other.padded
            total.update(repeating: 0, count: count)
            for (own, others) in zip(slices, other.slices) {
                others.byColumns.multiply(
                    own.values.pointer + start * own.width, into: target, adding: false, m: end - start)
                Elementwise.drain(target, into: total, count: count)
            }
            for index in 0..<count {
                target[index] = Float(total[index])
                sums.pointer[piece] += total[index] * total[index]
            }
        }
        return (0..<pieces).reduce(0) { $0 + sums.pointer[$1] }
    }
}
