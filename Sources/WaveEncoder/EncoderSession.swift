// SPDX-License-Identifier: Apache-2.0
import Matrices

/// Runs the encoder's forward and backward pass over clips of one length, in windows and tiles of time.
///
/// A clip enters window by window (see ``Wavefront``), so that the maps between the blocks are as long as a window, not as
/// the clip. A block's work on a window is split into tiles: while a tile is in a core's own cache,
/// all of the block's work on it is done, the visitors' too. For the backward pass each block stores its first ReLU and one
/// bit for each entry of its second, either for the whole clip or, in ``Mode/recompute``, only for the windows between the
/// two passes. `ReferenceEncoder` of the tests shows the same computation without windows and tiles.
///
/// A session is used by one caller at a time.
public final class EncoderSession {
    /// What a session is for, and what it stores.
    public enum Mode: Sendable {
        /// Forward pass only: memory grows with the window, not with the clip.
        case reading
        /// Forward and backward pass, with all activations stored in between.
        case keepAll
        /// Forward and backward pass in bounded memory. The clip is read once for the visitors that must see the whole of
        /// it; then each window is recomputed, and the backward pass follows a few windows later.
        case recompute
    }

    /// T.
    public let samples: Int
    /// The layer points that visitors may be at.
    public let points: Set<LayerPoint>
    /// What it stores.
    public let mode: Mode

    let encoder: WaveEncoder
    let wavefront: Wavefront
    let buffers: Buffers
    private let workers: Workers
    private let slots: Int

    init(_ encoder: WaveEncoder, samples: Int, points: Set<LayerPoint>, mode: Mode, window: Int) {
        precondition(samples >= 1, "a clip has at least one sample")
        self.encoder = encoder
        self.samples = samples
        self.points = points
        self.mode = mode
        wavefront = encoder.wavefront(samples: samples, points: points, window: window)
        workers = Workers(count: encoder.threads)
        slots = encoder.slots(samples: samples, window: window)
        buffers = Buffers(BufferPlan(encoder, wavefront, points: points, mode: mode))
    }

    /// Runs the forward pass and shows the activations to the visitors.
    ///
    /// - Parameters:
    ///   - x: T samples in companded units.
    ///   - visitors: at some of the session's layer points.
    public func read(_ x: [Float], visitors: [LayerPoint: [any FeatureVisitor]]) {
        let reading = begin(x, visitors)
        for step in 0..<wavefront.steps { forward(step, reading) }
        workers.end(visitors.values.joined())
    }

    /// Runs the forward and the backward pass, and returns the gradient with respect to x of what the visitors compute.
    ///
    /// - Parameters:
    ///   - x: T samples in companded units.
    ///   - visitors: at some of the session's layer points.
    ///   - companions: read window by window along with the forward pass; for ``Mode/recompute``.
    /// - Returns: T values.
    public func evaluate(
        _ x: [Float], visitors: [LayerPoint: [any FeatureVisitor]], companions: [Companion] = []
    ) -> [Float] {
        guard let back = buffers.back else {
            preconditionFailure("the session was made without room for a gradient")
        }
        announce(visitors, summing: .gradient)
        buffers.load(signal: x)
        var gradient = [Float](repeating: 0, count: samples)
        let backward = BackwardPass(self, back, visitors)
        switch mode {
        case .reading: break
        case .keepAll:
            let forward = ForwardPass(self, visitors, depth: wavefront.depth, keeps: true)
            for step in 0..<wavefront.steps { self.forward(step, forward) }
            workers.end(visitors.values.joined())
            buffers.stream.restart(at: 0)
            backward.unpool(0..<frames(of: samples))
            var done = wavefront.backward(from: 0)
            for step in 0..<wavefront.steps {
                let fronts = wavefront.backward(from: wavefront.entered(after: step))
                buffers.stream.slide(to: done[0], keepingTo: done[wavefront.top])
                self.backward(from: done, to: fronts, backward, &gradient)
                done = fronts
            }
        case .recompute:
            let whole = visitors.mapValues { $0.filter(\.needsWhole) }.filter { !$0.value.isEmpty }
            if !whole.isEmpty {
                let reading = ForwardPass(self, whole, depth: depth(of: whole), keeps: false)
                for step in 0..<wavefront.steps { forward(step, reading) }
                buffers.restart()
            }
            workers.end(whole.values.joined())
            let local = visitors.mapValues { $0.filter { !$0.needsWhole } }
            let forward = ForwardPass(self, local, depth: wavefront.depth, keeps: true)
            for companion in companions { companion.begin() }
            var done = wavefront.fronts(after: -1)
            for step in 0..<wavefront.steps {
                for companion in companions { companion.advance(step) }
                self.forward(step, forward)
                let fronts = wavefront.fronts(after: step)
                let top = wavefront.top
                backward.unpool(frames(of: done.forward[top])..<frames(of: fronts.forward[top]))
                self.backward(from: done.backward, to: fronts.backward, backward, &gradient)
                back.slide(to: fronts.backward, keepingTo: fronts.forward)
                for companion in companions { companion.forget(after: step, of: wavefront) }
                done = fronts
            }
            workers.end(local.values.joined())
        }
        for visitor in visitors.values.joined() { visitor.endGradient() }
        return gradient
    }

    /// Prepares to read a clip step by step.
    func begin(_ x: [Float], _ visitors: [LayerPoint: [any FeatureVisitor]]) -> ForwardPass {
        announce(visitors, summing: .reading)
        buffers.load(signal: x)
        return ForwardPass(self, visitors, depth: depth(of: visitors), keeps: false)
    }

    /// How deep the signal must go for some visitors.
    private func depth(of visitors: [LayerPoint: [any FeatureVisitor]]) -> Depth {
        visitors.keys.map { $0.depth(in: encoder.architecture) }.max() ?? wavefront.depth
    }

    /// Tells visitors what maps they will see, as every call that shows them does.
    ///
    /// - Parameter summing: where they should form their sums.
    public func announce(
        _ visitors: [LayerPoint: [any FeatureVisitor]], summing: FeatureTraversal.SummingPass = .gradient
    ) {
        precondition(
            Set(visitors.keys).isSubset(of: points), "a visitor at a layer point that the session was not made for")
        for (point, list) in visitors {
            let (rows, columns) = point.shape(samples: samples, in: encoder.architecture)
            let traversal = FeatureTraversal(
                rows: rows, columns: columns, slots: point == .encoding ? 1 : slots, summing: summing)
            for visitor in list { visitor.begin(traversal) }
        }
    }

    /// One step of the forward pass: a window's rows through all blocks.
    func forward(_ step: Int, _ pass: ForwardPass) {
        let (done, fronts) = (wavefront.forward(after: step - 1), wavefront.forward(after: step))
        let first = buffers.first
        func convolves(_ block: Int) -> Bool { pass.depth >= Depth(block, .relu2) }
        func open(_ block: Int) {
            let row = convolves(block) ? max(done[block] - wavefront.dilation(ofBlock: block), 0) : done[block - 1]
            first.open(block, from: row, to: done[block - 1])
        }
        slide(before: step, backwardFollows: mode == .recompute && pass.keeps)
        open(1)
        onTiles(done[0]..<fronts[0], dilation: 1) { tile, slot, _ in pass.start(tile, slot: slot) }
        for block in 1...wavefront.top where convolves(block) {
            if block < wavefront.top { open(block + 1) }
            let dilation = wavefront.dilation(ofBlock: block)
            first[block].clear(from: fronts[block - 1], count: DilatedConvolution.margins(dilation: dilation).after)
            onTiles(done[block]..<fronts[block], dilation: dilation) {
                pass.block(block, $0, slot: $1, worker: $2)
            }
            first.setAside(block, max(fronts[block] - dilation, 0)..<fronts[block - 1])
        }
        if pass.depth.block > encoder.architecture.layers {
            pass.pool(frames(of: done[wavefront.top])..<frames(of: fronts[wavefront.top]))
        }
        pass.settle()
    }

    /// Drops the rows of the stream and of the bottleneck that are not needed any more.
    private func slide(before step: Int, backwardFollows: Bool) {
        let (forward, backward) = wavefront.fronts(after: step - 1)
        let top = wavefront.top
        // The stream's rows before the turning point hold its gradient.
        buffers.stream.slide(to: backwardFollows ? backward[0] : forward[top], keepingTo: forward[0])
        guard let z = buffers.z, mode != .keepAll else { return }
        let open = wavefront.openFrame(forward[top])
        z.slide(to: backwardFollows ? min(backward[top], open) : open, keepingTo: forward[top])
    }

    /// A part of the backward pass, between two fronts.
    private func backward(from done: [Int], to fronts: [Int], _ pass: BackwardPass, _ gradient: inout [Float]) {
        guard let back = buffers.back else { return }
        let top = wavefront.top
        func open(_ block: Int) {
            let row = max(done[block - 1] - wavefront.reach(ofBlock: block), 0)
            back.second.open(block, from: row, to: done[block])
        }
        open(top)
        onTiles(done[top]..<fronts[top], dilation: 1) { pass.begin(atBlock: top, $0, slot: $1, worker: $2) }
        back.tapGradient.restart(at: done[0])
        for block in (1...top).reversed() {
            if block > 1 { open(block - 1) }
            let dilation = wavefront.dilation(ofBlock: block)
            back.second[block].clear(from: fronts[block], count: DilatedConvolution.margins(dilation: dilation).after)
            onTiles(done[block - 1]..<fronts[block - 1], dilation: dilation) {
                pass.block(block, $0, slot: $1, worker: $2)
            }
            back.second.setAside(
                block, max(fronts[block - 1] - wavefront.reach(ofBlock: block), 0)..<fronts[block])
        }
        pass.addSignalGradient(of: done[0]..<fronts[0], to: &gradient)
    }

    /// Whole frames of the encoding in the first `rows` rows.
    private func frames(of rows: Int) -> Int {
        min(rows / encoder.architecture.hop, buffers.encoding?.rows ?? 0)
    }

    /// Runs a pass over the tiles of some rows, shaped for a dilation, and waits for it.
    private func onTiles(
        _ rows: Range<Int>, dilation: Int, _ body: @Sendable (_ tile: TimeTile, _ slot: Int, _ worker: Int) -> Void
    ) {
        guard !rows.isEmpty else { return }
        let tiles = TimeTiles(rows: rows, tileRows: encoder.tileRows, slots: slots)
        workers.run(pieces: slots) { slot, worker in
            for tile in tiles.tiles(inSlot: slot, dilation: dilation) { body(tile, slot, worker) }
        }
    }
}
