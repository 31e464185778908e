// SPDX-License-Identifier: Apache-2.0
import CVectorKernels
import Matrices
import Synchronization

/// A convolution along the rows of a feature map, `[T, in] -> [T', out]`: `y[t] = sum_j x[t + j] W[j]`, or its gradient with
/// respect to x, which is a convolution with the taps turned round and the matrices transposed.
///
/// The taps are taken three at a time, each group by Winograd's F(4, 3) (Lavin and Gray, 2016): four outputs come from 6 products
/// in place of 12, and the groups' products are added before they are transformed back.
final class TimeConvolution: Sendable {
    let taps: Int
    let inputs: Int
    let outputs: Int
    private let groups: Int
    private let blocks: [Block]
    /// Periods of four rows that are done at once.
    private static let periodsOfTile = 128
    /// Output channels of a product.
    private static let columnsOfBlock = 256

    /// Some output channels.
    private struct Block: Sendable {
        let first: Int
        let columns: Int
        /// ``columns`` rounded up to what the kernels serve.
        let padded: Int
        /// `[group][6]`, each `[inputs, padded]`.
        let matrices: [[PackedMatrix]]
    }

    /// The way there, or the way back.
    enum Direction { case forward, gradient }

    /// - Parameter kernel: `[taps, in, out]` of the layer.
    init(
        _ kernel: AlignedBuffer<Float>, taps: Int, layerInputs: Int, layerOutputs: Int, _ direction: Direction,
        threads: Int, kernels: KernelLevel = .current
    ) {
        let (inputs, outputs) = direction == .forward ? (layerInputs, layerOutputs) : (layerOutputs, layerInputs)
        let groups = (taps + 2) / 3
        (self.taps, self.inputs, self.outputs, self.groups) = (taps, inputs, outputs, groups)
        let ranges = stride(from: 0, to: outputs, by: Self.columnsOfBlock).map {
            $0..<min($0 + Self.columnsOfBlock, outputs)
        }
        let zeros = AlignedBuffer<Float>(count: max(layerInputs, layerOutputs))
        /// `count` values of a tap, from a row of the layer's matrix.
        @Sendable func source(_ tap: Int, row: Int, column: Int) -> UnsafePointer<Float> {
            guard tap < taps else { return UnsafePointer(zeros.pointer) }
            let index = direction == .forward ? tap : taps - 1 - tap
            return UnsafePointer(kernel.pointer + (index * layerInputs + row) * layerOutputs + column)
        }
        let made = Mutex([Block?](repeating: nil, count: ranges.count))
        Workers(count: threads).run(pieces: ranges.count) { piece, _ in
            let range = ranges[piece]
            let padded = (range.count + 31) / 32 * 32
            // Row-major as the kernel lies in memory: by input on the way there, by output on the way back.
            let (rows, columns) = direction == .forward ? (inputs, padded) : (padded, inputs)
            let scratch = AlignedBuffer<Float>(count: 6 * rows * columns)
            let matrices = (0..<groups).map { group in
                for row in 0..<(direction == .forward ? inputs : range.count) {
                    let (fromRow, fromColumn) =
                        direction == .forward ? (row, range.lowerBound) : (range.lowerBound + row, 0)
                    let sources = (0..<3).map { source(3 * group + $0, row: fromRow, column: fromColumn) }
                    vk_winograd_filter(
                        sources[0], sources[1], sources[2], scratch.pointer + row * columns, Int64(rows * columns),
                        Int64(direction == .forward ? range.count : inputs))
                }
                return (0..<6).map { index in
                    let matrix = PackedMatrix(rows: inputs, columns: padded, kernels: kernels)
                    matrix.pack(scratch.pointer + index * rows * columns, transposed: direction == .gradient)
                    return matrix
                }
            }
            let block = Block(first: range.lowerBound, columns: range.count, padded: padded, matrices: matrices)
            made.withLock { $0[piece] = block }
        }
        blocks = made.withLock { $0.compactMap { $0 } }
    }

    /// Bytes of the matrices.
    static func memoryNeeded(taps: Int, inputs: Int, outputs: Int) -> Int {
        (taps + 2) / 3 * 6 * inputs * ((outputs + 31) / 32 * 32) * MemoryLayout<Float>.size
    }

    /// Memory for a tile on its way; one call at a time uses it.
    final class Scratch: Sendable {
        fileprivate let inputs: AlignedBuffer<Float>
        fileprivate let products: AlignedBuffer<Float>
        fileprivate let outputs: [AlignedBuffer<Float>]

        /// Enough for some convolutions, over so many rows.
        init(_ sizes: [Size], rows: Int, workers: Int) {
            let periods = min((rows + 3) / 4, periodsOfTile)
            inputs = AlignedBuffer(count: 6 * periods * (sizes.map { $0.inputs * (($0.taps + 2) / 3) }.max() ?? 0))
            products = AlignedBuffer(count: 6 * periods * (sizes.map { ($0.outputs + 31) / 32 * 32 }.max() ?? 0))
            outputs = (0..<workers).map { _ in AlignedBuffer(count: 4 * columnsOfBlock) }
        }

        /// Bytes of ``init(_:rows:workers:)``.
        static func memoryNeeded(_ sizes: [Size], rows: Int) -> Int {
            let widest = sizes.map { $0.inputs * (($0.taps + 2) / 3) }.max() ?? 0
            return 6 * min((rows + 3) / 4, periodsOfTile) * (widest + (sizes.map(\.outputs).max() ?? 0) + 32)
                * MemoryLayout<Float>.size
        }
    }

    /// What a convolution needs to know of its size.
    typealias Size = (taps: Int, inputs: Int, outputs: Int)

    /// Rows of zeros that a map must have on either side.
    static func margin(taps: Int) -> Int { 2 * taps + 8 }

    /// Convolves.
    ///
    /// - Parameters:
    ///   - x: with margins as ``margin(taps:)`` says.
    ///   - firstRow: of x, for the first tap of output row 0; may lie in the margin.
    ///   - rows: of the output.
    ///   - finish: takes some channels of an output row, from several threads.
    func convolve(
        _ x: FeatureMap, from firstRow: Int, rows: Int, scratch: Scratch, workers: Workers,
        finish: @Sendable (_ row: Int, _ channels: Range<Int>, UnsafePointer<Float>) -> Void
    ) {
        for start in stride(from: 0, to: rows, by: 4 * Self.periodsOfTile) {
            let count = min(4 * Self.periodsOfTile, rows - start)
            tile(x, from: firstRow + start, rows: count, scratch: scratch, workers: workers) { row, channels, values in
                finish(start + row, channels, values)
            }
        }
    }

    private func tile(
        _ x: FeatureMap, from firstRow: Int, rows: Int, scratch: Scratch, workers: Workers,
        finish: @Sendable (_ row: Int, _ channels: Range<Int>, UnsafePointer<Float>) -> Void
    ) {
        let periods = (rows + 3) / 4
        let run = periods * inputs
        workers.run(pieces: periods) { period, _ in
            for group in 0..<groups {
                Winograd.transformInput(
                    x.pointer(row: firstRow + 4 * period + 3 * group), step: inputs,
                    into: scratch.inputs.pointer + 6 * group * run + period * inputs, step: run, count: inputs)
            }
        }
        workers.run(pieces: 6 * blocks.count) { piece, _ in
            let (block, index) = (blocks[piece / 6], piece % 6)
            let products = scratch.products.pointer + 6 * periods * block.first + index * periods * block.padded
            for group in 0..<groups {
                block.matrices[group][index].multiply(
                    scratch.inputs.pointer + (6 * group + index) * run, into: products, adding: group > 0, m: periods)
            }
        }
        workers.run(pieces: periods) { period, worker in
            let values = scratch.outputs[worker].pointer
            for block in blocks {
                Winograd.transformOutput(
                    scratch.products.pointer + 6 * periods * block.first + period * block.padded,
                    step: periods * block.padded, into: values, count: block.padded)
                for row in 4 * period..<min(4 * period + 4, rows) {
                    finish(
                        row, block.first..<block.first + block.columns, values + (row - 4 * period) * block.padded)
                }
            }
        }
    }
}
