// SPDX-License-Identifier: Apache-2.0
import Matrices

/// A network on spectrograms, prepared for forward and backward passes.
public final class SpectralNetwork: Sendable {
    /// The shapes.
    public let architecture: SpectralArchitecture
    /// Number of threads of a session.
    public let threads: Int
    let forward: [TimeConvolution]
    let backward: [TimeConvolution]
    let biases: [AlignedBuffer<Float>?]

    /// Packs the weights for the products.
    ///
    /// - Parameters:
    ///   - layers: how many are prepared, from the first; nil for all.
    ///   - frames: of the spectrograms that take most of the time, if known. Others are possible, and slower.
    public init(
        _ weights: SpectralWeights, layers: Int? = nil, frames: Int? = nil, threads: Int,
        kernels: KernelLevel = .current
    ) {
        Product.useCallingThreadOnly()
        architecture = weights.architecture
        self.threads = threads
        let architecture = weights.architecture
        func convolutions(_ direction: TimeConvolution.Direction) -> [TimeConvolution] {
            architecture.layers.prefix(layers ?? architecture.layers.count).enumerated().map { index, layer in
                TimeConvolution(
                    weights.kernels[index], taps: layer.kernel, layerInputs: architecture.inputs(of: index + 1),
                    layerOutputs: layer.filters, direction,
                    form: Self.form(of: index + 1, in: architecture, frames: frames), threads: threads, kernels: kernels
                )
            }
        }
        forward = convolutions(.forward)
        backward = convolutions(.gradient)
        biases = weights.biases.map { $0.isEmpty ? nil : AlignedBuffer($0) }
    }

    /// Number of prepared layers.
    public var depth: Int { forward.count }

    private static func form(
        of layer: Int, in architecture: SpectralArchitecture, frames: Int?
    ) -> Winograd {
        TimeConvolution.form(rows: frames.map { architecture.rows(of: layer, frames: $0) })
    }

    /// Bytes of a network of random weights, the weights among them, for so many frames.
    ///
    /// - Parameter layers: that many from the first are made ready.
    public static func bytes(_ architecture: SpectralArchitecture, layers: Int, frames: Int? = nil) -> Int {
        MemoryLedger.planning {
            let weights = SpectralWeights.random(architecture, .he, hasBias: false, seed: 0, threads: 1)
            let network = SpectralNetwork(weights, layers: layers, frames: frames, threads: 1)
            withExtendedLifetime((weights, network)) {}
        }.1.peak
    }

    /// The whole maps at some layer points.
    public func activations(of x: FeatureMap, at points: Set<SpectralLayerPoint>) -> [SpectralLayerPoint: FeatureMap] {
        let recorders = Dictionary(uniqueKeysWithValues: points.map { ($0, FeatureRecorder()) })
        SpectralSession(self, frames: x.rows, points: points, rowsAtOnce: nil, gradient: false).read(
            x.values, visitors: recorders.mapValues { [$0] })
        return recorders.mapValues(\.map)
    }
}
