// SPDX-License-Identifier: Apache-2.0
import Matrices

/// Runs the encoder forward, and back, over clips of one length, in tiles of time.
///
/// Each pass covers one block: while a tile is in the cache, all of the block's work on it is done, the visitors' too. Zero
/// rows around each map make the convolutions' padding. The stream `en` and its gradient are updated in place. For the way
/// back each block keeps its first ReLU and one bit for each entry of its second. ``ReferenceEncoder`` shows the same
/// computation without tiles.
///
/// A session is used by one caller at a time.
public final class EncoderSession {
    /// T.
    public let samples: Int
    /// The taps that visitors may take.
    public let taps: Set<Tap>

    let encoder: WaveEncoder
    let tiles: TimeTiles
    let depth: Depth
    let buffers: Buffers
    private let keepsGradient: Bool
    private let workers: Workers

    init(_ encoder: WaveEncoder, samples: Int, taps: Set<Tap>, keepsGradient: Bool) {
        precondition(samples >= 1, "a clip has at least one sample")
        precondition(!taps.isEmpty, "nothing to compute: no taps")
        let layers = encoder.architecture.layers
        precondition(
            taps.allSatisfy { (1...layers).contains($0.block ?? 1) },
            "a tap lies outside the encoder's \(layers) blocks")
        self.encoder = encoder
        self.samples = samples
        self.taps = taps
        self.keepsGradient = keepsGradient
        depth = taps.map { $0.depth(in: encoder.architecture) }.max() ?? Depth(1, .relu1)
        workers = Workers(count: encoder.threads)
        // Eight slots for each thread: late threads find little left to wait for.
        tiles = TimeTiles(rows: samples, tileRows: encoder.tileRows, slots: 8 * encoder.threads)
        buffers = Buffers(
            encoder.architecture, samples: samples, taps: taps, depth: depth, tileRows: tiles.tileRows,
            workers: workers.count, keepsGradient: keepsGradient)
    }

    /// Runs forward and shows the activations to the visitors.
    ///
    /// - Parameters:
    ///   - x: T samples in companded units.
    ///   - visitors: at some of the session's taps.
    public func read(_ x: [Float], visitors: [Tap: [any FeatureVisitor]]) {
        forward(x, visitors, summing: .reading)
    }

    /// Runs forward, then back, and returns the gradient with respect to x of what the visitors compute.
    ///
    /// - Parameters:
    ///   - x: T samples in companded units.
    ///   - visitors: at some of the session's taps.
    /// - Returns: T values.
    public func evaluate(_ x: [Float], visitors: [Tap: [any FeatureVisitor]]) -> [Float] {
        precondition(keepsGradient, "the session was made without room for a gradient")
        forward(x, visitors, summing: .gradient)
        let gradient = backward(visitors)
        for visitor in visitors.values.joined() { visitor.endGradient() }
        return gradient
    }

    private func forward(
        _ x: [Float], _ visitors: [Tap: [any FeatureVisitor]], summing: FeatureTraversal.SummingPass
    ) {
        precondition(x.count == samples, "\(x.count) samples in a session for \(samples)")
        precondition(Set(visitors.keys).isSubset(of: taps), "a visitor at a tap that the session was not made for")
        for (tap, list) in visitors {
            let (rows, columns) = tap.shape(samples: samples, in: encoder.architecture)
            let traversal = FeatureTraversal(
                rows: rows, columns: columns, slots: tap == .encoding ? 1 : tiles.slots, summing: summing)
            for visitor in list { visitor.begin(traversal) }
        }
        let pass = ForwardPass(self, visitors)
        buffers.load(signal: x)
        onTiles(dilation: 1) { tile, slot, _ in pass.start(tile, slot: slot) }
        for block in 1...encoder.architecture.layers where depth >= Depth(block, .relu2) {
            onTiles(dilation: encoder.architecture.dilation(ofBlock: block)) {
                pass.block(block, $0, slot: $1, worker: $2)
            }
        }
        if taps.contains(.encoding) { pass.pool() }
        for visitor in visitors.values.joined() { visitor.end() }
    }

    private func backward(_ visitors: [Tap: [any FeatureVisitor]]) -> [Float] {
        let pass = BackwardPass(self, visitors)
        if taps.contains(.encoding) { pass.unpool() }
        let top = min(depth.block, encoder.architecture.layers)
        onTiles(dilation: 1) { tile, slot, _ in pass.begin(atBlock: top, tile, slot: slot) }
        for block in (1...top).reversed() {
            onTiles(dilation: encoder.architecture.dilation(ofBlock: block)) {
                pass.block(block, $0, slot: $1, worker: $2)
            }
        }
        return pass.signalGradient()
    }

    /// Runs a pass over all tiles, shaped for a dilation, and waits for it.
    private func onTiles(dilation: Int, _ body: @Sendable (_ tile: TimeTile, _ slot: Int, _ worker: Int) -> Void) {
        let tiles = tiles
        workers.run(pieces: tiles.slots) { slot, worker in
            for tile in tiles.tiles(inSlot: slot, dilation: dilation) { body(tile, slot, worker) }
        }
    }
}
