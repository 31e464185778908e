// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import Spectrogram

/// The multi-resolution STFT distance of Yamamoto, Song and Kim (Parallel WaveGAN, 2020) with the sizes and the
/// clamp of auraloss's `MultiResolutionSTFTLoss`: spectral convergence plus mean `|log |X| - log |Y||`, mean over
/// three resolutions.
///
/// Frames are those of `torch.stft`: centred on multiples of the hop, the signal continued by reflection.
enum MultiResolutionDistance {
    /// Transforms of 512 to 2048 samples under windows of 15, 37.5 and 75 ms.
    static let resolutions = [
        ShortTimeFourierTransform(size: 1_024, hop: 120, windowLength: 600),
        ShortTimeFourierTransform(size: 2_048, hop: 240, windowLength: 1_200),
        ShortTimeFourierTransform(size: 512, hop: 50, windowLength: 240),
    ]

    /// Power is raised to it.
    private static let clamp: Float = 1e-8

    /// nil where the reference is silence, or the sounds are too short to be reflected.
    static let between: Comparison.Function = { output, reference in
        guard let outputs = output.resolutions, let references = reference.resolutions,
            reference.samples.contains(where: { $0 != 0 })
        else { return nil }
        let distances = zip(outputs, references).compactMap { x, y in
            SpectralDistances.convergence(x, y, floor: clamp).map { $0 + logDistance(x, y) }
        }
        return distances.reduce(0, +) / Double(distances.count)
    }

    /// Mean `|log |X| - log |Y||` of powers.
    private static func logDistance(_ x: FeatureMap, _ y: FeatureMap) -> Double {
        var sum = 0.0
        for frame in 0..<x.rows {
            let (a, b) = (x.pointer(row: frame), y.pointer(row: frame))
            for bin in 0..<x.columns { sum += abs(log(Double(max(a[bin], clamp)) / Double(max(b[bin], clamp)))) }
        }
        return sum / 2 / Double(x.rows * x.columns)
    }

    /// Power `[frames, bins]` at each resolution; nil where half a transform is not shorter than the sound.
    static func spectrograms(of samples: [Float], threads: Int) -> [FeatureMap]? {
        guard resolutions.allSatisfy({ $0.size / 2 < samples.count }) else { return nil }
        return resolutions.map { transform in
            let (margin, hop) = (transform.size / 2, transform.hop)
            // Zeros before the reflection bring the first sample to a multiple of the hop.
            let skipped = (margin + hop - 1) / hop
            let zeros = [Float](repeating: 0, count: skipped * hop - margin)
            let before = samples[1...margin].reversed()
            let after = samples[(samples.count - 1 - margin)..<(samples.count - 1)].reversed()
            let whole = PowerSpectrogram.of(zeros + before + samples + after, transform, threads: threads)
            let map = FeatureMap(rows: 1 + samples.count / hop, columns: transform.bins)
            map.pointer(row: 0).update(from: whole.pointer(row: skipped), count: map.rows * map.columns)
            return map
        }
    }
}
