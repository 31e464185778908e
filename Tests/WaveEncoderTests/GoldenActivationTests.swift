// SPDX-License-Identifier: Apache-2.0
import Matrices
import TestSupport
import Testing

@testable import WaveEncoder

/// Activations that Magenta's graph computed in TensorFlow.
@Suite struct GoldenActivationTests {
    static let taps = allPoints(of: EncoderArchitecture(width: 8, layers: 30))

    /// Two float32 programs with other orders of summation: an independent float64 program differs from TensorFlow by 1e-6
    /// of each tensor's largest value, so 1e-5 leaves room for both.
    @Test(arguments: [1, 2], [96, 8_192])
    func theEngineAgreesAtEveryTap(threads: Int, tileRows: Int) throws {
        let golden = try Golden()
        let encoder = WaveEncoder(try golden.weights(), threads: threads, tileRows: tileRows)
        let maps = encoder.activations(of: try golden.values("content_companded"), at: Set(Self.taps))
        #expect(maps.count == 92)
        for (tap, map) in maps {
            #expect(largestError(map.values.doubles, try golden.activations(at: tap).doubles) < 1e-5, "\(tap)")
        }
    }

    /// The fixtures' width is below what the hand-written kernels serve: so with channels of zeros added.
    @Test(arguments: KernelLevel.available)
    func everyLevelOfKernelsAgreesAtEveryTap(_ kernels: KernelLevel) throws {
        let golden = try Golden()
        let encoder = WaveEncoder(
            try golden.widenedWeights(to: 32), threads: 2, kernels: kernels, tileRows: 96)
        let maps = encoder.activations(of: try golden.values("content_companded"), at: Set(Self.taps))
        for (tap, map) in maps {
            let narrow = tap.block == nil ? map.columns : 8
            let values = (0..<map.rows * narrow).map { index in
                Double(map.unsafePointer(row: index / narrow)[index % narrow])
            }
            #expect(largestError(values, try golden.activations(at: tap).doubles) < 1e-5, "\(tap)")
        }
    }

    /// Float64 against TensorFlow's float32: 1e-6 of the largest value, as an independent program found.
    @Test func theReferenceAgreesAtEveryTap() throws {
        let golden = try Golden()
        let activations = ReferenceEncoder(try golden.weights()).activations(
            of: try golden.values("content_companded").doubles)
        for tap in Self.taps {
            let expected = try golden.activations(at: tap).doubles
            #expect(largestError(activations[tap] ?? [], expected) < 2e-6, "\(tap)")
        }
    }
}
