// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Spectral flatness: the geometric over the arithmetic mean of a frame's power (Dubnov: Generalization of Spectral Flatness
/// Measure for Non-Gaussian Linear Processes, 2004), averaged over frames; near 0 for a tone, some 0.56 for white noise, 1 for
/// clicks.
///
/// For each frame it is that of `librosa.feature.spectral_flatness`, which raises power to 1e-10. A frame that is nowhere above
/// that is silent, and left out: librosa's 1 would count it as noise.
enum Flatness {
    private static let floor: Float = 1e-10

    /// nil for silence.
    static func of(_ sound: AnalysedSound) -> Double? {
        let frames = PowerSpectra.map(sound.samples, threads: sound.threads) { ofFrame($0) }.compactMap(\.self)
        return frames.isEmpty ? nil : frames.reduce(0, +) / Double(frames.count)
    }

    /// nil if a frame is nowhere above the floor.
    private static func ofFrame(_ power: [Float]) -> Double? {
        guard power.contains(where: { $0 > floor }) else { return nil }
        var (sum, logarithms) = (0.0, 0.0)
        for value in power {
            let raised = Double(max(value, floor))
            sum += raised
            logarithms += log(raised)
        }
        let count = Double(power.count)
        return exp(logarithms / count) / (sum / count)
    }
}
