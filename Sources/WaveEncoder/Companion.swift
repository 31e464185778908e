// SPDX-License-Identifier: Apache-2.0
import Matrices

/// Another clip of the same length, read window by window along with a session in ``EncoderSession/Mode/recompute``: its
/// activations are available when the session's backward pass compares with them, and need not be stored.
public final class Companion {
    private let session: EncoderSession
    private let x: [Float]
    private let recorders: [LayerPoint: WindowRecorder]
    private var pass: ForwardPass?

    /// - Parameters:
    ///   - x: as many samples as the session's clips, in companded units.
    ///   - points: some of the session's layer points.
    public init(reading x: [Float], at points: Set<LayerPoint>, beside session: EncoderSession) {
        precondition(
            (x.count == session.samples || MemoryLedger.isPlanning) && points.isSubset(of: session.points),
            "not a companion of this session")
        self.x = x
        let samples = session.samples
        self.session = session.encoder.session(
            samples: samples, points: points, mode: .reading, window: session.wavefront.window)
        recorders = Dictionary(
            uniqueKeysWithValues: points.map { point in
                let shape = point.shape(samples: samples, in: session.encoder.architecture)
                let capacity = session.wavefront.rowsBetweenPasses(at: point) ?? shape.rows
                return (point, WindowRecorder(rows: shape.rows, columns: shape.columns, capacity: capacity))
            })
    }

    /// The activations at a layer point; only rows between the session's forward and backward pass are available.
    public func activations(at point: LayerPoint) -> any FeatureSource {
        guard let recorder = recorders[point] else { preconditionFailure("not a layer point of this companion") }
        return recorder
    }

    func begin() {
        for recorder in recorders.values { recorder.restart() }
        pass = session.begin(x, recorders.mapValues { [$0] })
    }

    func advance(_ step: Int) {
        if let pass { session.forward(step, pass) }
    }

    /// Drops the rows that the session's backward pass is done with after a step.
    func forget(after step: Int, of wavefront: Wavefront) {
        for (point, recorder) in recorders {
            if let fronts = wavefront.fronts(at: point, after: step) {
                recorder.slide(to: fronts.backward, keepingTo: fronts.forward)
            }
        }
    }
}

/// Keeps the rows it sees until they are dropped.
private final class WindowRecorder: FeatureVisitor, FeatureSource, @unchecked Sendable {
    let rows: Int
    let columns: Int
    let needsWhole = false
    private let window: RowWindow<Float>

    init(rows: Int, columns: Int, capacity: Int) {
        self.rows = rows
        self.columns = columns
        window = RowWindow(capacity, columns: columns)
    }

    func restart() { window.restart(at: 0) }
    func slide(to row: Int, keepingTo end: Int) { window.slide(to: row, keepingTo: end) }

    func rows(_ range: Range<Int>, slot: Int) -> FeatureRows { window[range] }

    func begin(_ traversal: FeatureTraversal) {}
    func read(_ rows: FeatureRows, from start: Int, slot: Int) {
        window.unsafePointer(row: start).update(from: rows.unsafePointer, count: rows.count)
    }
    func end() {}
    func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {}
    func endGradient() {}
}
