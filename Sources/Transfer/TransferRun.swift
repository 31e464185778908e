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
    public struct Outcome: Codable, Sendable {
        /// Mono samples at the backend's rate.
        @StoredArray public var waveform: [Float]
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
        /// A loss or a gradient that is no longer finite: it stopped the run.
        public var failure: Failure?
    }

    /// Runs. A content that memory does not hold is optimised in parts (``ContentParts``), where settings allow that.
    ///
    /// - Parameters:
    ///   - content: mono samples at the backend's rate, at least one.
    ///   - styles: at least one.
    ///   - keep: which iterate becomes the result.
    ///   - snapshots: iterations whose sound is handed out.
    ///   - monitor: measures the sound during the run; its time does not count in a trace's seconds. Parts are not measured.
    ///   - state: where a run of the same sounds and settings was; it goes on from there.
    ///   - checkpoint: called after each iterate, and when the run is stopped, with its state.
    ///   - shouldStop: asked after each iterate. Where phases are estimated, some iterations follow nevertheless
    ///     (``roundsWhenStopped``), so that there is a sound.
    ///   - listener: told of each of them; what it throws ends the run.
    /// - Throws: ``Failure``: settings that cannot be used, too little memory, a start whose loss is not finite, or a state of
    ///   another run.
    public func run(
        content: [Float], styles: [StyleSignal], keep: KeptIterate = .last, snapshots: Set<Int> = [],
        monitor: SoundMonitor? = nil, from state: consuming RunState? = nil,
        checkpoint: (CheckpointMoment, RunState) throws -> Void = { _, _ in }, shouldStop: () -> Bool = { false },
        listener: (Event) throws -> Void = { _ in }
    ) throws -> Outcome {
        let sounds = 1 + snapshots.count
        var split: (parts: ContentParts, backend: TransferBackend)?
        var whole: (any TransferObjective)?
        do {
            split = state?.parts.map { backend.parts(of: content.count, longest: $0.longest, sounds: sounds) }
            if split == nil {
                whole = try backend.fittingObjective(
                    content: content, styles: styles, settings: settings, strategy: state?.strategy)
            }
        } catch let shortage as MemoryShortage {
            guard state == nil else { throw try backend.tooLittleMemory(shortage, content, styles, settings) }
            split = try backend.parts(content, styles, settings, shortage, sounds: sounds)
        }
        if let split {
            return try TransferRun(split.backend, settings: settings).run(
                split.parts, of: content, styles: styles, keep: keep, snapshots: snapshots, from: consume state,
                checkpoint: checkpoint, shouldStop: shouldStop, listener: listener)
        }
        guard let whole else { preconditionFailure("neither whole nor in parts") }
        try listener(.prepared(parts: 1))
        return try run(
            whole, keep: keep, snapshots: snapshots, monitor: monitor, from: consume state, checkpoint: checkpoint,
            shouldStop: shouldStop, listener: listener)
    }

    /// Runs on an objective.
    func run(
        _ objective: any TransferObjective, keep: KeptIterate, snapshots: Set<Int>, monitor: SoundMonitor?,
        from state: consuming RunState?, checkpoint: (CheckpointMoment, RunState) throws -> Void,
        shouldStop: () -> Bool, listener: (Event) throws -> Void
    ) throws -> Outcome {
        guard state?.isOf(objective, settings) ?? true else {
            throw Failure(.badData, "cannot go on", why: "the state is another run's")
        }
        let counted = CountingObjective(objective, evaluations: state?.evaluations ?? 0)
        var optimizer = settings.makeOptimizer(in: state?.optimizer)

        let begin = DispatchTime.now().uptimeNanoseconds
        let before = state?.seconds ?? 0
        func now() -> Double { before + Double(DispatchTime.now().uptimeNanoseconds - begin) / 1e9 }
        // Spent on snapshots and measurements, which a trace's seconds leave out.
        var aside = state?.aside ?? 0
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
        var isSnapshotDue = false
        func takeSnapshot(_ x: [Float], _ iteration: Int) throws {
            isSnapshotDue = true
            guard !shouldStop() else { return }
            let start = now()
            let sound = try waveform(x, iteration)
            // One whose search was stopped is none.
            if !wasStopped {
                snapshot = (iteration, sound)
                try listener(.snapshot(iteration: iteration, waveform: sound))
                isSnapshotDue = false
            }
            aside += now() - start
        }
        func accept(_ iterate: Iterate, _ iteration: Int) throws -> TraceLine {
            var line = TraceLine(iteration: iteration, losses: iterate.losses, seconds: now() - aside)
            if let monitor, iteration % monitor.interval == 0 || iteration == settings.iterations {
                let start = now()
                line.metrics = try monitor.measure(
                    objective.waveform(of: iterate.x) { $0.iteration < SoundMonitor.phaseRounds })
                aside += now() - start
            }
            try listener(.accepted(line))
            if snapshots.contains(iteration) { try takeSnapshot(iterate.x, iteration) }
            return line
        }

        var iterate: Iterate
        var (first, last): (TraceLine, TraceLine)
        var (kept, lowest): (Candidate, Candidate)
        if let state {
            (iterate, first, last) = (state.iterate, state.first, state.last)
            (kept, lowest) = (state.kept, state.lowest)
            if state.isSnapshotDue { try takeSnapshot(iterate.x, last.iteration) }
        } else {
            do { iterate = try Iterate(of: counted, at: objective.start) } catch let culprit as NotFinite {
                throw culprit.failure(at: 0, of: objective)
            }
            first = try accept(iterate, 0)
            last = first
            (kept, lowest) = (Candidate(first, iterate.x, keep), Candidate(first, iterate.x, .lowestLoss))
        }
        // What changes now is not to be held twice.
        state = nil
        func save(_ moment: CheckpointMoment) throws {
            guard let optimizer = OptimizerState(optimizer) else { return }
            try checkpoint(
                moment,
                RunState(
                    strategy: objective.strategy, optimizer: optimizer, iterate: iterate, first: first, last: last,
                    kept: kept, lowest: lowest, evaluations: counted.evaluations, isSnapshotDue: isSnapshotDue,
                    seconds: now(), aside: aside))
        }
        var ending: String?
        var failure: Failure?
        while last.iteration < settings.iterations {
            if shouldStop() {
                wasStopped = true
                break
            }
            try save(.step)
            let next: Iterate?
            do { next = try optimizer.step(from: iterate, of: counted) } catch let culprit as NotFinite {
                (failure, next) = (culprit.failure(at: last.iteration + 1, of: objective), nil)
            }
            guard let next else {
                ending = failure?.why ?? optimizer.ending
                break
            }
            iterate = next
            last = try accept(iterate, last.iteration + 1)
            kept.take(last, iterate.x, keep)
            lowest.take(last, iterate.x, .lowestLoss)
        }
        // What failed would fail again from here: the checkpoint before stays.
        if failure == nil { try save(wasStopped ? .stop : .step) }
        let isWhole = !wasStopped && failure == nil
        if !isWhole, keep == .last { kept = lowest }
        // Where nothing was ever measured there is no best.
        if !kept.isMeasured { kept = isWhole ? Candidate(last, iterate.x, .last) : lowest }
        let sound =
            if let snapshot, snapshot.iteration == kept.line.iteration { snapshot.waveform } else {
                try waveform(kept.x, kept.line.iteration)
            }
        // The search for phases was stopped.
        if isWhole, wasStopped { try save(.stop) }
        return Outcome(
            waveform: sound, first: first, kept: kept.line, reached: last.iteration,
            wasStopped: wasStopped || failure != nil, strategy: objective.strategy, evaluations: counted.evaluations,
            totalSeconds: now(), ending: ending, failure: failure)
    }

    /// Phase iterations that a run makes once it is to stop.
    static let roundsWhenStopped = 50
}

/// An objective that counts how often it is evaluated, and whose values are finite.
private final class CountingObjective: Objective {
    private let objective: any Objective
    private(set) var evaluations: Int
    var dimension: Int { objective.dimension }
    var bounds: ClosedRange<Float>? { objective.bounds }
    var start: [Float] { objective.start }

    init(_ objective: any Objective, evaluations: Int) {
        (self.objective, self.evaluations) = (objective, evaluations)
    }

    /// - Throws: also ``NotFinite``.
    func evaluate(_ x: [Float]) throws -> (losses: Losses, gradient: [Float]) {
        evaluations += 1
        let (losses, gradient) = try objective.evaluate(x)
        guard losses.total.isFinite, gradient.allSatisfy(\.isFinite) else { throw NotFinite(x: x, losses: losses) }
        return (losses, gradient)
    }
}

/// A point at which the loss or its gradient is not finite.
private struct NotFinite: Error {
    let x: [Float]
    let losses: Losses

    func failure(at iteration: Int, of objective: any TransferObjective) -> Failure {
        let named = (try? objective.problem(at: x)) ?? nil
        let culprit =
            named ?? (losses.total.isFinite ? "the gradient became NaN or infinite" : "the loss became \(losses.total)")
        return Failure(
            .badData, "cannot continue", why: "\(culprit) at iteration \(iteration)",
            remedy: "use weights whose activations stay finite, or a smaller --learning-rate")
    }
}

/// The losses at one accepted iterate.
public struct TraceLine: Codable, Sendable, Equatable {
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
