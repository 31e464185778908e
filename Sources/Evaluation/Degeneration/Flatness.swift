// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Spectral flatness: the geometric over the arithmetic mean of a frame's power (Dubnov: Generalization of Spectral Flatness
/// Measure for Non-Gaussian Linear Processes, 2004), mean over frames; near 0 for a tone, some 0.56 for white noise, 1 for
/// clicks.
///
/// Each frame's is that of `librosa.feature.spectral_flatness`, which raises power to 1e-10. A frame that lies nowhere above
/// that is silence, and left out: librosa's 1 would call it noise.
enum Flatness {
    private static let floor: Float = 1e-10

    /// nil for silence.
    @Sendable static func of(_ sound: AnalysedSound) -> Double? {
        let power = sound.power
        let frames = (0..<power.rows).compactMap { frame -> Double? in
            let row = power.pointer(row: frame)
            var (sum, logarithms, isAudible) = (0.0, 0.0, false)
            for bin in 0..<power.columns {
                let value = Double(max(row[bin], Self.floor))
                sum += value
                logarithms += log(value)
                isAudible = isAudible || row[bin] > Self.floor
            }
            let count = Double(power.columns)
            return isAudible ? exp(logarithms / count) / (sum / count) : nil
        }
        return frames.isEmpty ? nil : frames.reduce(0, +) / Double(frames.count)
    }
}
