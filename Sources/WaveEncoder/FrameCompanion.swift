// SPDX-License-Identifier: Apache-2.0
import Matrices

/// Other frames, as many as a ``FramedSession``'s, read one by one along with its backward pass: their activations are
/// available for the frame that is compared with them, and need not be stored.
public final class FrameCompanion: Sendable {
    private let x: [Float]
    private let length: Int
    /// For each thread of the session, what reads a frame, and the frame's activations.
    private let workers: [FrameWorker]
    private let maps: [[LayerPoint: FrameMap]]
    private let sources: [LayerPoint: FrameSource]

    /// - Parameters:
    ///   - encoder: the session's own, or another of the same shapes.
    ///   - x: `[frames * length]` in companded units.
    ///   - points: some of the session's layer points.
    public init(_ encoder: WaveEncoder, reading x: [Float], at points: Set<LayerPoint>, beside session: FramedSession) {
        precondition(
            x.count == session.frames * session.length || MemoryLedger.isPlanning, "not a companion of this session")
        self.x = x
        length = session.length
        let (length, frames, slots) = (session.length, session.frames, session.slots)
        func shape(_ point: LayerPoint) -> (rows: Int, columns: Int) {
            point.shape(samples: length, in: encoder.architecture)
        }
        workers = (0..<session.threads).map { _ in
            FrameWorker(encoder, samples: length, points: points, mode: .reading)
        }
        maps = workers.map { _ in
            Dictionary(
                uniqueKeysWithValues: points.map { ($0, FrameMap(rows: shape($0).rows, columns: shape($0).columns)) })
        }
        sources = Dictionary(
            uniqueKeysWithValues: points.map { point in
                let (rows, columns) = shape(point)
                return (point, FrameSource(frames: frames, rowsOfFrame: rows, columns: columns, slots: slots))
            })
    }

    /// The activations at a layer point, `[frames * rows, C]`; only those of the frames in progress are available.
    public func activations(at point: LayerPoint) -> any FeatureSource {
        guard let source = sources[point] else { preconditionFailure("not a layer point of this companion") }
        return source
    }

    /// Reads a frame, for the slot that it is compared in.
    func advance(to frame: Int, slot: Int, worker: Int) {
        workers[worker].read(
            x[frame * length..<(frame + 1) * length], visitors: maps[worker].mapValues { [$0] })
        for (point, source) in sources {
            if let map = maps[worker][point] { source.show(map.map, ofFrame: frame, in: slot) }
        }
    }
}

/// Stores one frame's activations.
private final class FrameMap: FeatureVisitor {
    let map: FeatureMap
    let needsWhole = false

    init(rows: Int, columns: Int) { map = FeatureMap(rows: rows, columns: columns) }

    func begin(_ traversal: FeatureTraversal) {}
    func read(_ rows: FeatureRows, from start: Int, slot: Int) {
        map.unsafePointer(row: start).update(from: rows.unsafePointer, count: rows.count)
    }
    func end() {}
    func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {}
    func endGradient() {}
}

/// The map of all frames, of which each slot has one.
private final class FrameSource: FeatureSource {
    let rows: Int
    let columns: Int
    private let rowsOfFrame: Int
    private let slots: [Slot]

    /// Used by one thread at a time.
    private final class Slot: @unchecked Sendable {
        var frame = 0
        var map: FeatureMap?
    }

    init(frames: Int, rowsOfFrame: Int, columns: Int, slots: Int) {
        rows = frames * rowsOfFrame
        self.columns = columns
        self.rowsOfFrame = rowsOfFrame
        self.slots = (0..<slots).map { _ in Slot() }
    }

    func show(_ map: FeatureMap, ofFrame frame: Int, in slot: Int) {
        slots[slot].frame = frame
        slots[slot].map = map
    }

    func rows(_ range: Range<Int>, slot: Int) -> FeatureRows {
        let first = slots[slot].frame * rowsOfFrame
        guard let map = slots[slot].map, first <= range.lowerBound, range.upperBound <= first + rowsOfFrame else {
            preconditionFailure("rows of a frame that is not in progress")
        }
        return map[range.lowerBound - first..<range.upperBound - first]
    }
}
