// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices

/// The tensors of a network on spectrograms.
public struct SpectralWeights: Sendable {
    /// The shapes.
    public let architecture: SpectralArchitecture
    /// For each layer `[kernel, in, out]`, row-major.
    public let kernels: [AlignedBuffer<Float>]
    /// For each layer `[out]`, or nothing.
    public let biases: [[Float]]

    /// Creates weights from tensors of the right sizes.
    public init(_ architecture: SpectralArchitecture, kernels: [AlignedBuffer<Float>], biases: [[Float]]) {
        for (index, layer) in architecture.layers.enumerated() {
            let size = layer.kernel * architecture.inputs(of: index + 1) * layer.filters
            precondition(kernels[index].count == size, "a kernel of another size")
            precondition(biases[index].isEmpty || biases[index].count == layer.filters, "a bias of another size")
        }
        self.architecture = architecture
        self.kernels = kernels
        self.biases = biases
    }

    /// How random weights are drawn. Fan-in and fan-out are kernel times input and output channels; of an input in parts, the channels of
    /// one: in its authors' code, parts are rows of an image.
    public enum Initialisation: String, CaseIterable, Codable, Sendable {
        /// Normal of variance 2 / (fan-in + fan-out) (Glorot and Bengio, Understanding the Difficulty of Training Deep
        /// Feedforward Neural Networks, 2010).
        case glorot
        /// The same, drawn again beyond two deviations.
        case glorotTruncated = "glorot-truncated"
        /// Normal of twice that variance, as in Ulyanov's code.
        case ulyanov
        /// Normal of variance 2 / fan-in (He et al., Delving Deep into Rectifiers, 2015).
        case he
        /// Uniform within 1 / sqrt(fan-in), biases too: PyTorch's default.
        case pytorch
    }

    /// Random weights.
    ///
    /// - Parameters:
    ///   - hasBias: biases are 0, but for ``Initialisation/pytorch``.
    ///   - seed: decides every number, whatever the number of threads.
    public static func random(
        _ architecture: SpectralArchitecture, _ initialisation: Initialisation, hasBias: Bool, seed: UInt64,
        threads: Int
    ) -> SpectralWeights {
        var seeds = SeededGenerator(seed: seed)
        var (kernels, biases): ([AlignedBuffer<Float>], [[Float]]) = ([], [])
        for (index, layer) in architecture.layers.enumerated() {
            let rows = layer.kernel * architecture.inputs(of: index + 1)
            let parts = index == 0 ? architecture.parts : 1
            let (fanIn, fanOut) = (Float(rows / parts), Float(layer.kernel * layer.filters))
            let kernel = AlignedBuffer<Float>(count: rows * layer.filters)
            guard !MemoryLedger.isPlanning else {
                kernels.append(kernel)
                biases.append([])
                continue
            }
            // Each row has a generator of its own, so that rows can be drawn in any order.
            let rowSeeds = (0..<rows + 1).map { _ in seeds.next() }
            Workers(count: threads).run(pieces: rows) { row, _ in
                var generator = SeededGenerator(seed: rowSeeds[row])
                let values = kernel.unsafePointer + row * layer.filters
                for column in 0..<layer.filters {
                    values[column] =
                        switch initialisation {
                        case .glorot: (2 / (fanIn + fanOut)).squareRoot() * generator.normal()
                        case .glorotTruncated: (2 / (fanIn + fanOut)).squareRoot() * generator.normal(within: 2)
                        case .ulyanov: (4 / (fanIn + fanOut)).squareRoot() * generator.normal()
                        case .he: (2 / fanIn).squareRoot() * generator.normal()
                        case .pytorch: generator.uniform() / fanIn.squareRoot()
                        }
                }
            }
            var generator = SeededGenerator(seed: rowSeeds[rows])
            kernels.append(kernel)
            biases.append(
                !hasBias
                    ? []
                    : (0..<layer.filters).map { _ in
                        initialisation == .pytorch ? generator.uniform() / fanIn.squareRoot() : 0
                    })
        }
        return SpectralWeights(architecture, kernels: kernels, biases: biases)
    }
}
