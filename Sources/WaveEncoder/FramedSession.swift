// SPDX-License-Identifier: Apache-2.0
import Matrices

/// Runs the encoder's forward and backward pass over frames: short clips of one length, each of which the network sees alone,
/// with zeros beyond its ends in every layer.
///
/// x is `[frames * length]`, frame after frame, and visitors see one map of all frames, `[frames * rows, C]`. One thread
/// computes a frame. Frames are processed in rounds, and a frame's place in its round is its slot: results don't depend on
/// the number of threads.
///
/// A session is used by one caller at a time.
public final class FramedSession {
    /// The number of frames.
    public let frames: Int
    /// Samples in a frame.
    public let length: Int
    /// The number of slots that visitors are told of.
    public let slots: Int

    private let architecture: EncoderArchitecture
    /// One for each thread.
    private let workers: [FrameWorker]

    /// All buffers are allocated here and reused by every run.
    ///
    /// - Parameters:
    ///   - frames: at least 1.
    ///   - length: samples in a frame, at least 1.
    ///   - points: at least one layer point, in blocks that the weights have.
    ///   - mode: ``EncoderSession/Mode/reading``, or ``EncoderSession/Mode/keepAll`` for gradients: of a frame, that is.
    public init(_ encoder: WaveEncoder, frames: Int, length: Int, points: Set<LayerPoint>, mode: EncoderSession.Mode) {
        precondition(frames >= 1, "nothing to compute: no frames")
        self.frames = frames
        self.length = length
        slots = Self.slots(frames: frames)
        architecture = encoder.architecture
        workers = (0..<min(encoder.threads, frames)).map { _ in
            FrameWorker(encoder, samples: length, points: points, mode: mode)
        }
    }

    /// The number of threads that it uses.
    var threads: Int { workers.count }

    /// Frames in a round, at most.
    private static let roundLength = 64

    /// The number of slots of a session over this many frames.
    public static func slots(frames: Int) -> Int { min(frames, roundLength) }

    /// Runs the forward pass and shows the activations to the visitors.
    ///
    /// - Parameters:
    ///   - x: `[frames * length]` in companded units.
    ///   - visitors: at some of the session's layer points.
    public func read(_ x: [Float], visitors: [LayerPoint: [any FeatureVisitor]]) {
        announce(visitors, summing: .reading)
        forward(x, visitors)
        Workers(count: threads).end(visitors.values.joined())
    }

    /// Runs the forward and the backward pass, and returns the gradient with respect to x of what the visitors compute.
    /// Where one of them must see the whole first, the forward pass runs twice: a frame's activations are stored until its
    /// backward pass only.
    ///
    /// - Parameters:
    ///   - x: `[frames * length]` in companded units.
    ///   - visitors: at some of the session's layer points.
    ///   - companions: read frame by frame along with the backward pass.
    /// - Returns: `[frames * length]`.
    public func evaluate(
        _ x: [Float], visitors: [LayerPoint: [any FeatureVisitor]], companions: [FrameCompanion] = []
    ) -> [Float] {
        announce(visitors, summing: .gradient)
        let whole = visitors.filter(\.needsWhole)
        if !whole.isEmpty { forward(x, whole) }
        Workers(count: threads).end(whole.values.joined())

        let local = visitors.filter { !$0.needsWhole }
        let gradient = AlignedBuffer<Float>(count: x.count)
        let (length, architecture, workers) = (length, architecture, workers)
        inRounds(settling: local) { frame, slot, number in
            for companion in companions { companion.advance(to: frame, slot: slot, worker: number) }
            let views = FrameView.views(of: visitors, frame, slot: slot, length: length, architecture) {
                !$0.needsWhole
            }
            let own = workers[number].evaluate(x[frame * length..<(frame + 1) * length], visitors: views)
            (gradient.unsafePointer + frame * length).update(from: own, count: length)
        }
        Workers(count: threads).end(local.values.joined())
        for visitor in visitors.values.joined() { visitor.endGradient() }
        return gradient.values
    }

    /// Tells visitors what maps they will see, as every call that shows them does.
    ///
    /// - Parameter summing: where they should form their sums.
    public func announce(
        _ visitors: [LayerPoint: [any FeatureVisitor]], summing: FeatureTraversal.SummingPass = .gradient
    ) {
        for (point, list) in visitors {
            let (rows, columns) = point.shape(samples: length, in: architecture)
            let traversal = FeatureTraversal(rows: frames * rows, columns: columns, slots: slots, summing: summing)
            for visitor in list { visitor.begin(traversal) }
        }
    }

    private func forward(_ x: [Float], _ visitors: [LayerPoint: [any FeatureVisitor]]) {
        let (length, architecture, workers) = (length, architecture, workers)
        inRounds(settling: visitors) { frame, slot, number in
            let views = FrameView.views(of: visitors, frame, slot: slot, length: length, architecture) { _ in true }
            workers[number].read(x[frame * length..<(frame + 1) * length], visitors: views)
        }
    }

    /// Calls `body` once for each frame, on all threads, and settles the visitors after each round.
    private func inRounds(
        settling visitors: [LayerPoint: [any FeatureVisitor]],
        _ body: @Sendable (_ frame: Int, _ slot: Int, _ worker: Int) -> Void
    ) {
        for first in stride(from: 0, to: frames, by: slots) {
            Workers(count: threads).run(pieces: min(slots, frames - first)) { slot, worker in
                body(first + slot, slot, worker)
            }
            for visitor in visitors.values.joined() { visitor.settle() }
        }
    }
}

/// Processes one frame at a time, on one thread.
final class FrameWorker: @unchecked Sendable {
    private let session: EncoderSession

    init(_ encoder: WaveEncoder, samples: Int, points: Set<LayerPoint>, mode: EncoderSession.Mode) {
        session = encoder.with(threads: 1).session(samples: samples, points: points, mode: mode)
    }

    func read(_ x: ArraySlice<Float>, visitors: [LayerPoint: [any FeatureVisitor]]) {
        session.read(Array(x), visitors: visitors)
    }

    func evaluate(_ x: ArraySlice<Float>, visitors: [LayerPoint: [any FeatureVisitor]]) -> [Float] {
        session.evaluate(Array(x), visitors: visitors)
    }
}

/// Shows a visitor of all frames the rows of one.
private final class FrameView: FeatureVisitor {
    let needsWhole = false
    private let visitor: any FeatureVisitor
    private let firstRow: Int
    private let slot: Int
    private let reads: Bool

    init(_ visitor: any FeatureVisitor, firstRow: Int, slot: Int, reads: Bool) {
        self.visitor = visitor
        self.firstRow = firstRow
        self.slot = slot
        self.reads = reads
    }

    /// - Parameter reads: which visitors are shown the rows in the forward pass; in the backward pass all are.
    static func views(
        of visitors: [LayerPoint: [any FeatureVisitor]], _ frame: Int, slot: Int, length: Int,
        _ architecture: EncoderArchitecture, reads: (any FeatureVisitor) -> Bool
    ) -> [LayerPoint: [any FeatureVisitor]] {
        var views: [LayerPoint: [any FeatureVisitor]] = [:]
        for (point, list) in visitors {
            let rows = point.shape(samples: length, in: architecture).rows
            views[point] = list.map { FrameView($0, firstRow: frame * rows, slot: slot, reads: reads($0)) }
        }
        return views
    }

    func begin(_ traversal: FeatureTraversal) {}

    func read(_ rows: FeatureRows, from start: Int, slot: Int) {
        if reads { visitor.read(rows, from: firstRow + start, slot: self.slot) }
    }

    func end() {}

    func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {
        visitor.addGradient(at: rows, from: firstRow + start, to: gradient, slot: self.slot)
    }

    func endGradient() {}
}

extension [LayerPoint: [any FeatureVisitor]] {
    /// Those that a condition holds for, and their layer points.
    fileprivate func filter(_ holds: (any FeatureVisitor) -> Bool) -> Self {
        mapValues { $0.filter(holds) }.filter { !$0.value.isEmpty }
    }
}
