// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import Spectrogram

/// A network for judging styles, which no run optimises with: 256 filters of 5 frames (128 ms) over `log(1 + |X|)`, then ReLU,
/// `[frames, 513] -> [frames - 4, 256]`.
///
/// Its weights are random. Statistics of random filters distinguish textures as well as those of trained ones (Ustyuzhaninov,
/// Brendel, Gatys, Bethge: Texture Synthesis Using Shallow Convolutional Networks with Random Filters, 2016), and no
/// system can have been trained or tuned on these. The presets' networks see other spectra (2048 samples, hop 512, at 22.05 or
/// 44.1 kHz) through other filters (4096 of 11 frames, or stacks of 3) of other seeds; NSynth's sees waveforms.
enum JudgeNetwork {
    static let filters = 256
    private static let kernel = 5

    /// The seed is "judge" in ASCII.
    static let network = SpectralNetwork(
        .random(
            .wide(bins: PowerSpectra.transform.bins, filters: filters, kernel: kernel), .he, hasBias: false,
            seed: 0x6A_7564_6765, threads: 1),
        threads: 1)

    /// Frames of features that are computed at a time.
    private static let stretch = 1_024

    /// Passes the features of a sound to `body`, some frames at a time; none if there are too few frames.
    ///
    /// - Parameter body: called with `[T, 256]`.
    static func features(of samples: [Float], threads: Int, _ body: (RealMatrix) -> Void) {
        guard !samples.isEmpty else { return }
        let workers = Workers(count: threads)
        let spectra = FrameSpectra(PowerSpectra.transform, of: samples, workers: workers.count)
        for first in stride(from: 0, to: spectra.frames - kernel + 1, by: stretch) {
            let x = FeatureMap(
                rows: min(stretch + kernel - 1, spectra.frames - first), columns: spectra.transform.bins)
            workers.run(pieces: x.rows) { row, worker in
                let (power, values) = (spectra.power(first + row, worker: worker), x.unsafePointer(row: row))
                for (bin, value) in power.enumerated() { values[bin] = log1p(value.squareRoot()) }
            }
            if let features = network.activations(of: x, at: [.layer(1)])[.layer(1)] { body(RealMatrix(features)) }
        }
    }
}
