// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing
import WaveEncoder

/// Magenta's weights before training.
@Suite struct UnitScalingTests {
    private let architecture = EncoderArchitecture(width: 24, layers: 3)

    /// Uniform within +-sqrt(3 / fan-in): a variance of 1 / fan-in, and as many values in every tenth of the range.
    @Test func kernelsAreUniformAndBiasesZero() {
        let weights = EncoderWeights.unitScaled(architecture: architecture, seed: 5)
        let fanIn: [(EncoderTensor.Role, Double)] = [
            (.startKernel, 3), (.dilatedKernel(1), 72), (.dilatedKernel(3), 72), (.residualKernel(2), 24),
            (.bottleneckKernel, 24),
        ]
        for (role, inputs) in fanIn {
            let (values, limit) = (weights[role].doubles, (3 / inputs).squareRoot())
            #expect(values.allSatisfy { abs($0) <= limit * (1 + 1e-6) })
            // Of n uniform values, the mean square is known to 0.9 / sqrt(n) of itself: five of those.
            let n = Double(values.count)
            let variance = values.reduce(0) { $0 + $1 * $1 } / n
            #expect(abs(variance * inputs - 1) < 4.5 / n.squareRoot(), "\(role)")
            // Of n uniform values n / 10 lie in a tenth, give or take 0.3 sqrt(n): five of those.
            for tenth in 0..<10 {
                let count = values.filter { Int(($0 / limit + 1) / 2 * 10) == tenth }.count
                #expect(abs(Double(count) - n / 10) < 1.5 * n.squareRoot(), "\(role), \(tenth)")
            }
        }
        for role in [EncoderTensor.Role.startBias, .dilatedBias(2), .residualBias(3), .bottleneckBias] {
            #expect(weights[role].allSatisfy { $0 == 0 })
        }
    }

    @Test func theSeedDecides() {
        let weights = EncoderWeights.unitScaled(architecture: architecture, seed: 5)
        #expect(weights == .unitScaled(architecture: architecture, seed: 5))
        #expect(weights.startKernel != EncoderWeights.unitScaled(architecture: architecture, seed: 6).startKernel)
    }
}
