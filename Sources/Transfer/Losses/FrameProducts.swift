// SPDX-License-Identifier: Apache-2.0
import Matrices

/// Losses of Gram matrices by products between frames: with F `[T, C]` and the style's rows A `[S, C]`, the products `F F^T` and
/// `F A^T` say all about `F^T F` and `A^T A` that does not depend on the choice of axes, and the gradient is of the form `X F + Y A`.
final class FrameProducts: @unchecked Sendable {
    /// T.
    let rows: Int
    /// C.
    let columns: Int
    /// A and F followed by rows of zeros, so that their number suits the kernels.
    let style: FrameMatrix
    let own: FrameMatrix
    /// `F F^T`, `[T, own.padded]`, and `F A^T`, `[T, style.padded]`, after ``multiply()``; zeros in the padding.
    let ownProducts: AlignedBuffer<Double>
    let styleProducts: AlignedBuffer<Double>
    private let workers: Workers
    private let centred: Bool
    /// X and Y, laid out likewise.
    private let ownFactors: AlignedBuffer<Float>
    private let styleFactors: AlignedBuffer<Float>
    /// For each worker, a piece of a product.
    private let scratch: [AlignedBuffer<Float>]

    /// - Parameters:
    ///   - target: A.
    ///   - rows: T.
    ///   - centred: F is taken less each channel's mean. Its gradient is that of F as it is shown: `X F + Y A` has no mean then.
    init(target: FeatureMap, rows: Int, centred: Bool = false, threads: Int) {
        (self.rows, self.centred) = (rows, centred)
        columns = target.columns
        workers = Workers(count: threads)
        style = FrameMatrix(rows: target.rows, columns: target.columns)
        own = FrameMatrix(rows: rows, columns: target.columns)
        ownProducts = AlignedBuffer(count: rows * own.padded)
        styleProducts = AlignedBuffer(count: rows * style.padded)
        ownFactors = AlignedBuffer(count: rows * own.padded)
        styleFactors = AlignedBuffer(count: rows * style.padded)
        let padded = max(own.padded, style.padded)
        scratch = (0..<workers.count).map { _ in AlignedBuffer(count: FrameMatrix.rowsOfPiece * padded) }
        guard !MemoryLedger.isPlanning else { return }
        style.set(target[0..<target.rows], from: 0)
        style.pack(workers)
    }

    /// `A A^T`, `[S, style.padded]`.
    @discardableResult
    func formStyleGram(in products: AlignedBuffer<Double>) -> AlignedBuffer<Double> {
        style.multiply(by: style, into: products, scratch, workers)
        return products
    }

    func begin(_ traversal: FeatureTraversal) {
        precondition((traversal.rows, traversal.columns) == (rows, columns), "a map of another shape")
    }

    func read(_ rows: FeatureRows, from start: Int) {
        own.set(rows, from: start)
    }

    /// Forms the products, when all rows have been read.
    func multiply() {
        if centred { own.centre(workers) }
        own.pack(workers)
        own.multiply(by: own, into: ownProducts, scratch, workers)
        own.multiply(by: style, into: styleProducts, scratch, workers)
    }

    /// `result = F A^T matrix`, `[T, style.padded]`, with a matrix `[style.padded, style.padded]`.
    func multiplyStyleProducts(by matrix: AlignedBuffer<Double>, into result: AlignedBuffer<Double>) {
        let (own, columns, products) = (own, style.padded, styleProducts)
        workers.run(pieces: own.pieces) { piece, _ in
            let range = own.range(ofPiece: piece)
            let first = range.lowerBound * columns
            Product.multiply(
                products.unsafePointer + first, matrix.unsafePointer, into: result.unsafePointer + first,
                m: range.count, n: columns,
                k: columns)
        }
    }

    /// Sets X `[T, T]` and Y `[T, S]`, entry by entry.
    func setFactors(
        own ownEntry: (_ row: Int, _ column: Int) -> Double, style styleEntry: (_ row: Int, _ column: Int) -> Double
    ) {
        for row in 0..<rows {
            for column in 0..<rows {
                ownFactors.unsafePointer[row * own.padded + column] = Float(ownEntry(row, column))
            }
            for column in 0..<style.rows {
                styleFactors.unsafePointer[row * style.padded + column] = Float(styleEntry(row, column))
            }
        }
    }

    /// `gradient += X F + Y A`, some rows of it.
    func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows) {
        own.byRows.multiply(
            ownFactors.unsafePointer + start * own.padded, into: gradient.unsafePointer, adding: true, m: rows.rows)
        style.byRows.multiply(
            styleFactors.unsafePointer + start * style.padded, into: gradient.unsafePointer, adding: true, m: rows.rows)
    }
}
