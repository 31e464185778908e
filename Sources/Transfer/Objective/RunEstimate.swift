// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Optimizers

/// An estimate of a run's time and memory, made before it begins.
public struct RunEstimate: Sendable {
    /// How it trades memory for time.
    public var strategy: MemoryStrategy
    /// The most memory that the process will hold, in bytes.
    public var memory: Int
    /// The run's own part of it, by what it is for.
    public var requests: [String: Int]
    /// Seconds before the first iteration, for the targets.
    public var preparation: Double
    /// Seconds of one evaluation of the objective.
    public var evaluation: Double
    /// Evaluations that the optimiser needs for a number of steps.
    public var evaluations: @Sendable (_ steps: Int) -> Double
    /// Seconds of a step besides its evaluations.
    public var step = 0.0
    /// Seconds from x to a waveform.
    public var synthesis: Double

    /// The same of as many such runs one after the other.
    ///
    /// - Parameter bytes: that are held besides.
    func repeated(_ parts: Int, beside bytes: Int) -> RunEstimate {
        var all = self
        all.strategy.parts = parts
        all.memory += bytes
        all.requests["parts"] = bytes
        all.preparation *= Double(parts)
        all.evaluation *= Double(parts)
        all.step *= Double(parts)
        all.synthesis *= Double(parts)
        return all
    }

    /// Seconds for a start, a number of steps, and a number of snapshots.
    public func seconds(iterations: Int, sounds: Int = 1) -> Double {
        let evaluations = 1 + evaluations(iterations)
        return preparation + evaluations * evaluation + Double(iterations) * step + Double(sounds) * synthesis
    }
}

/// Seconds that some work takes.
func seconds(_ work: () throws -> Void) rethrows -> Double {
    let begin = DispatchTime.now().uptimeNanoseconds
    try work()
    return Double(DispatchTime.now().uptimeNanoseconds - begin) / 1e9
}

extension OptimizerSettings {
    /// Evaluations for a number of steps: L-BFGS-B's first line searches need two or three, the others seldom more than one (319
    /// for 300 iterations in the log of the SRM seed, 308 here).
    func evaluations(_ steps: Int) -> Double {
        switch self {
        case .adam: Double(steps)
        case .lbfgsb: 1.02 * Double(steps) + Double(min(steps, 4))
        }
    }
}
