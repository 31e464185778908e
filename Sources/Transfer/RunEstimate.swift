// SPDX-License-Identifier: Apache-2.0
import Files
import Optimizers

/// What a run will take, known before it begins.
public struct RunEstimate: Sendable {
    /// How activations are dealt with.
    public enum Way: Sendable, Equatable {
        /// All are kept between the way forward and the way back.
        case keepAll
        /// They are computed again, in windows of this many samples.
        case recompute(window: Int)
    }

    /// How it will run.
    public var way: Way
    /// The most memory that the process will hold, in bytes.
    public var memory: Int
    /// Seconds before the first iteration, for the targets.
    public var preparation: Double
    /// Seconds of one evaluation of the objective.
    public var evaluation: Double

    /// Evaluations that the optimiser makes for so many steps.
    public var evaluations: @Sendable (_ steps: Int) -> Double
    /// Seconds of a step beside its evaluations.
    public var step = 0.0
    /// Seconds for the way back to a waveform.
    public var synthesis: Double

    /// Seconds for a start and so many steps, and the sounds of so many iterations.
    public func seconds(iterations: Int, sounds: Int = 1) -> Double {
        let evaluations = 1 + evaluations(iterations)
        return preparation + evaluations * evaluation + Double(iterations) * step + Double(sounds) * synthesis
    }
}

extension OptimizerSettings {
    /// Evaluations for so many steps: L-BFGS-B's first line searches need two or three, the others seldom more than one (319
    /// for 300 iterations in the log of the SRM seed, 308 here).
    func evaluations(_ steps: Int) -> Double {
        switch self {
        case .adam: Double(steps)
        case .lbfgsb: 1.02 * Double(steps) + Double(min(steps, 4))
        }
    }

    /// Makes sure that it can deal with so many variables.
    ///
    /// - Throws: ``Failure`` of kind `badData`.
    func check(dimension: Int, settings: TransferSettings) throws(Failure) {
        guard lbfgsb != nil, dimension > LBFGSB.maximumDimension(corrections: settings.corrections) else { return }
        throw Failure(
            .badData, "cannot run",
            why: "L-BFGS-B with \(settings.corrections) corrections takes at most "
                + "\(LBFGSB.maximumDimension(corrections: settings.corrections)) variables, and the sound has \(dimension)",
            remedy: "use --optimizer adam or fewer --corrections, or shorten the sounds")
    }

    /// Bytes of an optimiser's state, beside the iterates.
    func memoryNeeded(dimension: Int, settings: TransferSettings) -> Int {
        switch self {
        case .adam: 2 * dimension * MemoryLayout<Float>.size
        case .lbfgsb: LBFGSB.memoryNeeded(dimension: dimension, corrections: settings.corrections)
        }
    }
}
