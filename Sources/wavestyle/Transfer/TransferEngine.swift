// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices
import Spectrogram
import Transfer
import WaveEncoder
import WeightLoader

/// What computes: a prepared network, for either backend, or none.
enum TransferEngine {
    case encoder(WaveEncoder, LoadedWeights, TargetCache)
    case spectra(SpectralNetwork, RunRecord.Weights)
    case mosaic(threads: Int)

    /// Loads or draws the weights.
    ///
    /// - Parameter samples: of the content, where one only will come.
    /// - Throws: ``Failure``, also for layers that the weights don't have, and where they don't fit into memory.
    init(_ method: MethodSettings, samples: Int?, threads: Int, _ resources: ResourceOptions) throws {
        guard resources.precision == nil || method.name == .nsynth else {
            throw Failure.unusable(
                "--precision", "it changes nothing with --backend \(method.name.rawValue)", remedy: "leave it out")
        }
        guard let settings = method.optimisation else {
            self = .mosaic(threads: threads)
            return
        }
        switch settings.backend {
        case .nsynth:
            let weights = try WeightLibrary().load(settings.weights)
            let encoder = WaveEncoder(weights.weights, threads: threads, precision: resources.precision ?? .float32)
            _ = try settings.style?.layers.resolved(in: encoder.architecture)
            _ = try settings.content.features?.layers?.resolved(in: encoder.architecture)
            let cache = TargetCache(
                folder: resources.targets,
                network: "\(weights.sha256) \(encoder.precision.rawValue) \(threads) \(KernelLevel.current.rawValue)")
            self = .encoder(encoder, weights, cache)
        case .stft:
            let frames = samples.map(settings.frames)
            let (weights, record) = try Self.spectralWeights(settings, frames: frames, threads: threads, resources)
            let depth = try settings.depth(in: weights.architecture)
            self = .spectra(
                SpectralNetwork(weights, layers: depth, frames: frames, threads: threads), record)
        }
    }

    private static func spectralWeights(
        _ settings: TransferSettings, frames: Int?, threads: Int, _ resources: ResourceOptions
    ) throws -> (SpectralWeights, RunRecord.Weights) {
        func requireMemory(_ architecture: SpectralArchitecture) throws {
            let needed =
                SpectralNetwork.bytes(architecture, layers: try settings.depth(in: architecture), frames: frames)
            guard let limit = try resources.memoryLimit(), needed > limit else { return }
            throw Failure(
                .badData, "cannot run",
                why:
                    "the network takes \(AvailableMemory.text(needed)) of memory, but only \(AvailableMemory.text(limit)) may "
                    + "be used",
                remedy: settings.network.randomNetwork?.wide == nil
                    ? "allow more (--max-memory)"
                    : "allow more (--max-memory), or use fewer --filters or a smaller --kernel")
        }
        if case .file(let path, let edges) = settings.network.spectral?.weights {
            let loaded = try SpectralWeightsFile.load(
                path, bins: settings.inputBins, padding: edges.padding, hasReLU: edges.hasReLU)
            try requireMemory(loaded.weights.architecture)
            return (loaded.weights, RunRecord.Weights(name: path, path: path, sha256: loaded.sha256))
        }
        let architecture = try settings.architecture()
        try requireMemory(architecture)
        let random = settings.network.randomNetwork ?? RandomNetworkSettings()
        let weights = SpectralWeights.random(
            architecture, random.initialisation, hasBias: random.hasBias, seed: settings.seed, threads: threads)
        return (weights, try RunRecord.Weights(settings))
    }

    /// Threads that it computes on.
    var threads: Int {
        switch self {
        case .encoder(let encoder, _, _): encoder.threads
        case .spectra(let network, _): network.threads
        case .mosaic(let threads): threads
        }
    }

    /// For the record; nil of none.
    var weights: RunRecord.Weights? {
        switch self {
        case .encoder(_, let weights, _): RunRecord.Weights(weights)
        case .spectra(_, let weights): weights
        case .mosaic: nil
        }
    }

    /// In few words.
    var description: String {
        (weights.map { "weights \($0.name), " } ?? "")
            + "threads: \(threads), kernels: \(KernelLevel.current.rawValue)"
    }

    /// The backend, within some memory; nil without a network.
    func backend(_ settings: TransferSettings, memoryLimit: Int?, scratchFolder: String) -> TransferBackend? {
        switch self {
        case .encoder(let encoder, _, let cache):
            TransferBackend(encoder, memoryLimit: memoryLimit, scratchFolder: scratchFolder, cache: cache)
        case .spectra(let network, _):
            TransferBackend(
                network, sampleRate: settings.workingRate, memoryLimit: memoryLimit, scratchFolder: scratchFolder)
        case .mosaic: nil
        }
    }
}
