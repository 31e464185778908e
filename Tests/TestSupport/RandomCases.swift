// SPDX-License-Identifier: Apache-2.0
import Matrices
import WaveEncoder

/// Small random encoders and clips, the same on every run.
public struct RandomCase: Sendable, CustomStringConvertible {
    /// A small encoder.
    public let weights: EncoderWeights
    /// T.
    public let samples: Int
    /// Chose everything.
    public let seed: UInt64

    /// Draws an encoder of the given size; start weights are large enough to reach every layer, biases keep silence alive.
    public init(width: Int, layers: Int, stages: Int = 10, samples: Int, seed: UInt64) {
        self.samples = samples
        self.seed = seed
        var generator = SeededGenerator(seed: seed)
        let architecture = EncoderArchitecture(
            width: width, layers: layers, stages: stages, bottleneck: 4, hop: min(16, samples))
        weights = EncoderWeights(architecture: architecture) { tensor in
            let inputs = tensor.shape.count == 4 ? tensor.shape[1] * tensor.shape[2] : 16
            let scale = (2 / Float(inputs)).squareRoot()
            return (0..<tensor.count).map { _ in scale * generator.bell() }
        }
    }

    public var description: String {
        let shape = weights.architecture
        return "width \(shape.width), \(shape.layers) blocks, stages \(shape.stages), T \(samples), seed \(seed)"
    }

    /// Companded samples, a smooth curve with noise; `stream` tells one clip from another.
    public func signal(_ stream: UInt64, samples count: Int? = nil) -> [Float] {
        var generator = SeededGenerator(seed: seed &* 31 &+ stream)
        var value: Float = 0
        return (0..<(count ?? samples)).map { _ in
            value = 0.9 * value + 0.3 * generator.uniform()
            return min(max(value, -1), 0.99)
        }
    }

    /// Widths that the hand-written kernels serve.
    public static let wide = feasible([
        RandomCase(width: 32, layers: 3, samples: 1, seed: 51),
        RandomCase(width: 32, layers: 11, samples: 1_501, seed: 52),
        RandomCase(width: 64, layers: 3, samples: 203, seed: 53),
        RandomCase(width: 128, layers: 2, samples: 150, seed: 54),
    ])

    /// Widths 1, 3 and 8, 1 to 12 blocks, T from 1 to 3,000, none of it a multiple of anything.
    public static let small = feasible([
        RandomCase(width: 8, layers: 1, samples: 1, seed: 1), RandomCase(width: 3, layers: 2, samples: 2, seed: 2),
        RandomCase(width: 1, layers: 3, samples: 17, seed: 31), RandomCase(width: 3, layers: 12, samples: 63, seed: 4),
        RandomCase(width: 8, layers: 5, samples: 257, seed: 5), RandomCase(width: 1, layers: 6, samples: 500, seed: 42),
        RandomCase(width: 3, layers: 7, stages: 3, samples: 1_021, seed: 7),
        RandomCase(width: 8, layers: 12, samples: 1_999, seed: 8),
        RandomCase(width: 3, layers: 11, samples: 3_000, seed: 9),
    ])

    /// Those that a sanitizer has time for, where there is one.
    private static func feasible(_ cases: [RandomCase]) -> [RandomCase] {
        cases.filter { !Sanitizer.isOn || $0.samples <= 300 }
    }
}

extension Collection<Float> {
    /// As float64.
    public var doubles: [Double] { map(Double.init) }
}

/// The largest difference between two arrays, as a share of the second's largest magnitude.
public func largestError(_ values: [Double], _ expected: [Double]) -> Double {
    guard values.count == expected.count else { return .infinity }
    let scale = expected.lazy.map(abs).max() ?? 0
    let error = zip(values, expected).lazy.map { abs($0 - $1) }.max() ?? 0
    return error == 0 ? 0 : error / Swift.max(scale, .leastNormalMagnitude)
}
