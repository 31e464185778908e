// SPDX-License-Identifier: Apache-2.0
import Files
import HDF5
import WaveEncoder

/// An HDF5 file of encoder weights: one float32 dataset for each tensor, under the checkpoint's own names and shapes.
///
/// Width, layers and bottleneck come from the shapes. `stages` and `hop` leave no trace in them: they come from integer
/// attributes of the root, or are NSynth's 10 and 512.
struct WeightsFile {
    /// Values in all tensors together, at most: 2 GiB. NSynth's encoder has two million.
    static let maximumParameters = 512 << 20

    let architecture: EncoderArchitecture
    private let file: HDF5File

    /// Opens a file and checks every tensor's type and shape.
    ///
    /// - Throws: ``Failure`` of kind `noInput` or `badData`, which names file and tensor.
    init(path: String) throws(Failure) {
        file = try HDF5File(readingFrom: path)
        architecture = try Self.architecture(of: file)
        for tensor in EncoderTensor.all(of: architecture) {
            let shape = try file.shape(of: tensor.name)
            guard shape == tensor.shape else {
                throw Failure(
                    .badData, "cannot use the weights", at: "\(path): \(tensor.name)",
                    why: "its shape is \(shape), where \(tensor.shape) is expected")
            }
        }
    }

    /// The values of one tensor.
    ///
    /// - Throws: ``Failure`` of kind `badData` when they can't be read, or one is not finite.
    func values(of tensor: EncoderTensor) throws(Failure) -> [Float] {
        let values = try file.readFloats(tensor.name, expecting: tensor.shape)
        guard values.allSatisfy(\.isFinite) else { throw Self.notFinite(tensor, in: file.path) }
        return values
    }

    /// All tensors. For files that are known to be good; others go through ``UntrustedParser``.
    func weights() throws(Failure) -> EncoderWeights {
        try EncoderWeights(architecture: architecture) { tensor throws(Failure) in try values(of: tensor) }
    }

    static func notFinite(_ tensor: EncoderTensor, in path: String) -> Failure {
        Failure(
            .badData, "cannot use the weights", at: "\(path): \(tensor.name)",
            why: "a value is infinite or not a number")
    }

    private static func architecture(of file: HDF5File) throws(Failure) -> EncoderArchitecture {
        func cannot(_ why: String) -> Failure { Failure(.badData, "cannot use the weights", at: file.path, why: why) }
        /// The last axis of a tensor whose name no architecture is needed for.
        func channels(_ name: String) throws(Failure) -> Int {
            let shape = try file.shape(of: name)
            guard shape.count == 4, let last = shape.last else {
                throw Failure(
                    .badData, "cannot use the weights", at: "\(file.path): \(name)",
                    why: "its shape is \(shape), where 4 dimensions are expected")
            }
            return last
        }
        let width = try channels("ae_startconv/W")
        // The highest number, not the first gap: a block in the middle that is missing must be missed.
        guard let layers = (1...512).last(where: { file.contains("ae_dilatedconv_\($0)") }) else {
            throw cannot("it has no ae_dilatedconv_1")
        }
        let architecture = EncoderArchitecture(
            width: width, layers: layers,
            stages: try file.integerAttribute("stages") ?? EncoderArchitecture.nsynth.stages,
            bottleneck: try channels("ae_bottleneck/W"),
            hop: try file.integerAttribute("hop") ?? EncoderArchitecture.nsynth.hop)
        if let problem = architecture.problem { throw cannot(problem) }
        guard architecture.parameterCount <= maximumParameters else {
            throw cannot("\(architecture.parameterCount) values are more than the limit of \(maximumParameters)")
        }
        for (name, value) in [
            ("width", architecture.width), ("layers", layers), ("bottleneck", architecture.bottleneck),
        ] {
            guard let stated = try file.integerAttribute(name), stated != value else { continue }
            throw cannot("its attribute \(name) says \(stated), its tensors \(value)")
        }
        return architecture
    }
}

extension EncoderWeights {
    /// Writes an HDF5 file that ``WeightLibrary`` and h5py read: the tensors under the checkpoint's names and shapes,
    /// and the architecture as integer attributes of the root.
    ///
    /// - Parameter attributes: texts for the root, as `source` or `generator`.
    /// - Throws: ``Files/Failure`` of kind `cannotCreate` or `inputOutput`; nothing is left behind then.
    public func write(to output: OutputFile, attributes: [String: String] = [:]) throws {
        try output.write { partial in
            let file = try HDF5File.create(at: partial)
            for tensor in EncoderTensor.all(of: architecture) {
                try file.write(self[tensor.role], shape: tensor.shape, to: tensor.name)
            }
            for (name, value) in [
                ("width", architecture.width), ("layers", architecture.layers), ("stages", architecture.stages),
                ("bottleneck", architecture.bottleneck), ("hop", architecture.hop),
            ] {
                try file.writeAttribute(name, value)
            }
            for (name, text) in attributes.sorted(by: { $0.key < $1.key }) {
                try file.writeAttribute(name, text)
            }
            try file.close()
        }
    }
}
