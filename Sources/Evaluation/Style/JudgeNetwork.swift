// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import Spectrogram

/// A network for judging styles, which no run optimises with: 320 filters of 6 frames (112 ms) over `log(1 + |X|)` of 800 samples every
/// 200 (50 and 12.5 ms), then ReLU, `[frames, 401] -> [frames - 5, 320]`.
///
/// Its weights are random. Statistics of random filters distinguish textures as well as those of trained ones (Ustyuzhaninov,
/// Brendel, Gatys, Bethge: Texture Synthesis Using Shallow Convolutional Networks with Random Filters, 2016), and no
/// system can have been trained or tuned on these. A listener that a run has optimised for flatters it, so neither transform nor layer is that
/// of a loss: the second network of `clean` and its mean spectrum look at 1024 samples every 256 (and 512 filters of 11 frames), energies
/// at 480 every 160, the presets' own networks at 2048 every 512, at 22.05 or 44.1 kHz, through 4096 filters of 11 frames, or stacks
/// of 3; NSynth's sees waveforms. Of eight sizes tried on halves of fifteen sounds of `Benchmarks/sounds`, this one took another
/// sound for nearer than a sound's own other half in 12 of 210 cases by the Gram matrices, and in 13 by the covariances.
enum JudgeNetwork {
    static let transform = ShortTimeFourierTransform(size: 800, hop: 200)
    static let filters = 320
    private static let kernel = 6

    /// The seed is "judge" in ASCII.
    static let network = SpectralNetwork(
        .random(
            .wide(bins: transform.bins, filters: filters, kernel: kernel), .he, hasBias: false,
            seed: 0x6A_7564_6765, threads: 1),
        threads: 1)

    /// Frames of features that are computed at a time.
    private static let stretch = 1_024

    /// Passes the features of a sound to `body`, some frames at a time; none if there are too few frames.
    ///
    /// - Parameter body: called with `[T, 320]`.
    static func features(of samples: [Float], threads: Int, _ body: (RealMatrix) -> Void) {
        guard !samples.isEmpty else { return }
        let workers = Workers(count: threads)
        let spectra = FrameSpectra(transform, of: samples, workers: workers.count)
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
