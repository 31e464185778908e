// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Matrices
import Optimizers
import Synchronization
import Transfer
import WaveEncoder

/// Where an iteration's time goes: the losses are wrapped in clocks, and everything else is told by when they are called.
struct Profile {
    /// Seconds of one iteration.
    private(set) var total = 0.0
    /// Of these: the network forward and back, the products of the losses inside the two passes, what the losses do between
    /// them, and Adam's step.
    private(set) var forward = 0.0
    private(set) var losses = 0.0
    private(set) var backward = 0.0
    private(set) var between = 0.0
    private(set) var adam = 0.0

    /// Measures the second of two iterations.
    init(_ objective: [LayerPoint: [any FeatureVisitor]], _ encoder: WaveEncoder, _ clip: Clip) throws {
        let session = encoder.session(samples: clip.x.count, points: Set(objective.keys), mode: .keepAll)
        let visitors = objective.mapValues { $0.map(TimedVisitor.init) }
        let all = visitors.values.flatMap { $0 }
        var optimizer = Adam(learningRate: 0.05)
        let problem = Fixed(x: clip.x)
        for _ in 0..<2 {
            let begin = now()
            problem.gradient = session.evaluate(clip.x, visitors: visitors.mapValues { $0 })
            let evaluated = now()
            _ = try optimizer.step(from: Iterate(of: problem, at: clip.x), of: problem)
            let end = now()
            let inside = { (sum: Double) in sum / Double(encoder.threads) }
            let reading = inside(all.reduce(0) { $0 + $1.reading })
            let adding = inside(all.reduce(0) { $0 + $1.adding })
            let firstEnd = all.map(\.ended.begin).min() ?? begin
            let lastEnd = all.map(\.ended.end).max() ?? begin
            total = end - begin
            forward = firstEnd - begin - reading
            losses = reading + adding
            between = lastEnd - firstEnd
            backward = evaluated - lastEnd - adding
            adam = end - evaluated
        }
    }

    /// One line of shares in percent.
    var text: String {
        let parts = [
            ("forward", forward), ("losses", losses), ("backward", backward), ("between", between), ("Adam", adam),
        ]
        return parts.map { "\($0.0) \(percent($0.1))" }.joined(separator: ", ")
    }

    private func percent(_ seconds: Double) -> String {
        "\((1_000 * seconds / total).rounded() / 10) %"
    }
}

private func now() -> Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }

/// An objective whose gradient is known: only the optimiser's own time is left.
private final class Fixed: Objective {
    let dimension: Int
    let bounds: ClosedRange<Float>? = -1...0.99
    let start: [Float]
    var gradient: [Float] = []

    init(x: [Float]) {
        start = x
        dimension = x.count
    }

    func evaluate(_ x: [Float]) -> (losses: Losses, gradient: [Float]) {
        (Losses(total: 0, terms: []), gradient)
    }
}

/// A loss with a clock around each call.
private final class TimedVisitor: FeatureVisitor, @unchecked Sendable {
    let needsWhole: Bool
    private let visitor: any FeatureVisitor
    private let times = Mutex((reading: 0.0, adding: 0.0))
    private(set) var ended = (begin: 0.0, end: 0.0)

    init(_ visitor: any FeatureVisitor) {
        self.visitor = visitor
        needsWhole = visitor.needsWhole
    }

    /// Seconds in ``read(_:from:slot:)``, over all threads.
    var reading: Double { times.withLock { $0.reading } }
    /// Seconds in ``addGradient(at:from:to:slot:)``.
    var adding: Double { times.withLock { $0.adding } }

    func begin(_ traversal: FeatureTraversal) {
        times.withLock { $0 = (0, 0) }
        visitor.begin(traversal)
    }

    func read(_ rows: FeatureRows, from start: Int, slot: Int) {
        let begin = now()
        visitor.read(rows, from: start, slot: slot)
        let end = now()
        times.withLock { $0.reading += end - begin }
    }

    func settle() { visitor.settle() }

    func end() {
        let begin = now()
        visitor.end()
        ended = (begin, now())
    }

    func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {
        let begin = now()
        visitor.addGradient(at: rows, from: start, to: gradient, slot: slot)
        let end = now()
        times.withLock { $0.adding += end - begin }
    }

    func endGradient() { visitor.endGradient() }
}
