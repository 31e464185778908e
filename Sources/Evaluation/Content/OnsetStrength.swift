// SPDX-License-Identifier: Apache-2.0
import Matrices
import Foundation

/// Onset strength (Böck and Widmer: Maximum Filter Vibrato Suppression for Onset Detection, 2013) as librosa computes it by
/// default (`librosa.onset.onset_strength`): the mean over bands of the rise in decibels from one frame to the next.
enum OnsetStrength {
    /// Half a transform, in hops: librosa moves onsets by so many frames to where the attack is heard.
    private static let delay = PowerSpectra.transform.size / (2 * PowerSpectra.transform.hop)

    /// - Parameter mel: power `[frames, bands]`.
    /// - Returns: `[frames]`; the first `delay + 1` are 0.
    static func of(_ mel: RealMatrix) -> [Double] {
        let decibels = mel.mapValues { 10 * log10(max($0, 1e-10)) }
        let floor = (decibels.values.max() ?? 0) - 80
        let rises = (1..<max(mel.rows, 1)).map { frame in
            let sum = (0..<mel.columns).reduce(0.0) { sum, band in
                sum + max(max(decibels[frame, band], floor) - max(decibels[frame - 1, band], floor), 0)
            }
            return sum / Double(mel.columns)
        }
        return Array(([Double](repeating: 0, count: delay + 1) + rises).prefix(mel.rows))
    }
}
