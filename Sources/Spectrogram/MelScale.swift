// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The mel scale of Slaney's Auditory Toolbox (1998), librosa's default: linear up to 1 kHz, 3 mel for 200 Hz; beyond it 27
/// mel for each factor of 6.4.
public enum MelScale {
    /// - Parameter hertz: at least 0.
    public static func mel(hertz: Double) -> Double {
        hertz < 1_000 ? 3 * hertz / 200 : 15 + log(hertz / 1_000) / step
    }

    /// The inverse of ``mel(hertz:)``.
    public static func hertz(mel: Double) -> Double {
        mel < 15 ? 200 * mel / 3 : 1_000 * exp((mel - 15) * step)
    }

    /// The logarithm of a mel's factor above 1 kHz.
    private static let step = log(6.4) / 27
}
