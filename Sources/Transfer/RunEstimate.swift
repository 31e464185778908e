// SPDX-License-Identifier: Apache-2.0

/// What a run will take, known before it begins.
public struct RunEstimate: Sendable, Equatable {
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

    /// Seconds for a start and so many steps.
    public func seconds(iterations: Int) -> Double {
        preparation + Double(iterations + 1) * evaluation
    }
}
