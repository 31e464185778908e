// SPDX-License-Identifier: Apache-2.0
import Matrices

/// The forward pass over one tile.
struct ForwardPass: Sendable {
    private let architecture: EncoderArchitecture
    private let weights: PreparedWeights
    private let buffers: Buffers
    private let visitors: [LayerPoint: [any FeatureVisitor]]
    /// The deepest place to compute.
    let depth: Depth
    /// Whether what the backward pass needs is stored.
    let keeps: Bool

    init(_ session: EncoderSession, _ visitors: [LayerPoint: [any FeatureVisitor]], depth: Depth, keeps: Bool) {
        architecture = session.encoder.architecture
        weights = session.encoder.weights
        buffers = session.buffers
        self.visitors = visitors
        self.depth = depth
        self.keeps = keeps
    }

    /// The first convolution, and the first block's first ReLU.
    func start(_ tile: TimeTile, slot: Int) {
        for strip in tile.strips {
            Elementwise.convolve(
                signal: UnsafePointer(buffers.signal.unsafePointer(row: strip.range.lowerBound)),
                kernel: weights.startKernel.unsafePointer, bias: weights.startBias.unsafePointer,
                into: buffers.stream.mutable(strip.range))
            firstReLU(ofBlock: 1, strip.range, slot: slot)
        }
    }

    /// A block from its first ReLU, which is complete as far as the tile's convolution reaches, to the next one's.
    func block(_ block: Int, _ tile: TimeTile, slot: Int, worker: Int) {
        let convolved = buffers.scratch(worker: worker)
        weights.blocks[block - 1].dilated.apply(
            to: buffers.first[block], tile, into: convolved,
            scratch: buffers.convolutionScratch(worker: worker))
        for strip in tile.strips {
            let second = MutableFeatureRows(
                unsafePointer: convolved + strip.place * architecture.width, rows: strip.range.count,
                columns: architecture.width)
            afterConvolution(ofBlock: block, second, strip.range, slot: slot, worker: worker)
        }
    }

    private func afterConvolution(
        ofBlock block: Int, _ second: MutableFeatureRows, _ range: Range<Int>, slot: Int, worker: Int
    ) {
        let tensors = weights.blocks[block - 1]
        Elementwise.biasedReLU(
            second, bias: tensors.dilatedBias.unsafePointer,
            bits: buffers.secondBits(ofBlock: block, from: range.lowerBound, worker: worker, kept: keeps))
        show(second, at: .relu2(block), from: range.lowerBound, slot: slot)

        guard depth >= Depth(block, .residual) else { return }
        let en = buffers.stream.mutable(range)
        tensors.residual.multiply(second.unsafePointer, into: en.unsafePointer, adding: true, m: range.count)
        Elementwise.add(bias: tensors.residualBias.unsafePointer, to: en)
        show(en, at: .residual(block), from: range.lowerBound, slot: slot)

        if block < architecture.layers {
            if depth >= Depth(block + 1, .relu1) { firstReLU(ofBlock: block + 1, range, slot: slot) }
        } else if let z = buffers.z?.mutable(range) {
            Product.multiply(
                en.unsafePointer, weights.bottleneckKernel.unsafePointer, into: z.unsafePointer, adding: false,
                m: range.count,
                n: z.columns, k: en.columns)
            Elementwise.add(bias: weights.bottleneckBias.unsafePointer, to: z)
            show(z, at: .bottleneck, from: range.lowerBound, slot: slot)
        }
    }

    /// The average pool over some windows of the bottleneck.
    func pool(_ frames: Range<Int>) {
        guard let z = buffers.z, let encoding = buffers.encoding, !frames.isEmpty else { return }
        let hop = architecture.hop
        for frame in frames {
            let sum = encoding.unsafePointer(row: frame)
            for channel in 0..<encoding.columns {
                sum[channel] =
                    (frame * hop..<(frame + 1) * hop).reduce(0) { $0 + z.unsafePointer(row: $1)[channel] } / Float(hop)
            }
        }
        for visitor in visitors[.encoding] ?? [] { visitor.read(encoding[frames], from: frames.lowerBound, slot: 0) }
    }

    /// Between windows.
    func settle() {
        for visitor in visitors.values.joined() { visitor.settle() }
    }

    private func firstReLU(ofBlock block: Int, _ range: Range<Int>, slot: Int) {
        let rows = buffers.first[block].mutable(range)
        let en = UnsafePointer(buffers.stream.unsafePointer(row: range.lowerBound))
        if keeps, let back = buffers.back {
            back.first[block - 1].relu(en, from: range.lowerBound, into: rows)
        } else {
            Elementwise.relu(en, into: rows.unsafePointer, count: rows.count)
        }
        show(rows, at: .relu1(block), from: range.lowerBound, slot: slot)
    }

    /// Shows rows to a layer point's visitors, and stores them where the backward pass needs them.
    private func show(_ rows: MutableFeatureRows, at point: LayerPoint, from start: Int, slot: Int) {
        if keeps {
            buffers.back?.kept[point]?.unsafePointer(row: start).update(from: rows.unsafePointer, count: rows.count)
        }
        let view = FeatureRows(unsafePointer: rows.unsafePointer, rows: rows.rows, columns: rows.columns)
        for visitor in visitors[point] ?? [] { visitor.read(view, from: start, slot: slot) }
    }
}
