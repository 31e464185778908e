// SPDX-License-Identifier: Apache-2.0
import Matrices

/// A dilated convolution of 3 taps, `[T, C] -> [T, C]`: `y[t] = sum_k x[t + (k - 1) d] W[k]`, zeros outside the clip.
///
/// By Winograd's minimal filtering F(4, 3) along the dilation (Lavin and Gray, Fast Algorithms for Convolutional Neural
/// Networks, 2016): the outputs t, t + d, t + 2 d, t + 3 d come from six inputs by 6 products with C x C matrices, instead of
/// 12. The matrices are made once.
final class DilatedConvolution: Sendable {
    private let width: Int
    private let transformed: [PackedMatrix]

    /// - Parameters:
    ///   - taps: three matrices `[C in, C out]`.
    ///   - transposed: they are `[C out, C in]` instead.
    init(_ taps: [[Float]], transposed: Bool = false, width: Int, kernels: KernelLevel) {
        self.width = width
        // The rows of Lavin and Gray's matrix G.
        let rows: [[Double]] = [
            [1.0 / 4, 0, 0], [-1.0 / 6, -1.0 / 6, -1.0 / 6], [-1.0 / 6, 1.0 / 6, -1.0 / 6],
            [1.0 / 24, 1.0 / 12, 1.0 / 6], [1.0 / 24, -1.0 / 12, 1.0 / 6], [0, 0, 1],
        ]
        transformed = rows.map { row in
            let values = (0..<width * width).map { index in
                Float(
                    row[0] * Double(taps[0][index]) + row[1] * Double(taps[1][index]) + row[2] * Double(taps[2][index]))
            }
            return PackedMatrix(values, rows: width, columns: width, transposed: transposed, kernels: kernels)
        }
    }

    /// Scratch memory for one tile, used by one thread at a time.
    final class Scratch: Sendable {
        fileprivate let inputs: AlignedBuffer<Float>
        fileprivate let products: AlignedBuffer<Float>

        /// - Parameter rows: of the largest tile.
        init(rows: Int, width: Int) {
            inputs = AlignedBuffer(count: 6 * rows / 4 * width)
            products = AlignedBuffer(count: 6 * rows / 4 * width)
        }
    }

    /// Convolves a tile.
    ///
    /// - Parameters:
    ///   - x: with rows around the tile, see ``margins(dilation:)``. Rows at a distance of more than d from those wanted are
    ///     read too; their values show in the last bits alone, so they must not be what an earlier pass left.
    ///   - y: the tile's rows in its own order; those after its end are unspecified.
    func apply(to x: RowWindow<Float>, _ tile: TimeTile, into y: UnsafeMutablePointer<Float>, scratch: Scratch) {
        let (run, step) = (tile.run * width, tile.groups * width)
        for period in 0..<tile.periods {
            Winograd.four.transformInput(
                x.unsafePointer(row: tile.start + (4 * period - 1) * tile.dilation), step: tile.dilation * width,
                into: scratch.inputs.unsafePointer + period * run, step: step, count: run)
        }
        for (index, matrix) in transformed.enumerated() {
            matrix.multiply(
                scratch.inputs.unsafePointer + index * step, into: scratch.products.unsafePointer + index * step,
                adding: false,
                m: tile.groups)
        }
        for period in 0..<tile.periods {
            Winograd.four.transformOutput(
                scratch.products.unsafePointer + period * run, step: step, into: y + 4 * period * run, count: run)
        }
    }

    /// Rows that are read before the first and after the last row wanted: a period may start in that row.
    static func margins(dilation: Int) -> (before: Int, after: Int) { (dilation, 5 * dilation) }
}
