// SPDX-License-Identifier: Apache-2.0

/// The order in which a clip is processed in windows of time.
///
/// In each step `window` more samples enter the network. A convolution with dilation d can compute a row only when the row d
/// later is ready, so each block lags behind the one before it, and in the backward pass behind the one after it. Every row
/// is computed once: there are no halos. The rows that a later step needs are kept.
///
/// A front is the number of rows that are done, for each place in the network. Fronts before the clip's end are multiples
/// of 8: bits of eight rows share bytes.
struct Wavefront: Sendable {
    /// T.
    let samples: Int
    /// Samples that enter in one step.
    let window: Int
    /// How deep the signal goes.
    let depth: Depth
    private let dilations: [Int]
    /// Samples in a frame of the encoding, if that is a layer point.
    private let hop: Int?

    /// - Parameter pools: whether the encoding is computed.
    init(_ architecture: EncoderArchitecture, samples: Int, window: Int, depth: Depth, pools: Bool) {
        self.samples = samples
        self.window = min((max(window, 1) + 7) / 8 * 8, samples)
        self.depth = depth
        dilations = (1...min(depth.block, architecture.layers)).map(architecture.dilation(ofBlock:))
        hop = pools ? architecture.hop : nil
    }

    private init(samples: Int, window: Int, depth: Depth, dilations: [Int], hop: Int?) {
        self.samples = samples
        self.window = window
        self.depth = depth
        self.dilations = dilations
        self.hop = hop
    }

    /// A wavefront over a shorter clip whose steps are of the same sizes: windows in the middle are all alike.
    var withoutRepeats: Wavefront {
        // With frames of an encoding the steps repeat only when windows and frames meet.
        guard hop == nil else { return self }
        let reach = dilations.reduce(0, +) + 8 * dilations.count
        let repeated = max(samples - 2 * reach - 4 * window, 0) / window
        return Wavefront(
            samples: samples - repeated * window, window: window, depth: depth, dilations: dilations, hop: nil)
    }

    /// The number of steps.
    var steps: Int { (samples + window - 1) / window }

    /// The topmost block that is entered.
    var top: Int { dilations.count }

    /// Whether a block's dilated convolution is computed.
    func convolves(_ block: Int) -> Bool { depth >= Depth(block, .relu2) }

    func dilation(ofBlock block: Int) -> Int { dilations[block - 1] }

    /// Rows that a block reads before and after the row it computes: none where its convolution is not computed.
    func reach(ofBlock block: Int) -> Int { convolves(block) ? dilations[block - 1] : 0 }

    /// The samples that have entered after a step; none before the first, step 0.
    func entered(after step: Int) -> Int { min((step + 1) * window, samples) }

    /// In the forward pass: `[b - 1]` are rows of block b's first ReLU, the last entry rows after the topmost block.
    func forward(after step: Int) -> [Int] {
        var fronts = [entered(after: step)]
        for block in 1...top { fronts.append(ready(block, fronts[block - 1])) }
        return fronts
    }

    /// In the backward pass, from a front after the topmost block: the last entry is that front, `[b - 1]` are rows of the
    /// gradient at block b's first ReLU.
    func backward(from front: Int) -> [Int] {
        var fronts = [front]
        for block in (1...top).reversed() { fronts.append(ready(block, fronts[top - block])) }
        return fronts.reversed()
    }

    /// Rows after the topmost block where the backward pass can begin, when those up to `front` have been computed: with an
    /// encoding, those of whole frames.
    func turningPoint(_ front: Int) -> Int {
        guard let hop, front < samples else { return front }
        return front / hop * hop / 8 * 8
    }

    /// The fronts of both passes after each step, when the backward pass follows the forward pass step by step.
    func fronts(after step: Int) -> (forward: [Int], backward: [Int]) {
        let forward = forward(after: step)
        return (forward, backward(from: turningPoint(forward[top])))
    }

    /// The fronts of both passes at a layer point; nil for the encoding, whose few rows are all stored.
    func fronts(at point: LayerPoint, after step: Int) -> (forward: Int, backward: Int)? {
        let (forward, backward) = fronts(after: step)
        let place: Int
        switch point {
        case .relu1(let block): place = block - 1
        case .relu2(let block), .residual(let block): place = block
        case .bottleneck: place = top
        case .encoding: return nil
        }
        return (forward[place], backward[place])
    }

    /// The most rows of a map that are computed and that the backward pass still needs; nil as above.
    func rowsBetweenPasses(at point: LayerPoint) -> Int? {
        let front = withoutRepeats
        return (0..<front.steps).reduce(0) { most, step in
            guard let most, let before = front.fronts(at: point, after: step - 1),
                let after = front.fronts(at: point, after: step)
            else { return nil }
            return max(most, after.forward - before.backward)
        }
    }

    /// Rows that a block's convolution can compute from `front` rows.
    private func ready(_ block: Int, _ front: Int) -> Int {
        guard convolves(block), front < samples else { return front }
        return max(front - dilations[block - 1], 0) / 8 * 8
    }

    /// The first row of the bottleneck that is needed again when `front` rows are done: that of a frame not yet complete.
    func openFrame(_ front: Int) -> Int { hop.map { front / $0 * $0 } ?? front }
}
