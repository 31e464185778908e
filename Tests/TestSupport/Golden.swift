// SPDX-License-Identifier: Apache-2.0
import HDF5
import WaveEncoder

/// What Magenta's own graph and TensorFlow's Adam computed, at width 8, on 1,024 samples of speech and of a flute note.
public struct Golden {
    /// The sounds' length.
    public static let samples = 1_024
    private let file: HDF5File
    private let weightsFile: HDF5File

    /// Opens the fixtures.
    public init() throws {
        file = try HDF5File(readingFrom: Fixtures.path("nsynth-tiny/golden.h5"))
        weightsFile = try HDF5File(readingFrom: Fixtures.path("nsynth-tiny/weights.h5"))
    }

    /// A dataset's values, row-major.
    public func values(_ name: String) throws -> [Float] {
        try file.readFloats(name).values
    }

    /// How far a run's losses may be from TensorFlow's, relative: float32 in another order of summation.
    ///
    /// In the third run a ReLU sits on its kink after some steps, and two orders take different sides. With OpenBLAS's kernels
    /// for five kinds of processors (Prescott, Nehalem, Sandybridge, Haswell, SkylakeX) all losses are within 4e-4 of TensorFlow's
    /// for five steps, then the total within 9.7e-3 and the content, which is small there, within 2.0e-2. A float64
    /// program differs by 6e-3 and 1.3e-2.
    public static func tolerance(of run: String, iteration: Int) -> (loss: Double, content: Double) {
        guard run == "gram_relu2_blocks3and7_alpha0.1" else { return (1e-4, 1e-4) }
        return iteration <= 5 ? (1e-3, 1e-3) : (2e-2, 4e-2)
    }

    /// The activations of the content at a point, row-major `[T][C]`.
    public func activations(at point: LayerPoint) throws -> [Float] {
        try values("activations/\(point.datasetPath)")
    }

    /// The encoder's weights, read without the loader.
    public func weights() throws -> EncoderWeights {
        let architecture = EncoderArchitecture(width: 8, layers: 30)
        return try EncoderWeights(architecture: architecture) { (tensor: EncoderTensor) throws -> [Float] in
            try weightsFile.readFloats(tensor.name).values
        }
    }

    /// The same encoder with channels added that are always zero: `width` of them in all, so that kernels which serve only
    /// wide matrices can be compared with the fixtures. Its first 8 channels are the golden ones.
    public func widenedWeights(to width: Int) throws -> EncoderWeights {
        let narrow = try weights()
        let wide = EncoderArchitecture(width: width, layers: narrow.architecture.layers)
        return EncoderWeights(architecture: wide) { tensor in
            let (values, shape) = (narrow[tensor.role], EncoderTensor(tensor.role, narrow.architecture).shape)
            var result = [Float](repeating: 0, count: tensor.count)
            for index in 0..<values.count {
                var (rest, position, stride) = (index, 0, 1)
                for axis in shape.indices.reversed() {
                    position += rest % shape[axis] * stride
                    rest /= shape[axis]
                    stride *= tensor.shape[axis]
                }
                result[position] = values[index]
            }
            return result
        }
    }
}
