// SPDX-License-Identifier: Apache-2.0
import Matrices

/// What is done to one tile on the way forward.
struct ForwardPass: Sendable {
    private let architecture: EncoderArchitecture
    private let weights: PreparedWeights
    private let buffers: Buffers
    private let depth: Depth
    private let visitors: [Tap: [any FeatureVisitor]]

    init(_ session: EncoderSession, _ visitors: [Tap: [any FeatureVisitor]]) {
        architecture = session.encoder.architecture
        weights = session.encoder.weights
        buffers = session.buffers
        depth = session.depth
        self.visitors = visitors
    }

    /// The first convolution, and the first block's first ReLU.
    func start(_ tile: Range<Int>, slot: Int) {
        Elementwise.convolve(
            signal: UnsafePointer(buffers.signal.pointer(row: tile.lowerBound)),
            kernel: weights.startKernel.pointer, bias: weights.startBias.pointer, into: buffers.en.mutable(tile))
        firstReLU(ofBlock: 1, tile, slot: slot)
    }

    /// A block from its first ReLU, which is complete for all of time, to the next one's.
    func block(_ block: Int, _ tile: Range<Int>, slot: Int, worker: Int) {
        let tensors = weights.blocks[block - 1]
        let second = buffers.scratch(worker: worker, rows: tile.count)
        let (first, dilation) = (buffers.first(ofBlock: block), architecture.dilation(ofBlock: block))
        for tap in 0..<3 {
            tensors.dilated[tap].multiply(
                first.pointer(row: tile.lowerBound + (tap - 1) * dilation), into: second.start, adding: tap > 0,
                m: tile.count)
        }
        Elementwise.biasedReLU(
            second, bias: tensors.dilatedBias.pointer,
            bits: buffers.secondBits(ofBlock: block, from: tile.lowerBound, worker: worker))
        show(second, at: .relu2(block), from: tile.lowerBound, slot: slot)

        guard depth >= Depth(block, .residual) else { return }
        let en = buffers.en.mutable(tile)
        tensors.residual.multiply(second.start, into: en.start, adding: true, m: tile.count)
        Elementwise.add(bias: tensors.residualBias.pointer, to: en)
        show(en, at: .residual(block), from: tile.lowerBound, slot: slot)

        if block < architecture.layers {
            if depth >= Depth(block + 1, .relu1) { firstReLU(ofBlock: block + 1, tile, slot: slot) }
        } else if let z = buffers.z?.mutable(tile) {
            Product.multiply(
                en.start, weights.bottleneckKernel.pointer, into: z.start, adding: false, m: tile.count, n: z.columns,
                k: en.columns)
            Elementwise.add(bias: weights.bottleneckBias.pointer, to: z)
            show(z, at: .bottleneck, from: tile.lowerBound, slot: slot)
        }
    }

    /// The average pool, over all of time.
    func pool() {
        guard let z = buffers.z, let encoding = buffers.encoding else { return }
        let hop = architecture.hop
        for frame in 0..<encoding.rows {
            let sum = encoding.pointer(row: frame)
            for channel in 0..<encoding.columns {
                sum[channel] = (frame * hop..<(frame + 1) * hop).reduce(0) { $0 + z.pointer(row: $1)[channel] } / Float(hop)
            }
        }
        for visitor in visitors[.encoding] ?? [] { visitor.read(encoding[0..<encoding.rows], from: 0, slot: 0) }
    }

    private func firstReLU(ofBlock block: Int, _ tile: Range<Int>, slot: Int) {
        let first = buffers.first(ofBlock: block)
        let rows = first.mutable(tile)
        Elementwise.relu(buffers.en.pointer(row: tile.lowerBound), into: rows.start, count: rows.count)
        show(rows, at: .relu1(block), from: tile.lowerBound, slot: slot)
    }

    /// Shows a tile to a tap's visitors, and keeps it where the way back will ask for it.
    private func show(_ rows: MutableFeatureRows, at tap: Tap, from start: Int, slot: Int) {
        buffers.kept(tap)?.pointer(row: start).update(from: rows.start, count: rows.count)
        let view = FeatureRows(start: rows.start, rows: rows.rows, columns: rows.columns)
        for visitor in visitors[tap] ?? [] { visitor.read(view, from: start, slot: slot) }
    }
}
