// SPDX-License-Identifier: Apache-2.0
import Matrices

/// What is done to one tile on the way back.
///
/// One pass for each block does the upper block's dilated convolution and the lower block's 1 x 1, so that the stream's
/// gradient is touched once.
struct BackwardPass: Sendable {
    private let architecture: EncoderArchitecture
    private let weights: PreparedWeights
    private let buffers: Buffers
    private let depth: Depth
    private let visitors: [Tap: [any FeatureVisitor]]
    private let enGradient: FeatureMap
    private let tapGradient: FeatureMap

    init(_ session: EncoderSession, _ visitors: [Tap: [any FeatureVisitor]]) {
        guard let enGradient = session.buffers.enGradient, let tapGradient = session.buffers.tapGradient else {
            preconditionFailure("the session was made without room for a gradient")
        }
        architecture = session.encoder.architecture
        weights = session.encoder.weights
        buffers = session.buffers
        depth = session.depth
        self.visitors = visitors
        self.enGradient = enGradient
        self.tapGradient = tapGradient
    }

    /// The encoding's gradient, spread over each window of the bottleneck's.
    func unpool() {
        guard let zGradient = buffers.zGradient, let encoding = buffers.encoding else { return }
        let gradient = FeatureMap(rows: encoding.rows, columns: encoding.columns)
        let all = 0..<encoding.rows
        for visitor in visitors[.encoding] ?? [] {
            visitor.addGradient(at: encoding[all], from: 0, to: gradient.mutable(all), slot: 0)
        }
        let hop = architecture.hop
        for t in 0..<zGradient.rows {
            let row = zGradient.pointer(row: t)
            for channel in 0..<zGradient.columns {
                row[channel] = t / hop < encoding.rows ? gradient.pointer(row: t / hop)[channel] / Float(hop) : 0
            }
        }
    }

    /// Starts the stream's gradient behind the topmost block, and goes through that block's 1 x 1.
    func begin(atBlock block: Int, _ tile: TimeTile, slot: Int) {
        for range in tile.strips.map(\.range) {
            let stream = enGradient.mutable(range)
            if let z = buffers.z, let zGradient = buffers.zGradient?.mutable(range) {
                if buffers.encoding == nil { zGradient.start.update(repeating: 0, count: zGradient.count) }
                add(at: .bottleneck, z[range], from: range.lowerBound, to: zGradient, slot: slot)
                Product.multiply(
                    zGradient.start, weights.bottleneckKernel.pointer, transposed: true, into: stream.start,
                    adding: false, m: range.count, n: stream.columns, k: zGradient.columns)
            } else {
                stream.start.update(repeating: 0, count: stream.count)
            }
            upperHalf(ofBlock: block, range, slot: slot)
        }
    }

    /// From a block's second ReLU, whose gradient is complete for all of time, to the next lower block's.
    func block(_ block: Int, _ tile: TimeTile, slot: Int, worker: Int) {
        let gradient = buffers.scratch(worker: worker)
        if depth >= Depth(block, .relu2) {
            weights.blocks[block - 1].dilatedTransposed.apply(
                to: buffers.secondGradient(ofBlock: block), tile, into: gradient,
                scratch: buffers.convolutionScratch(worker: worker))
        } else {
            gradient.update(repeating: 0, count: tile.rows * architecture.width)
        }
        for strip in tile.strips {
            let rows = MutableFeatureRows(
                start: gradient + strip.place * architecture.width, rows: strip.range.count,
                columns: architecture.width)
            lowerHalf(ofBlock: block, rows, strip.range, slot: slot)
        }
    }

    /// From the gradient that came through a block's dilated convolution to the stream before the block, and on.
    private func lowerHalf(ofBlock block: Int, _ gradient: MutableFeatureRows, _ range: Range<Int>, slot: Int) {
        let first = buffers.first(ofBlock: block)[range]
        add(at: .relu1(block), first, from: range.lowerBound, to: gradient, slot: slot)
        let stream = enGradient.mutable(range)
        Elementwise.add(gradient.start, wherePositive: first.start, to: stream.start, count: stream.count)
        if block > 1 {
            upperHalf(ofBlock: block - 1, range, slot: slot)
        } else {
            Product.multiply(
                stream.start, weights.startKernel.pointer, transposed: true,
                into: tapGradient.pointer(row: range.lowerBound), adding: false, m: range.count, n: 3,
                k: stream.columns)
        }
    }

    /// The first convolution's transpose, when every tile is done: `g[t] = sum_k (en . W[k])[t - (k - 1)]`.
    func signalGradient() -> [Float] {
        (0..<tapGradient.rows).map { t in
            let row = tapGradient.pointer(row: t)
            // Tap 0 of the next row, 1 of this, 2 of the one before; the margins are zero.
            return row[3] + row[1] + row[-1]
        }
    }

    /// The gradient with respect to the stream behind a block, and with respect to the input of its second ReLU.
    private func upperHalf(ofBlock block: Int, _ range: Range<Int>, slot: Int) {
        guard depth >= Depth(block, .relu2) else { return }
        let second = buffers.secondGradient(ofBlock: block).mutable(range)
        if depth >= Depth(block, .residual) {
            let stream = enGradient.mutable(range)
            if let en = buffers.kept(.residual(block)) {
                add(at: .residual(block), en[range], from: range.lowerBound, to: stream, slot: slot)
            }
            weights.blocks[block - 1].residualTransposed.multiply(
                stream.start, into: second.start, adding: false, m: range.count)
        } else {
            second.start.update(repeating: 0, count: second.count)
        }
        if let activations = buffers.kept(.relu2(block)) {
            add(at: .relu2(block), activations[range], from: range.lowerBound, to: second, slot: slot)
        }
        Elementwise.keep(
            second, whereBits: buffers.secondBits(ofBlock: block, from: range.lowerBound, worker: 0))
    }

    private func add(
        at tap: Tap, _ rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int
    ) {
        for visitor in visitors[tap] ?? [] { visitor.addGradient(at: rows, from: start, to: gradient, slot: slot) }
    }
}
