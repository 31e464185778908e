// SPDX-License-Identifier: Apache-2.0
import Matrices
import TestSupport
import Testing

@testable import WaveEncoder

/// The float64 reference by itself: against a network small enough to do by hand, and its gradient against differences.
@Suite struct ReferenceEncoderTests {
    /// Width 1, one block, T = 3: every number worked out on paper.
    @Test func aTinyNetworkByHand() {
        let architecture = EncoderArchitecture(width: 1, layers: 1, stages: 1, bottleneck: 1, hop: 2)
        let weights = EncoderWeights(architecture: architecture) { tensor in
            switch tensor.role {
            case .startKernel: [1, 2, -1]
            case .startBias: [0.5]
            case .dilatedKernel: [1, -1, 2]
            case .dilatedBias: [0.25]
            case .residualKernel: [3]
            case .residualBias: [-1]
            case .bottleneckKernel: [2]
            case .bottleneckBias: [1]
            }
        }
        let taps = ReferenceEncoder(weights).activations(of: [1, 0, -1])
        // en = x[t-1] + 2 x[t] - x[t+1] + 0.5 = 2.5, 2.5, -1.5
        #expect(taps[.relu1(1)] == [2.5, 2.5, 0])
        // d = r[t-1] - r[t] + 2 r[t+1] + 0.25 = 2.75, 0.25, 2.75
        #expect(taps[.relu2(1)] == [2.75, 0.25, 2.75])
        // en + 3 d - 1
        #expect(taps[.residual(1)] == [9.75, 2.25, 5.75])
        #expect(taps[.bottleneck] == [20.5, 5.5, 12.5])
        // One window of two samples; the third is dropped.
        #expect(taps[.encoding] == [13])
    }

    @Test(arguments: RandomCase.small)
    func gradientAgreesWithCentralDifferences(_ case: RandomCase) {
        let (encoder, x) = (ReferenceEncoder(`case`.weights), `case`.signal(0).doubles)
        let taps = allPoints(of: `case`.weights.architecture)
        let sources = Dictionary(
            uniqueKeysWithValues: taps.map { tap in
                let (rows, columns) = tap.shape(samples: x.count, in: `case`.weights.architecture)
                return (tap, `case`.signal(7, samples: rows * columns).doubles)
            })
        func value(_ x: [Double]) -> Double {
            let activations = encoder.activations(of: x)
            return taps.reduce(0) { sum, tap in
                sum + zip(activations[tap] ?? [], sources[tap] ?? []).reduce(0) { $0 + $1.0 * $1.1 }
            }
        }
        let direction = `case`.signal(3).doubles
        let gradient = encoder.gradient(
            activations: encoder.activations(of: x), gradients: sources, samples: x.count)
        let slope = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
        // Piecewise linear in x: the step's only error is rounding, unless a ReLU's kink lies inside it.
        let step = 1e-7
        let difference =
            (value(zip(x, direction).map { $0 + step * $1 }) - value(zip(x, direction).map { $0 - step * $1 }))
            / (2 * step)
        #expect(slope != 0)
        #expect(abs(difference - slope) <= 1e-5 * gradient.map(abs).reduce(0, +))
    }

    @Test func receptiveFieldOfNSynth() {
        #expect(EncoderArchitecture.nsynth.halo(throughBlock: 30) == 3_070)
        #expect(EncoderArchitecture.nsynth.parameterCount == 1_976_336)
        #expect(EncoderTensor.all(of: .nsynth).count == 124)
        #expect(EncoderTensor.all(of: .nsynth).reduce(0) { $0 + $1.count } == 1_976_336)
        #expect(
            (1...12).map(EncoderArchitecture.nsynth.dilation(ofBlock:)) == [
                1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1, 2,
            ])
    }
}
