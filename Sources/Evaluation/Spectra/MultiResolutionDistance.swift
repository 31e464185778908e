// SPDX-License-Identifier: Apache-2.0
import Foundation
import Spectrogram

/// The multi-resolution STFT distance of Yamamoto, Song and Kim (Parallel WaveGAN, 2020) with the sizes and the
/// clamp of auraloss's `MultiResolutionSTFTLoss`: spectral convergence plus mean `|log |X| - log |Y||`, mean over
/// three resolutions.
///
/// Frames are those of `torch.stft`: centred on multiples of the hop, the signal extended by reflection.
enum MultiResolutionDistance {
    /// Transforms of 512 to 2048 samples under windows of 15, 37.5 and 75 ms.
    static let resolutions = [
        ShortTimeFourierTransform(size: 1_024, hop: 120, windowLength: 600),
        ShortTimeFourierTransform(size: 2_048, hop: 240, windowLength: 1_200),
        ShortTimeFourierTransform(size: 512, hop: 50, windowLength: 240),
    ]

    /// The floor of power.
    private static let clamp: Float = 1e-8

    /// nil where the reference is silence, or the sounds are too short to be reflected.
    static let between: Comparison.Function = { output, reference in
        guard resolutions.allSatisfy({ $0.size / 2 < reference.samples.count }),
            reference.samples.contains(where: { $0 != 0 })
        else { return nil }
        let distances = resolutions.compactMap { distance(output, reference, by: $0) }
        return distances.reduce(0, +) / Double(distances.count)
    }

    private static func distance(
        _ output: AnalysedSound, _ reference: AnalysedSound, by transform: ShortTimeFourierTransform
    ) -> Double? {
        let frames = PowerSpectra.map(
            output.samples, reference.samples, transform, continuedBy: .reflection, threads: output.threads
        ) { x, y in
            (convergence: SpectralConvergence(x, y, floor: clamp), logDistance: logDistance(x, y))
        }
        let convergence = frames.reduce(SpectralConvergence()) { $0 + $1.convergence }.value
        return convergence.map { $0 + frames.reduce(0) { $0 + $1.logDistance } / Double(frames.count) }
    }

    /// Mean `|log |X| - log |Y||` of a frame's power.
    private static func logDistance(_ x: [Float], _ y: [Float]) -> Double {
        let sum = x.indices.reduce(0.0) { sum, bin in
            sum + abs(log(Double(max(x[bin], clamp)) / Double(max(y[bin], clamp))))
        }
        return sum / 2 / Double(x.count)
    }
}
