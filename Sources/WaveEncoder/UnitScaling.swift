// SPDX-License-Identifier: Apache-2.0
import Matrices

extension EncoderWeights {
    /// Weights as Magenta's graph has them before training: kernels uniform in +-sqrt(3 / fan-in), so that their variance is
    /// 1 / fan-in, and biases of 0 (`masked.conv1d` in Magenta's `nsynth/wavenet/masked.py`; TensorFlow's
    /// `uniform_unit_scaling_initializer`, whose fan-in is the product of all axes but the last).
    ///
    /// - Parameters:
    ///   - architecture: must have no ``EncoderArchitecture/problem``.
    ///   - seed: decides every number.
    public static func unitScaled(architecture: EncoderArchitecture, seed: UInt64) -> EncoderWeights {
        precondition(architecture.problem == nil, architecture.problem ?? "")
        var generator = SeededGenerator(seed: seed)
        return EncoderWeights(architecture: architecture) { tensor in
            // Kernels are [1, tap, in, out], biases [out].
            guard tensor.shape.count > 1 else { return [Float](repeating: 0, count: tensor.count) }
            let limit = (3 / Float(tensor.shape.dropLast().reduce(1, *))).squareRoot()
            return (0..<tensor.count).map { _ in limit * generator.uniform() }
        }
    }
}
