// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import Testing

@testable import Evaluation

/// The decoder against Viterbi's algorithm over the whole transition matrix.
@Suite struct PitchDecoderTests {
    /// Equal steps are unlikely between random numbers, so that the states must be the same.
    @Test(arguments: [(2, 0), (7, 1), (12, 3), (30, 40)]) func itFindsTheDenseMatrixsWay(bins: Int, reach: Int) {
        var generator = SeededGenerator(seed: UInt64(100 * bins + reach))
        func uniform() -> Double { Double(generator.uniform() + 1) / 2 }
        for _ in 0..<20 {
            let observations = (0..<25).map { _ in
                let count = Int(uniform() * 4)
                // Some frames are certain of being voiced, and leaps farther than the reach must happen.
                let total = uniform() < 0.5 ? 1 : uniform()
                return PitchObservation(
                    (0..<count).map { _ in
                        (
                            bin: Int(uniform() * Double(bins)),
                            probability: total * (0.1 + 0.9 * uniform()) / Double(count)
                        )
                    })
            }
            #expect(
                PitchDecoder(bins: bins, reach: reach).states(of: observations)
                    == Self.dense(observations, bins: bins, reach: reach))
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

    private static func dense(_ observations: [PitchObservation], bins: Int, reach: Int) -> [PitchDecoder.State] {
        let tiny = Double.leastNormalMagnitude
        let triangle = (0..<bins).map { i in
            let row = (0..<bins).map { j in max(0, 1 - Double(abs(i - j)) / Double(reach + 1)) }
            return row.map { $0 / row.reduce(0, +) }
        }
        let transition = (0..<2 * bins).map { i in
            (0..<2 * bins).map { j in log((i / bins == j / bins ? 0.99 : 0.01) * triangle[i % bins][j % bins] + tiny) }
        }
        let likelihoods = observations.map { observation in
            var row = [Double](repeating: 0, count: bins)
            for (bin, probability) in observation.candidates { row[bin] = probability }
            row += [Double](repeating: (1 - observation.voiced) / Double(bins), count: bins)
            return row.map { log($0 + tiny) }
        }
        var (values, origins) = (likelihoods[0], [[Int]]())
        for likelihood in likelihoods.dropFirst() {
            let ways = (0..<2 * bins).map { j in (0..<2 * bins).map { i in values[i] + transition[i][j] } }
            origins.append(ways.map { way in way.indices.max { way[$0] < way[$1] } ?? 0 })
            values = zip(ways, likelihood).map { ($0.max() ?? 0) + $1 }
        }
        var path = [values.indices.max { values[$0] < values[$1] } ?? 0]
        for origin in origins.reversed() { path.insert(origin[path[0]], at: 0) }
        return path.map { PitchDecoder.State(bin: $0 % bins, voiced: $0 < bins) }
    }
}
