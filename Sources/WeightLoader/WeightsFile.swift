// SPDX-License-Identifier: Apache-2.0
import Files
import HDF5
import WaveEncoder

/// An HDF5 file of encoder weights: one float32 dataset for each tensor, under the checkpoint's own names and shapes.
///
/// Width, layers and bottleneck come from the shapes, `stages` and `hop` from integer attributes of the root, or they are
/// NSynth's 10 and 512.
struct WeightsFile {
    /// The most values in all tensors together: 2 GiB. NSynth's encoder has two million.
    static let maximumParameters = 512 << 20

    /// The largest ratio of the values' size to the file's.
    static let maximumInflation = 64
    /// String attributes of the root that are passed on.
    static let attributeNames = ["source", "variables", "source_sha256", "generator", "seed"]
    /// The most bytes of such an attribute.
    static let maximumAttribute = 4 << 10

    let architecture: EncoderArchitecture
    /// The weights' origin by the file: ``attributeNames``, as far as it has them.
    let attributes: [String: String]
    private let file: HDF5File

    /// Opens a file and checks every tensor's type and shape.
    ///
    /// - Throws: ``Failure`` of kind `noInput` or `badData`, which names file and tensor.
    init(path: String) throws(Failure) {
        let file = try HDF5File(readingFrom: path)
        architecture = try file.architecture(
            stages: file.integerAttribute("stages"), hop: file.integerAttribute("hop"))
        try Self.requireWeight(of: architecture.parameterCount, in: file)
        for (name, value) in [
            ("width", architecture.width), ("layers", architecture.layers), ("bottleneck", architecture.bottleneck),
        ] {
            guard let stated = try file.integerAttribute(name), stated != value else { continue }
            throw Failure(
                .badData, "cannot use the weights", at: path,
                why: "its attribute \(name) says \(stated), its tensors \(value)")
        }
        // Attributes of these names in files by other programs may be anything: nothing depends on them.
        attributes = Self.attributeNames.reduce(into: [:]) { attributes, name in
            guard let text = try? file.stringAttribute(name), text.utf8.count <= Self.maximumAttribute else { return }
            attributes[name] = text
        }
        self.file = file
    }

    /// The values of one tensor.
    ///
    /// - Throws: ``Failure`` of kind `badData` when they can't be read, or one is not finite.
    func values(of tensor: EncoderTensor) throws(Failure) -> [Float] {
        try file.values(of: tensor)
    }

    /// Weights hardly compress, and a file may not need much more memory than disk space.
    ///
    /// - Throws: ``Failure`` of kind `badData` when the file is too small for this many values.
    static func requireWeight(of parameters: Int, in file: HDF5File) throws(Failure) {
        let bytes = parameters * MemoryLayout<Float>.size
        guard bytes <= maximumInflation * file.byteCount else {
            throw Failure(
                .badData, "cannot use the weights", at: file.path,
                why: "its shapes claim \(bytes) bytes, and the file has \(file.byteCount)")
        }
    }

    /// All tensors. For trusted files; others go through ``UntrustedParser``.
    func weights() throws(Failure) -> EncoderWeights {
        try EncoderWeights(architecture: architecture) { tensor throws(Failure) in try values(of: tensor) }
    }
}

extension HDF5File: TensorCatalogue {
    var name: String { path }

    func floats(_ name: String, expecting shape: [Int]) throws(Failure) -> [Float] {
        try readFloats(name, expecting: shape)
    }
}

extension EncoderWeights {
    /// Writes an HDF5 file that ``WeightLibrary`` and h5py read: the tensors under the checkpoint's names and shapes,
    /// and the architecture as integer attributes of the root.
    ///
    /// - Parameter attributes: texts for the root. `source`, `variables`, `source_sha256`, `generator` and `seed` are read again.
    /// - Throws: ``Files/Failure`` of kind `cannotCreate` or `inputOutput`; then there is no partial file.
    public func write(to output: OutputFile, attributes: [String: String] = [:]) throws {
        try output.write { partial in try write(toHDF5: partial, attributes: attributes) }
    }

    /// The same at the path of a partial file.
    func write(toHDF5 path: String, attributes: [String: String]) throws {
        let file = try HDF5File.create(at: path)
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
