// SPDX-License-Identifier: Apache-2.0
import Files
import WaveEncoder

/// A source of an encoder's tensors under the names of Magenta's checkpoints: an HDF5 file, or a checkpoint itself.
protocol TensorCatalogue {
    /// The name in messages.
    var name: String { get }
    /// Whether a tensor or a group of tensors exists.
    func contains(_ name: String) -> Bool
    /// A tensor's dimensions.
    ///
    /// - Throws: ``Failure`` of kind `badData` when there is none, or it is unusable.
    func shape(of name: String) throws(Failure) -> [Int]
    /// A tensor's values, which must have this shape.
    ///
    /// - Throws: ``Failure`` of kind `badData`, or `noInput` when a file does not exist.
    func floats(_ name: String, expecting shape: [Int]) throws(Failure) -> [Float]
}

extension TensorCatalogue {
    /// An encoder's architecture from its tensors' shapes. The shapes do not determine `stages` and `hop`.
    ///
    /// - Throws: ``Failure`` of kind `badData`, which names the tensor that is missing or has another shape.
    func architecture(stages: Int?, hop: Int?) throws(Failure) -> EncoderArchitecture {
        func cannot(_ why: String) -> Failure { Failure(.badData, "cannot use the weights", at: name, why: why) }
        /// The last axis of a tensor whose name no architecture is needed for.
        func channels(_ tensor: String) throws(Failure) -> Int {
            let shape = try shape(of: tensor)
            guard shape.count == 4, let last = shape.last else {
                throw unusable(tensor, "its shape is \(shape), where 4 dimensions are expected")
            }
            return last
        }
        let width = try channels("ae_startconv/W")
        // The highest number, not the first gap, so that a missing block in the middle is reported.
        guard let layers = (1...512).last(where: { contains("ae_dilatedconv_\($0)") }) else {
            throw cannot("it has no ae_dilatedconv_1")
        }
        let architecture = EncoderArchitecture(
            width: width, layers: layers, stages: stages ?? EncoderArchitecture.nsynth.stages,
            bottleneck: try channels("ae_bottleneck/W"), hop: hop ?? EncoderArchitecture.nsynth.hop)
        if let problem = architecture.problem { throw cannot(problem) }
        guard architecture.parameterCount <= WeightsFile.maximumParameters else {
            throw cannot(
                "\(architecture.parameterCount) values are more than the limit of \(WeightsFile.maximumParameters)")
        }
        for tensor in EncoderTensor.all(of: architecture) {
            let shape = try shape(of: tensor.name)
            guard shape == tensor.shape else {
                throw unusable(tensor.name, "its shape is \(shape), where \(tensor.shape) is expected")
            }
        }
        return architecture
    }

    /// The values of one tensor, all of them finite.
    ///
    /// - Throws: ``Failure`` of kind `badData` or `noInput`.
    func values(of tensor: EncoderTensor) throws(Failure) -> [Float] {
        let values = try floats(tensor.name, expecting: tensor.shape)
        guard values.allSatisfy(\.isFinite) else { throw .notFinite(tensor, in: name) }
        return values
    }

    private func unusable(_ tensor: String, _ why: String) -> Failure {
        Failure(.badData, "cannot use the weights", at: "\(name): \(tensor)", why: why)
    }
}

extension Failure {
    /// The failure for a tensor with values that are not finite.
    static func notFinite(_ tensor: EncoderTensor, in place: String) -> Failure {
        Failure(
            .badData, "cannot use the weights", at: "\(place): \(tensor.name)",
            why: "a value is infinite or not a number")
    }
}
