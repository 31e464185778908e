// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import Testing

@testable import Evaluation

@Suite struct PitchDecoderTests {
    /// Against Viterbi's algorithm over the whole transition matrix. Two steps in the other order are equally likely,
    /// so that it is not the states that must be the same but their likelihood: within the rounding of some 50 terms of
    /// up to 708.
    @Test(arguments: [(2, 0), (7, 1), (12, 3), (30, 40)]) func noWayIsLikelier(bins: Int, reach: Int) {
        var generator = SeededGenerator(seed: UInt64(100 * bins + reach))
        func uniform() -> Double { Double(generator.uniform() + 1) / 2 }
        let model = DenseModel(bins: bins, reach: reach)
        for _ in 0..<20 {
            let observations = (0..<25).map { _ in
                let weights = (0..<Int(uniform() * 4)).map { _ in 0.1 + 0.9 * uniform() }
                // Every other frame is certain of being voiced: then leaps beyond the reach happen.
                let scale = (uniform() < 0.5 ? 1 : uniform()) / weights.reduce(0, +)
                return PitchObservation(
                    weights.map { (bin: Int(uniform() * Double(bins)), probability: scale * $0) })
            }
            let likelihoods = observations.map(model.likelihoods)
            let states = PitchDecoder(bins: bins, reach: reach).states(of: observations)
            let own = model.likelihood(of: states.map { $0.voiced ? $0.bin : bins + $0.bin }, likelihoods)
            let best = model.greatestLikelihood(likelihoods)
            #expect(abs(own - best) < 1e-9)
        }
    }

    @Test func aBinCountsOnce() {
        let observation = PitchObservation([
            (bin: 4, probability: 0.5), (bin: 2, probability: 0.25), (bin: 4, probability: 0.125),
        ])
        #expect(observation.candidates.map(\.bin) == [2, 4])
        #expect(observation.voiced == 0.375)
    }

    @Test func withoutFramesThereAreNoStates() {
        #expect(PitchDecoder(bins: 3, reach: 1).states(of: []).isEmpty)
    }
}

/// The hidden Markov model with all its `2 bins x 2 bins` transitions, in logarithms; voiced states come first.
private struct DenseModel {
    let bins: Int
    let transition: [[Double]]
    static let tiny = Double.leastNormalMagnitude

    init(bins: Int, reach: Int) {
        self.bins = bins
        let triangle = (0..<bins).map { i in
            let row = (0..<bins).map { j in max(0, 1 - Double(abs(i - j)) / Double(reach + 1)) }
            return row.map { $0 / row.reduce(0, +) }
        }
        transition = (0..<2 * bins).map { i in
            (0..<2 * bins).map { j in
                log((i / bins == j / bins ? 0.99 : 0.01) * triangle[i % bins][j % bins] + Self.tiny)
            }
        }
    }

    /// What a frame says of each state.
    func likelihoods(_ observation: PitchObservation) -> [Double] {
        var row = [Double](repeating: 0, count: bins)
        for (bin, probability) in observation.candidates { row[bin] = probability }
        row += [Double](repeating: (1 - observation.voiced) / Double(bins), count: bins)
        return row.map { log($0 + Self.tiny) }
    }

    func likelihood(of states: [Int], _ likelihoods: [[Double]]) -> Double {
        let moves = zip(states, states.dropFirst()).reduce(0) { $0 + transition[$1.0][$1.1] }
        return zip(states, likelihoods).reduce(moves) { $0 + $1.1[$1.0] }
    }

    func greatestLikelihood(_ likelihoods: [[Double]]) -> Double {
        let last = likelihoods.dropFirst().reduce(likelihoods[0]) { values, likelihood in
            likelihood.indices.map { j in
                likelihood[j] + (values.indices.map { values[$0] + transition[$0][j] }.max() ?? -.infinity)
            }
        }
        return last.max() ?? -.infinity
    }
}
