// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices
import WaveEncoder

/// What a run on frames will do with two sounds: the taps, the frames, and what is kept in memory.
struct FramedEncoderPlan {
    /// What targets are computed by.
    let encoder: WaveEncoder
    let styleTaps: [LayerSelection.WeightedTap]
    let contentTaps: [LayerSelection.WeightedTap]
    /// The frames that are optimised, and those of every target.
    let frames: HannFrames
    /// Whether the style is compared step by step.
    let stepwise: Bool
    /// Whether activations that are compared step by step are kept; where not, they are computed again for every evaluation.
    let keepsTargets: Bool
    /// Bytes that all of it takes at its height.
    let bytes: Int

    /// All taps.
    var taps: Set<Tap> { Set((styleTaps + contentTaps).map(\.tap)) }

    /// - Parameters:
    ///   - content: samples.
    ///   - styles: samples of each.
    ///   - length: samples in a frame.
    ///   - limit: bytes that may be taken, nil for any number.
    ///   - keepsTargets: nil if that is for the limit to say.
    /// - Throws: ``Failure`` for layers that the encoder does not have, sounds and frames too short, and too little memory.
    init(
        _ encoder: WaveEncoder, content: Int, styles: [Int], length: Int, settings: TransferSettings, limit: Int?,
        keepsTargets wanted: Bool? = nil
    ) throws(Failure) {
        self.encoder = encoder
        (styleTaps, contentTaps) = try settings.taps(in: encoder.architecture)
        stepwise = settings.loss == .l2
        let samples = styles.reduce(content) { settings.fit.length(content: $0, style: $1) }
        let frames = HannFrames(samples: samples, length: length, hop: settings.frameStep(length))
        self.frames = frames
        guard frames.count > 0 else {
            throw Failure(
                .badData, "cannot cut the sounds into frames",
                why: "\(samples) samples are fewer than the \(frames.hop) from one frame to the next",
                remedy: "give longer sounds or a smaller --frame-hop")
        }
        let hop = encoder.architecture.hop
        if length < hop, (styleTaps + contentTaps).contains(where: { $0.tap == .encoding }) {
            throw Failure(
                .badData, "cannot use the layer", at: "encoding",
                why: "it has one row for each \(hop) samples, and a frame has \(length)",
                remedy: "give a larger --frame-length or choose another layer")
        }
        try settings.optimizer.check(dimension: frames.dimension, settings: settings)

        let sizes = (wanted.map { [$0] } ?? [true, false]).map { [styleTaps, contentTaps] keeps in
            (
                keeps: keeps,
                bytes: Self.bytes(
                    encoder, styleTaps.map(\.tap), contentTaps.map(\.tap), frames, styles: styles.count,
                    keepsTargets: keeps, settings: settings)
            )
        }
        guard let chosen = sizes.first(where: { $0.bytes <= limit ?? .max }) else {
            throw Failure(
                .badData, "cannot run",
                why: "\(AvailableMemory.text(sizes.map(\.bytes).min() ?? 0)) of memory are needed at least and "
                    + "\(AvailableMemory.text(limit ?? 0)) may be taken",
                remedy: "allow more (--max-memory), use fewer threads, or shorten the sounds (--duration)")
        }
        (keepsTargets, bytes) = chosen
    }

    private static func bytes(
        _ encoder: WaveEncoder, _ styleTaps: [Tap], _ contentTaps: [Tap], _ frames: HannFrames, styles: Int,
        keepsTargets: Bool, settings: TransferSettings
    ) -> Int {
        let float = MemoryLayout<Float>.size
        func session(_ taps: some Sequence<Tap>, _ mode: EncoderSession.Mode) -> Int {
            FramedSession.memoryNeeded(
                encoder, frames: frames.count, length: frames.length, taps: Set(taps), mode: mode)
        }
        /// The activations that a sound's frames are compared with, step by step.
        func target(_ taps: [Tap]) -> Int {
            guard !taps.isEmpty else { return 0 }
            guard keepsTargets else {
                return frames.dimension * float
                    + FrameCompanion.memoryNeeded(
                        encoder, frames: frames.count, length: frames.length, taps: Set(taps))
            }
            return taps.reduce(0) { sum, tap in
                let shape = tap.shape(samples: frames.length, in: encoder.architecture)
                return sum + frames.count * shape.rows * shape.columns * float
            }
        }
        let stepwise = settings.loss == .l2
        let running = session(styleTaps + contentTaps, .keepAll)
        let reading = max(session(stepwise ? [] : styleTaps, .reading), session(contentTaps, .reading))
        let targets = target(contentTaps) + (stepwise ? styles * target(styleTaps) : 0)
        let slots = FramedSession.slots(frames: frames.count)
        let matrices =
            stepwise
            ? 0
            : styleTaps.reduce(0) { sum, tap in
                let columns = tap.shape(samples: frames.length, in: encoder.architecture).columns
                return sum + settings.statisticsMemory(columns: columns, slots: slots)
            }
        // The start, x, its gradient, companded sounds; for steps the next x and its gradient, and what the optimiser keeps.
        let steps = settings.iterations > 0
        let signals = ((steps ? 7 : 4) + styles) * frames.dimension * float
        let optimizer = steps ? settings.optimizer.memoryNeeded(dimension: frames.dimension, settings: settings) : 0
        let untrained = settings.asPublished ? WaveEncoder.memoryNeeded(encoder.architecture) : 0
        return max(running, reading) + targets + matrices + signals + optimizer + untrained
    }
}

extension TransferSettings {
    /// Samples from one frame to the next, for frames of a length: a quarter of it where nothing is asked for.
    func frameStep(_ length: Int) -> Int { network.frames?.hop ?? max(length / 4, 1) }
}
