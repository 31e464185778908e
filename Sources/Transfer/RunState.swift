// SPDX-License-Identifier: Apache-2.0
import Files
import Optimizers

/// All that a run's next step depends on, after an accepted iterate: from here a run goes on as if it had never stopped.
public struct RunState: Codable, Sendable {
    /// How memory was traded for time: another strategy shows in the last bits.
    public internal(set) var strategy: MemoryStrategy
    /// The content's parts before the present one; nil where it is in one.
    var parts: FinishedParts?
    /// Snapshots of the present part.
    var partSnapshots: [Int: SavedSamples] = [:]
    var optimizer: OptimizerState
    var iterate: Iterate
    /// The trace's lines of the start and of the iterate.
    var first: TraceLine
    var last: TraceLine
    var kept: Candidate
    var lowest: Candidate
    var evaluations: Int
    /// Whether the iterate's snapshot is still to be made: the run was stopped meanwhile.
    var isSnapshotDue: Bool
    /// Of the run, and of these spent on snapshots and measurements.
    var seconds: Double
    var aside: Double

    /// The iterate's number.
    public var reached: Int { last.iteration }

    /// Whether it is of a part of the content.
    public var isInParts: Bool { parts != nil }

    /// The same among all; in parts, counted on from those before.
    public func iteration(of settings: TransferSettings) -> Int {
        (parts?.outcomes.count ?? 0) * settings.iterations + last.iteration
    }

    /// Whether its arrays are as long as an objective's.
    func isOf(_ objective: any TransferObjective, _ settings: TransferSettings) -> Bool {
        let count = objective.dimension
        return [iterate.x.count, iterate.gradient.count, kept.x.count, lowest.x.count].allSatisfy { $0 == count }
            && optimizer.isOf(count, settings)
    }

    /// Bytes of its arrays, at most, for so many variables.
    static func bytes(dimension: Int, optimizer: Int) -> Int { 4 * dimension * MemoryLayout<Float>.size + optimizer }
}

/// A sound in a state.
public struct SavedSamples: Codable, Sendable {
    /// Mono samples.
    @StoredArray public var samples: [Float]

    /// A sound, empty by default.
    public init(samples: [Float] = []) { self.samples = samples }
}

/// An optimiser's state.
enum OptimizerState: Codable, Sendable {
    case adam(Adam.State)
    case lbfgsb(LBFGSB.State)

    /// nil of an optimiser that has none here.
    init?(_ optimizer: any Optimizer) {
        switch optimizer {
        case let adam as Adam: self = .adam(adam.state)
        case let lbfgsb as LBFGSB: self = .lbfgsb(lbfgsb.state)
        default: return nil
        }
    }

    func isOf(_ dimension: Int, _ settings: TransferSettings) -> Bool {
        switch (self, settings.optimizer) {
        case (.adam(let state), .adam): state.isOf(dimension)
        case (.lbfgsb(let state), .lbfgsb(let own)): state.isOf(dimension, corrections: own.corrections)
        default: false
        }
    }
}

extension TransferSettings {
    /// The optimiser, before its first step, or in a state of it.
    func makeOptimizer(in state: OptimizerState? = nil) -> any Optimizer {
        switch optimizer {
        case .adam(let step):
            var adam = Adam(learningRate: Float(step))
            if case .adam(let own)? = state { adam.state = own }
            return adam
        case .lbfgsb(let settings):
            var lbfgsb = LBFGSB(
                corrections: settings.corrections, lossTolerance: settings.lossTolerance,
                gradientTolerance: settings.gradientTolerance, maximumEvaluations: settings.maxEvaluations)
            if case .lbfgsb(let own)? = state { lbfgsb.state = own }
            return lbfgsb
        }
    }
}

/// The iterate that is the result so far.
struct Candidate: Codable, Sendable {
    private(set) var line: TraceLine
    @StoredArray private(set) var x: [Float]
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

/// When a run's state can be saved.
public enum CheckpointMoment: Sendable {
    /// After an accepted iterate, where the run goes on.
    case step
    /// The run was stopped: there is no later moment.
    case stop
}
