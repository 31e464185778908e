// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices
import Spectrogram
import Transfer
import WaveEncoder
import WeightLoader

extension TransferSettings {
    /// The prepared network for these settings, within three quarters of the free memory.
    ///
    /// - Parameter samples: of the content, at the network's rate.
    /// - Throws: `Failure` for weights that are not found or don't fit.
    func backend(samples: Int, threads: Int) throws(Failure) -> TransferBackend {
        let limit = AvailableMemory.bytes.map { $0 / 4 * 3 }
        switch backend {
        case .nsynth:
            let loaded = try WeightLibrary().load(weights)
            return TransferBackend(WaveEncoder(loaded.weights, threads: threads), memoryLimit: limit)
        case .stft:
            let weights = try spectralWeights(threads: threads)
            let depth = try depth(in: weights.architecture)
            let network = SpectralNetwork(weights, layers: depth, frames: frames(samples: samples), threads: threads)
            return TransferBackend(network, sampleRate: workingRate, memoryLimit: limit)
        }
    }

    private func spectralWeights(threads: Int) throws(Failure) -> SpectralWeights {
        if case .file(let path, let edges) = network.spectral?.weights {
            return try SpectralWeightsFile.load(
                path, bins: inputBins, padding: edges.padding, hasReLU: edges.hasReLU
            ).weights
        }
        let random = network.randomNetwork ?? RandomNetworkSettings()
        return SpectralWeights.random(
            try architecture(), random.initialisation, hasBias: random.hasBias, seed: seed, threads: threads)
    }
}
