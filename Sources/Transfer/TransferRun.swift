// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Files
import Optimizers
import Spectrogram

/// A transfer from start to end: two waveforms become an objective, an optimiser walks down it, and the last x becomes a
/// waveform again.
///
/// The run reports and obeys; it neither prints nor writes.
public struct TransferRun: Sendable {
    /// The backend.
    public let backend: TransferBackend
    /// The settings.
    public let settings: TransferSettings

    /// Prepares a run.
    public init(_ backend: TransferBackend, settings: TransferSettings) {
        self.backend = backend
        self.settings = settings
    }

    /// What a listener is told.
    public enum Event: Sendable {
        /// Settings and sounds are usable and the targets known; the first evaluation follows. The content's parts: 1 where it fits
        /// into memory.
        case prepared(parts: Int)
        /// An iterate was accepted: the start, then one for each step. A further part's iterations count on from the part's before.
        case accepted(TraceLine)
        /// The sound at one of the iterations asked for.
        case snapshot(iteration: Int, waveform: [Float])
        /// A phase iteration, when an iterate becomes a waveform.
        case reconstructed(PhaseReconstruction.Progress, iteration: Int)
    }

    /// The outcome.
    public struct Outcome: Sendable {
        /// Mono samples at the backend's rate.
        public var waveform: [Float]
        /// The trace's first line.
        public var first: TraceLine
        /// The line of the iterate that the waveform comes from.
        public var kept: TraceLine
        /// The last iteration that was reached.
        public var reached: Int
        /// Whether the run was stopped before its end; where the last iterate was to be kept, the waveform is then that of
        /// the lowest loss so far.
        public var wasStopped: Bool
        /// How memory was traded for time; it shows in the last bits.
        public var strategy: MemoryStrategy
        /// Evaluations of the objective.
        public var evaluations: Int
        /// Seconds of it all, phases and snapshots among them.
        public var totalSeconds: Double
        /// Why the optimiser took no further step, where it did not take all that were asked for.
        public var ending: String?
    }

    /// Runs. A content that memory does not hold is optimised in parts (``ContentParts``), where settings allow that.
    ///
    /// - Parameters:
    ///   - content: mono samples at the backend's rate, at least one.
    ///   - styles: at least one.
    ///   - keep: which iterate becomes the result.
    ///   - snapshots: iterations whose sound is handed out.
    ///   - monitor: measures the sound during the run; its time does not count in a trace's seconds. Parts are not measured.
    ///   - shouldStop: asked after each iterate. Where phases are estimated, some iterations follow nevertheless
    ///     (``roundsWhenStopped``), so that there is a sound.
    ///   - listener: told of each of them; what it throws ends the run.
    /// - Throws: ``Failure``: settings that cannot be used, too little memory, or a loss that is no longer finite.
    public func run(
        content: [Float], styles: [StyleSignal], keep: KeptIterate = .last, snapshots: Set<Int> = [],
        monitor: SoundMonitor? = nil, shouldStop: () -> Bool = { false }, listener: (Event) throws -> Void = { _ in }
    ) throws -> Outcome {
        let objective: any TransferObjective
        do {
            objective = try backend.fittingObjective(content: content, styles: styles, settings: settings)
        } catch let shortage as MemoryShortage {
            let (parts, smaller) = try backend.parts(content, styles, settings, shortage, sounds: 1 + snapshots.count)
            return try TransferRun(smaller, settings: settings).run(
                parts, of: content, styles: styles, keep: keep, snapshots: snapshots, shouldStop: shouldStop,
                listener: listener)
        }
        try listener(.prepared(parts: 1))
        let counted = CountingObjective(objective)
        var optimizer = settings.makeOptimizer()

        let begin = DispatchTime.now().uptimeNanoseconds
        func now() -> Double { Double(DispatchTime.now().uptimeNanoseconds - begin) / 1e9 }
        // Spent on snapshots and measurements, which a trace's seconds leave out.
        var aside = 0.0
        var wasStopped = false
        func waveform(_ x: [Float], _ iteration: Int) throws -> [Float] {
            try objective.waveform(of: x) { progress in
                try listener(.reconstructed(progress, iteration: iteration))
                let stops = progress.iteration >= Self.roundsWhenStopped && shouldStop()
                if stops { wasStopped = true }
                return !stops
            }
        }
        var snapshot: (iteration: Int, waveform: [Float])?
        func accept(_ iterate: Iterate, _ iteration: Int) throws -> TraceLine {
            var line = TraceLine(iteration: iteration, losses: iterate.losses, seconds: now() - aside)
            guard line.losses.total.isFinite else {
                throw Failure(
                    .badData, "cannot continue", why: "the loss became \(line.losses.total) at iteration \(iteration)",
                    remedy: "use weights whose activations stay finite, or a smaller --learning-rate")
            }
            if let monitor, iteration % monitor.interval == 0 || iteration == settings.iterations, !shouldStop() {
                let start = now()
                line.metrics = try monitor.measure(
                    objective.waveform(of: iterate.x) { $0.iteration < SoundMonitor.phaseRounds })
                aside += now() - start
            }
            try listener(.accepted(line))
            if snapshots.contains(iteration), !shouldStop() {
                let start = now()
                let sound = try waveform(iterate.x, iteration)
                // One whose search was stopped is none.
                if !wasStopped {
                    snapshot = (iteration, sound)
                    try listener(.snapshot(iteration: iteration, waveform: sound))
                }
                aside += now() - start
            }
            return line
        }

        var iterate = try Iterate(of: counted, at: objective.start)
        let first = try accept(iterate, 0)
        var last = first
        var (kept, lowest) = (Candidate(first, iterate.x, keep), Candidate(first, iterate.x, .lowestLoss))
        var ending: String?
        while last.iteration < settings.iterations {
            if shouldStop() {
                wasStopped = true
                if keep == .last { kept = lowest }
                break
            }
            guard let next = try optimizer.step(from: iterate, of: counted) else {
                ending = optimizer.ending
                break
            }
            iterate = next
            last = try accept(iterate, last.iteration + 1)
            kept.take(last, iterate.x, keep)
            lowest.take(last, iterate.x, .lowestLoss)
        }
        // Where nothing was ever measured there is no best.
        if !kept.isMeasured { kept = wasStopped ? lowest : Candidate(last, iterate.x, .last) }
        let sound =
            if let snapshot, snapshot.iteration == kept.line.iteration { snapshot.waveform } else {
                try waveform(kept.x, kept.line.iteration)
            }
        return Outcome(
            waveform: sound, first: first, kept: kept.line, reached: last.iteration, wasStopped: wasStopped,
            strategy: objective.strategy, evaluations: counted.evaluations, totalSeconds: now(), ending: ending)
    }

    /// Phase iterations that a run makes once it is to stop.
    static let roundsWhenStopped = 50
}

/// The iterate that is the result so far.
private struct Candidate {
    private(set) var line: TraceLine
    private(set) var x: [Float]
    private var merit: Double?
    /// Whether the rule knows what it is worth.
    var isMeasured: Bool { merit != nil }

    init(_ line: TraceLine, _ x: [Float], _ rule: KeptIterate) {
        (self.line, self.x, merit) = (line, x, rule.merit(of: line))
    }

    /// Takes another one if it is better. One that was not measured is never better.
    mutating func take(_ line: TraceLine, _ x: [Float], _ rule: KeptIterate) {
        guard let merit = rule.merit(of: line), merit > self.merit ?? -.infinity else { return }
        self = Candidate(line, x, rule)
    }
}

/// An objective that counts how often it is evaluated.
private final class CountingObjective: Objective {
    private let objective: any Objective
    private(set) var evaluations = 0
    var dimension: Int { objective.dimension }
    var bounds: ClosedRange<Float>? { objective.bounds }
    var start: [Float] { objective.start }

    init(_ objective: any Objective) { self.objective = objective }

    func evaluate(_ x: [Float]) throws -> (losses: Losses, gradient: [Float]) {
        evaluations += 1
        return try objective.evaluate(x)
    }
}

extension TransferSettings {
    /// The optimiser, before its first step.
    func makeOptimizer() -> any Optimizer {
        switch optimizer {
        case .adam(let step): Adam(learningRate: Float(step))
        case .lbfgsb(let settings):
            LBFGSB(
                corrections: settings.corrections, lossTolerance: settings.lossTolerance,
                gradientTolerance: settings.gradientTolerance, maximumEvaluations: settings.maxEvaluations)
        }
    }
}

/// The losses at one accepted iterate.
public struct TraceLine: Sendable, Equatable {
    /// 0 for the start.
    public var iteration: Int
    /// Total and terms.
    public var losses: Losses
    /// Since the evaluation of the start began, without snapshots and measurements.
    public var seconds: Double
    /// What a ``SoundMonitor`` found, where it looked.
    public var metrics: [String: Double] = [:]

    /// Creates a line.
    public init(iteration: Int, losses: Losses, seconds: Double) {
        self.iteration = iteration
        self.losses = losses
        self.seconds = seconds
    }
}
