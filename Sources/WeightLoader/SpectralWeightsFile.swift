// SPDX-License-Identifier: Apache-2.0
import Files
import HDF5
import Matrices
import Spectrogram

/// An HDF5 file of a network on spectrograms: `conv1/W` `[1, kernel, in, out]` and, where there are biases, `conv1/biases` `[out]`,
/// then `conv2/W`, and so on, all float32.
public struct SpectralWeightsFile {
    /// Layers of the largest network.
    static let maximumLayers = 64
    let kernels: [[Int]]
    let hasBiases: [Bool]
    private let file: HDF5File

    /// Opens a file and checks every tensor's type and shape.
    ///
    /// - Throws: ``Failure`` of kind `noInput` or `badData`, which names file and tensor.
    init(path: String) throws(Failure) {
        file = try HDF5File(readingFrom: path)
        func cannot(_ place: String, _ why: String) -> Failure {
            Failure(.badData, "cannot use the weights", at: "\(path)\(place.isEmpty ? "" : ": \(place)")", why: why)
        }
        // The highest number, not the first gap, so that a missing layer in the middle is reported.
        guard let count = (1...Self.maximumLayers).last(where: { [file] in file.contains("conv\($0)") }) else {
            throw cannot("", "it has no conv1/W")
        }
        var (kernels, hasBiases): ([[Int]], [Bool]) = ([], [])
        for number in 1...count {
            let name = "conv\(number)/W"
            let shape = try file.shape(of: name)
            guard shape.count == 4, shape[0] == 1, shape.allSatisfy({ $0 >= 1 }) else {
                throw cannot(name, "its shape is \(shape), where [1, kernel, in, out] is expected")
            }
            if let last = kernels.last, last[3] != shape[2] {
                throw cannot(name, "it takes \(shape[2]) channels, and the layer before has \(last[3])")
            }
            kernels.append(shape)
            let bias = "conv\(number)/biases"
            hasBiases.append(file.contains(bias))
            if hasBiases[number - 1] {
                let shape = try file.shape(of: bias)
                guard shape == [kernels[number - 1][3]] else {
                    throw cannot(bias, "its shape is \(shape), where [\(kernels[number - 1][3])] is expected")
                }
            }
        }
        let values = kernels.reduce(0.0) { $0 + $1.reduce(1.0) { $0 * Double($1) } }
        guard values <= Double(WeightsFile.maximumParameters) else {
            throw cannot("", "\(Int(values)) values are more than the limit of \(WeightsFile.maximumParameters)")
        }
        try WeightsFile.requireWeight(of: Int(values), in: file)
        let expected = Set((1...count).flatMap { ["conv\($0)/W", "conv\($0)/biases"] })
        if let other = try file.datasetPaths().first(where: { $0.hasPrefix("conv") && !expected.contains($0) }) {
            throw cannot(other, "a network has conv1/W, conv1/biases, conv2/W, ... up to \(Self.maximumLayers)")
        }
        self.kernels = kernels
        self.hasBiases = hasBiases
    }

    /// A tensor's values: the kernel's, or the biases'.
    ///
    /// - Throws: ``Failure`` of kind `badData` when they can't be read, or one is not finite.
    func values(layer: Int, bias: Bool) throws(Failure) -> [Float] {
        let name = "conv\(layer)/\(bias ? "biases" : "W")"
        let values = try file.readFloats(name, expecting: bias ? [kernels[layer - 1][3]] : kernels[layer - 1])
        guard values.allSatisfy(\.isFinite) else {
            throw Failure(
                .badData, "cannot use the weights", at: "\(file.path): \(name)",
                why: "a value is infinite or not a number")
        }
        return values
    }

    /// A tensor in a file.
    public struct Tensor: Sendable {
        /// `conv1/W`.
        public var name: String
        public var shape: [Int]
        /// Row-major.
        public var values: [Float]
    }

    /// All tensors of a file, read in a process of its own.
    ///
    /// - Throws: ``Failure`` of kind `noInput` or `badData`.
    public static func tensors(
        of path: String, parser: UntrustedParser = UntrustedParser()
    ) throws(Failure) -> [Tensor] {
        try parser.parseSpectral(path).enumerated().flatMap { index, layer in
            [Tensor(name: "conv\(index + 1)/W", shape: layer.shape, values: layer.kernel)]
                + (layer.biases.isEmpty
                    ? []
                    : [Tensor(name: "conv\(index + 1)/biases", shape: [layer.biases.count], values: layer.biases)])
        }
    }

    /// Loads a file, whose shapes and values a process of its own has read.
    ///
    /// - Parameters:
    ///   - bins: channels that the first layer must take.
    ///   - padding: of every layer.
    ///   - hasReLU: whether a ReLU follows each layer.
    /// - Returns: the weights, and the file's SHA-256.
    /// - Throws: ``Failure`` of kind `noInput` or `badData`.
    public static func load(
        _ path: String, bins: Int, padding: SpectralArchitecture.Padding, hasReLU: Bool,
        parser: UntrustedParser = UntrustedParser()
    ) throws(Failure) -> (weights: SpectralWeights, sha256: String) {
        let sha256 = try Checksum(ofFile: path).description
        let tensors = try parser.parseSpectral(path)
        let layers = tensors.map { tensor in
            SpectralArchitecture.Layer(
                filters: tensor.shape[3], kernel: tensor.shape[1], padding: padding, hasReLU: hasReLU)
        }
        guard let first = tensors.first, first.shape[2] == bins else {
            throw Failure(
                .badData, "cannot use the weights", at: "\(path): conv1/W",
                why: "it takes \(tensors.first?.shape[2] ?? 0) channels, and a spectrum has \(bins)",
                remedy: tensors.first.flatMap { $0.shape[2] < 9 ? nil : "set --n-fft to \(2 * ($0.shape[2] - 1))" })
        }
        let weights = SpectralWeights(
            SpectralArchitecture(bins: bins, layers: layers), kernels: tensors.map { AlignedBuffer($0.kernel) },
            biases: tensors.map(\.biases))
        return (weights, sha256)
    }
}

/// One layer's tensors.
struct SpectralTensors {
    /// `[1, kernel, in, out]`.
    var shape: [Int]
    var kernel: [Float]
    /// `[out]`, or nothing.
    var biases: [Float]
}
