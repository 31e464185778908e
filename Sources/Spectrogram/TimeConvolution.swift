// SPDX-License-Identifier: Apache-2.0
import CVectorKernels
import Matrices

/// A convolution along the rows of a feature map, `[T, in] -> [T', out]`: `y[t] = sum_j x[t + j] W[j]`, or its gradient with
/// respect to x, which is a convolution with the taps reversed and the matrices transposed.
///
/// The taps are processed three at a time, each group by ``Winograd``'s filtering; the groups' products are added before the
/// output transform.
final class TimeConvolution: Sendable {
    let taps: Int
    let inputs: Int
    let outputs: Int
    private let form: Winograd
    private let groups: Int
    private let blocks: [Block]
    /// Rows that are processed at once.
    private static let rowsOfTile = 512
    /// Output channels of a product.
    private static let columnsOfBlock = 256

    /// Some output channels.
    private struct Block: Sendable {
        let first: Int
        let columns: Int
        /// ``columns`` rounded up to what the kernels support.
        let padded: Int
        /// `[group][product]`, each `[inputs, padded]`.
        let matrices: [[PackedMatrix]]
    }

    /// Forward or backward pass.
    enum Direction { case forward, gradient }

    /// Groups of taps; the last may be padded with taps of zeros.
    private static func groups(taps: Int) -> Int { (taps + Winograd.taps - 1) / Winograd.taps }

    /// The faster form. For few rows the time goes into reading the matrices, and those of F(2, 3) have two thirds of the
    /// bytes; for many rows it goes into products, and F(4, 3) needs three quarters of them.
    ///
    /// - Parameter rows: of the output; nil if unknown.
    static func form(rows: Int?) -> Winograd { rows.map { $0 <= 64 } ?? false ? .two : .four }

    /// - Parameter kernel: `[taps, in, out]` of the layer.
    init(
        _ kernel: AlignedBuffer<Float>, taps: Int, layerInputs: Int, layerOutputs: Int, _ direction: Direction,
        form: Winograd, threads: Int, kernels: KernelLevel = .current
    ) {
        let (inputs, outputs) = direction == .forward ? (layerInputs, layerOutputs) : (layerOutputs, layerInputs)
        let groups = Self.groups(taps: taps)
        (self.taps, self.inputs, self.outputs, self.form, self.groups) = (taps, inputs, outputs, form, groups)
        let ranges = stride(from: 0, to: outputs, by: Self.columnsOfBlock).map {
            $0..<min($0 + Self.columnsOfBlock, outputs)
        }
        let zeros = AlignedBuffer<Float>(count: max(layerInputs, layerOutputs))
        /// `count` values of a tap, from a row of the layer's matrix.
        @Sendable func source(_ tap: Int, row: Int, column: Int) -> UnsafePointer<Float> {
            guard tap < taps else { return UnsafePointer(zeros.unsafePointer) }
            let index = direction == .forward ? tap : taps - 1 - tap
            return UnsafePointer(kernel.unsafePointer + (index * layerInputs + row) * layerOutputs + column)
        }
        blocks = ranges.map { range in
            let padded = (range.count + 31) / 32 * 32
            let matrices = (0..<groups).map { _ in
                (0..<form.products).map { _ in PackedMatrix(rows: inputs, columns: padded, kernels: kernels) }
            }
            return Block(first: range.lowerBound, columns: range.count, padded: padded, matrices: matrices)
        }
        guard !MemoryLedger.isPlanning else { return }
        let blocks = blocks
        Workers(count: threads).run(pieces: ranges.count) { piece, _ in
            let (range, block) = (ranges[piece], blocks[piece])
            // Row-major as the kernel lies in memory: by input forward, by output for the gradient.
            let (rows, columns) = direction == .forward ? (inputs, block.padded) : (block.padded, inputs)
            let scratch = AlignedBuffer<Float>(count: form.products * rows * columns)
            for (group, matrices) in block.matrices.enumerated() {
                for row in 0..<(direction == .forward ? inputs : range.count) {
                    let (fromRow, fromColumn) =
                        direction == .forward ? (row, range.lowerBound) : (range.lowerBound + row, 0)
                    let sources = (0..<Winograd.taps).map {
                        source(Winograd.taps * group + $0, row: fromRow, column: fromColumn)
                    }
                    form.transformFilter(
                        sources[0], sources[1], sources[2], into: scratch.unsafePointer + row * columns,
                        step: rows * columns, count: direction == .forward ? range.count : inputs)
                }
                for (index, matrix) in matrices.enumerated() {
                    matrix.pack(scratch.unsafePointer + index * rows * columns, transposed: direction == .gradient)
                }
            }
        }
    }

    /// Scratch memory for a tile, in either form; one call at a time uses it.
    final class Scratch: Sendable {
        fileprivate let inputs: AlignedBuffer<Float>
        fileprivate let products: AlignedBuffer<Float>
        fileprivate let outputs: [AlignedBuffer<Float>]

        /// Enough for some convolutions, over this many rows.
        init(_ sizes: [Size], rows: Int, workers: Int) {
            let vectors = Self.vectors(rows: rows)
            inputs = AlignedBuffer(count: vectors * (sizes.map { $0.inputs * groups(taps: $0.taps) }.max() ?? 0))
            products = AlignedBuffer(count: vectors * (sizes.map { ($0.outputs + 31) / 32 * 32 }.max() ?? 0))
            outputs = (0..<workers).map { _ in AlignedBuffer(count: Winograd.four.outputs * columnsOfBlock) }
        }

        /// Vectors to multiply for a tile, in the form that has more of them: two for each row, in whole periods.
        private static func vectors(rows: Int) -> Int { 2 * (min(rows, rowsOfTile) + 3) }
    }

    /// What a convolution needs to know about its size.
    typealias Size = (taps: Int, inputs: Int, outputs: Int)

    /// Rows of zeros that a map must have on either side.
    static func margin(taps: Int) -> Int { 2 * taps + 8 }

    /// Convolves.
    ///
    /// - Parameters:
    ///   - x: with margins of ``margin(taps:)`` rows.
    ///   - firstRow: of x, for the first tap of output row 0; may be in the margin.
    ///   - rows: of the output.
    ///   - finish: called with some channels of an output row, from several threads.
    func convolve(
        _ x: FeatureMap, from firstRow: Int, rows: Int, scratch: Scratch, workers: Workers,
        finish: @Sendable (_ row: Int, _ channels: Range<Int>, UnsafePointer<Float>) -> Void
    ) {
        for start in stride(from: 0, to: rows, by: Self.rowsOfTile) {
            let count = min(Self.rowsOfTile, rows - start)
            tile(x, from: firstRow + start, rows: count, scratch: scratch, workers: workers) { row, channels, values in
                finish(start + row, channels, values)
            }
        }
    }

    private func tile(
        _ x: FeatureMap, from firstRow: Int, rows: Int, scratch: Scratch, workers: Workers,
        finish: @Sendable (_ row: Int, _ channels: Range<Int>, UnsafePointer<Float>) -> Void
    ) {
        let (height, depth) = (form.outputs, form.products)
        let periods = (rows + height - 1) / height
        let run = periods * inputs
        workers.run(pieces: periods) { period, _ in
            for group in 0..<groups {
                form.transformInput(
                    x.unsafePointer(row: firstRow + height * period + Winograd.taps * group), step: inputs,
                    into: scratch.inputs.unsafePointer + depth * group * run + period * inputs, step: run, count: inputs
                )
            }
        }
        workers.run(pieces: depth * blocks.count) { piece, _ in
            let (block, index) = (blocks[piece / depth], piece % depth)
            let products = scratch.products.unsafePointer + (depth * block.first + index * block.padded) * periods
            for group in 0..<groups {
                block.matrices[group][index].multiply(
                    scratch.inputs.unsafePointer + (depth * group + index) * run, into: products, adding: group > 0,
                    m: periods)
            }
        }
        workers.run(pieces: periods) { period, worker in
            let values = scratch.outputs[worker].unsafePointer
            for block in blocks {
                form.transformOutput(
                    scratch.products.unsafePointer + depth * periods * block.first + period * block.padded,
                    step: periods * block.padded, into: values, count: block.padded)
                for row in height * period..<min(height * (period + 1), rows) {
                    finish(
                        row, block.first..<block.first + block.columns,
                        values + (row - height * period) * block.padded)
                }
            }
        }
    }
}
