// SPDX-License-Identifier: Apache-2.0
import Dispatch

/// How long an optimiser's own work takes for a step, with its memory full: tried on an objective that costs nothing.
public struct StepTrial {
    /// Variables of the trial, at most: more than caches hold, so that a step's work grows with their number.
    private static let size = 300_000

    /// Seconds.
    public let seconds: Double

    /// - Parameters:
    ///   - optimizer: that takes no step yet, and never ends.
    ///   - steps: after which its memory is full.
    ///   - dimension: of the variables whose step is asked for.
    /// - Throws: never in fact.
    public init(_ optimizer: some Optimizer, fullAfter steps: Int, dimension: Int) throws {
        let objective = Bowl(dimension: min(dimension, Self.size))
        var optimizer = optimizer
        var iterate = try Iterate(of: objective, at: objective.start)
        let counted = 3
        var begin: UInt64 = 0
        for step in 0..<steps + counted {
            if step == steps {
                begin = DispatchTime.now().uptimeNanoseconds
                objective.seconds = 0
            }
            guard let next = try optimizer.step(from: iterate, of: objective) else { break }
            iterate = next
        }
        let spent = begin == 0 ? 0 : Double(DispatchTime.now().uptimeNanoseconds - begin) / 1e9 - objective.seconds
        seconds = max(spent, 0) / Double(counted) * Double(dimension) / Double(objective.dimension)
    }

    /// `sum a (x - c)^2 / 2` with a from 1 to 1000, for x of 0 or above: half of them end at that bound.
    private final class Bowl: Objective {
        let dimension: Int
        let bounds: ClosedRange<Float>? = 0...Float.infinity
        let start: [Float]
        /// Spent in here.
        var seconds = 0.0

        init(dimension: Int) {
            self.dimension = dimension
            start = [Float](repeating: 0.5, count: dimension)
        }

        func evaluate(_ x: [Float]) -> (losses: Losses, gradient: [Float]) {
            let begin = DispatchTime.now().uptimeNanoseconds
            defer { seconds += Double(DispatchTime.now().uptimeNanoseconds - begin) / 1e9 }
            var (total, gradient) = (0.0, x)
            for index in x.indices {
                let (difference, weight) = (x[index] - (index % 2 == 0 ? 1 : -0.1), Float(1 + index % 1_000))
                gradient[index] = weight * difference
                total += Double(gradient[index] * difference) / 2
            }
            return (Losses(total: total, terms: []), gradient)
        }
    }
}
