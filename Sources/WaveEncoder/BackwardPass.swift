// SPDX-License-Identifier: Apache-2.0
import Matrices

/// The backward pass over one tile.
///
/// One sweep for each block runs the upper block's dilated convolution and the lower block's 1 x 1, so that the stream's
/// gradient is read and written once.
struct BackwardPass: Sendable {
    private let architecture: EncoderArchitecture
    private let weights: PreparedWeights
    private let buffers: Buffers
    private let back: BackwardBuffers
    private let depth: Depth
    private let visitors: [LayerPoint: [any FeatureVisitor]]

    init(_ session: EncoderSession, _ back: BackwardBuffers, _ visitors: [LayerPoint: [any FeatureVisitor]]) {
        architecture = session.encoder.architecture
        weights = session.encoder.weights
        buffers = session.buffers
        self.back = back
        depth = session.wavefront.depth
        self.visitors = visitors
    }

    /// Collects the encoding's gradient for some frames.
    func unpool(_ frames: Range<Int>) {
        guard let gradient = back.encodingGradient, let encoding = buffers.encoding, !frames.isEmpty else { return }
        let rows = gradient.mutable(frames)
        rows.unsafePointer.update(repeating: 0, count: rows.count)
        for visitor in visitors[.encoding] ?? [] {
            visitor.addGradient(at: encoding[frames], from: frames.lowerBound, to: rows, slot: 0)
        }
    }

    /// Starts the stream's gradient after the topmost block, and runs that block's 1 x 1.
    func begin(atBlock block: Int, _ tile: TimeTile, slot: Int, worker: Int) {
        for range in tile.strips.map(\.range) {
            let stream = buffers.stream.mutable(range)
            if let z = buffers.z {
                let gradient = MutableFeatureRows(
                    unsafePointer: back.zGradient[worker].unsafePointer, rows: range.count, columns: z.columns)
                spreadEncodingGradient(over: gradient, from: range.lowerBound)
                add(at: .bottleneck, z[range], from: range.lowerBound, to: gradient, slot: slot)
                Product.multiply(
                    gradient.unsafePointer, weights.bottleneckKernel.unsafePointer, transposed: true,
                    into: stream.unsafePointer,
                    adding: false, m: range.count, n: stream.columns, k: gradient.columns)
            } else {
                stream.unsafePointer.update(repeating: 0, count: stream.count)
            }
            upperHalf(ofBlock: block, range, slot: slot)
        }
    }

    /// The average pool's transpose: distributes a frame's gradient evenly over its window. Without an encoding, zeros.
    private func spreadEncodingGradient(over rows: MutableFeatureRows, from start: Int) {
        rows.unsafePointer.update(repeating: 0, count: rows.count)
        guard let encoding = back.encodingGradient else { return }
        let hop = architecture.hop
        for row in 0..<rows.rows where (start + row) / hop < encoding.rows {
            let frame = encoding.unsafePointer(row: (start + row) / hop)
            for channel in 0..<rows.columns {
                rows.unsafePointer[row * rows.columns + channel] = frame[channel] / Float(hop)
            }
        }
    }

    /// From a block's second ReLU, whose gradient is complete as far as the tile's convolution reaches, to the next lower
    /// block's.
    func block(_ block: Int, _ tile: TimeTile, slot: Int, worker: Int) {
        let gradient = buffers.scratch(worker: worker)
        if depth >= Depth(block, .relu2) {
            weights.blocks[block - 1].dilatedTransposed.apply(
                to: back.second[block], tile, into: gradient,
                scratch: buffers.convolutionScratch(worker: worker))
        } else {
            gradient.update(repeating: 0, count: tile.rows * architecture.width)
        }
        for strip in tile.strips {
            let rows = MutableFeatureRows(
                unsafePointer: gradient + strip.place * architecture.width, rows: strip.range.count,
                columns: architecture.width)
            lowerHalf(ofBlock: block, rows, strip.range, slot: slot, worker: worker)
        }
    }

    /// From the gradient that came through a block's dilated convolution to the stream before the block, and on.
    private func lowerHalf(
        ofBlock block: Int, _ gradient: MutableFeatureRows, _ range: Range<Int>, slot: Int, worker: Int
    ) {
        let first = back.first[block - 1].rows(range, scratch: back.activations[worker].unsafePointer)
        add(at: .relu1(block), first, from: range.lowerBound, to: gradient, slot: slot)
        let stream = buffers.stream.mutable(range)
        Elementwise.add(
            gradient.unsafePointer, wherePositive: first.unsafePointer, to: stream.unsafePointer, count: stream.count)
        if block > 1 {
            upperHalf(ofBlock: block - 1, range, slot: slot)
        } else {
            Product.multiply(
                stream.unsafePointer, weights.startKernel.unsafePointer, transposed: true,
                into: back.tapGradient.unsafePointer(row: range.lowerBound), adding: false, m: range.count, n: 3,
                k: stream.columns)
        }
    }

    /// The first convolution's transpose: `g[t] = sum_k (gradient . W[k])[t - (k - 1)]`, each row's share added.
    func addSignalGradient(of rows: Range<Int>, to gradient: inout [Float]) {
        // From the last row on, so that a sample's three shares are added in the order of the points.
        for t in rows.reversed() {
            let row = back.tapGradient.unsafePointer(row: t)
            for k in 0..<3 where gradient.indices.contains(t + k - 1) { gradient[t + k - 1] += row[k] }
        }
    }

    /// The gradient with respect to the stream after a block, and with respect to the input of its second ReLU.
    private func upperHalf(ofBlock block: Int, _ range: Range<Int>, slot: Int) {
        guard depth >= Depth(block, .relu2) else { return }
        let second = back.second[block].mutable(range)
        if depth >= Depth(block, .residual) {
            let stream = buffers.stream.mutable(range)
            if let en = back.kept[.residual(block)] {
                add(at: .residual(block), en[range], from: range.lowerBound, to: stream, slot: slot)
            }
            weights.blocks[block - 1].residualTransposed.multiply(
                stream.unsafePointer, into: second.unsafePointer, adding: false, m: range.count)
        } else {
            second.unsafePointer.update(repeating: 0, count: second.count)
        }
        if let activations = back.kept[.relu2(block)] {
            add(at: .relu2(block), activations[range], from: range.lowerBound, to: second, slot: slot)
        }
        Elementwise.keep(
            second, whereBits: back.secondBits[block - 1].unsafePointer(row: range.lowerBound))
    }

    private func add(
        at point: LayerPoint, _ rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int
    ) {
        for visitor in visitors[point] ?? [] { visitor.addGradient(at: rows, from: start, to: gradient, slot: slot) }
    }
}
