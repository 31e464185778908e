// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import Spectrogram

/// A network for judging styles, which no run optimises under: 256 filters of 5 frames (128 ms) over `log(1 + |X|)`, then ReLU,
/// `[frames, 513] -> [frames - 4, 256]`.
///
/// Its weights are random. Statistics of random filters tell textures apart as well as those of trained ones (Ustyuzhaninov,
/// Brendel, Gatys, Bethge: Texture Synthesis Using Shallow Convolutional Networks with Random Filters, 2016), and no
/// system can have been trained or tuned on these. The presets' networks see other spectra (2048 samples, hop 512, at 22.05 or
/// 44.1 kHz) through other filters (4096 of 11 frames, or stacks of 3) of other seeds; NSynth's sees waveforms.
enum JudgeNetwork {
    static let filters = 256
    private static let kernel = 5

    /// The seed is "judge" in ASCII.
    private static let network = SpectralNetwork(
        .random(
            .wide(bins: PowerSpectrogram.transform.bins, filters: filters, kernel: kernel), .he, hasBias: false,
            seed: 0x6A_7564_6765, threads: 1),
        threads: 1)

    /// What leaves the network; nil where there are too few frames.
    ///
    /// - Parameter power: `[frames, 513]`.
    static func features(of power: FeatureMap) -> RealMatrix? {
        guard power.rows >= kernel else { return nil }
        let spectra = FeatureMap(rows: power.rows, columns: power.columns)
        let (from, to) = (power.pointer(row: 0), spectra.pointer(row: 0))
        for index in 0..<power.rows * power.columns { to[index] = log1p(from[index].squareRoot()) }
        return network.activations(of: spectra, at: [.layer(1)])[.layer(1)].map(RealMatrix.init)
    }
}
