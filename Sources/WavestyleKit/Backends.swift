// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices
import Spectrogram
import Transfer
import WaveEncoder
import WeightLoader

extension TransferSettings {
    /// The network that they ask for, made ready, in three quarters of the memory that is free.
    ///
    /// - Parameter samples: of the content, at the network's rate.
    /// - Throws: `Failure` for weights that are not found or don't fit.
    func backend(samples: Int, threads: Int) throws(Failure) -> any TransferBackend {
        let limit = AvailableMemory.bytes.map { $0 / 4 * 3 }
        switch backend {
        case .nsynth:
            let loaded = try WeightLibrary().load(weights)
            return WaveEncoderBackend(WaveEncoder(loaded.weights, threads: threads), memoryLimit: limit)
        case .stft:
            let weights = try spectralWeights(threads: threads)
            let depth = try depth(in: weights.architecture)
            let network = SpectralNetwork(weights, layers: depth, frames: frames(samples: samples), threads: threads)
            return SpectrogramBackend(network, sampleRate: sampleRate, memoryLimit: limit)
        }
    }

    private func spectralWeights(threads: Int) throws(Failure) -> SpectralWeights {
        guard let path = weights else {
            return SpectralWeights.random(
                try architecture(), initialisation, hasBias: hasBias, seed: seed, threads: threads)
        }
        let bins = fftSize / 2 + 1
        return try SpectralWeightsFile.load(path, bins: bins, padding: padding, hasReLU: hasReLU).weights
    }
}
