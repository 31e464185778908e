// SPDX-License-Identifier: Apache-2.0
internal import CEBUR128
import Foundation

/// Integrated loudness by ITU-R BS.1770 in LUFS (1 LU is 1 dB), computed by libebur128.
public enum Loudness {
    /// EBU R 128's programme loudness, in LUFS.
    public static let target = -23.0

    /// How loud a sound is, in LUFS; nil for silence.
    ///
    /// A sound that is shorter than BS.1770's blocks of 400 ms, or nowhere above its gate of -70 LUFS, has no integrated
    /// loudness. It is taken as the formula without weighting and gates: `-0.691 + 10 log10(mean x^2)`.
    ///
    /// - Parameters:
    ///   - samples: mono `[T]`, full scale is 1.
    ///   - sampleRate: in hertz.
    public static func of(_ samples: [Float], sampleRate: Int) -> Double? {
        ungated(samples).map { gated(samples, sampleRate: sampleRate) ?? $0 }
    }

    /// The sound at another loudness; silence stays as it is. Nothing is limited: peaks may exceed full scale.
    ///
    /// Loudness is measured near the target, where the gate, which is absolute, cuts the same of a sound however loud it came.
    public static func matched(_ samples: [Float], sampleRate: Int, to target: Double = target) -> [Float] {
        guard let rough = ungated(samples) else { return samples }
        let near = scaled(samples, decibels: target - rough)
        let rest = target - (gated(near, sampleRate: sampleRate) ?? target)
        return scaled(samples, decibels: target - rough + rest)
    }

    private static func scaled(_ samples: [Float], decibels: Double) -> [Float] {
        let gain = pow(10, decibels / 20)
        return samples.map { Float(Double($0) * gain) }
    }

    /// By the mean square alone; nil for silence.
    private static func ungated(_ samples: [Float]) -> Double? {
        let energy = samples.reduce(0) { $0 + Double($1) * Double($1) }
        let loudness = -0.691 + 10 * log10(energy / Double(samples.count))
        return loudness.isFinite ? loudness : nil
    }

    /// nil where no block passes the gate, and at rates beyond the library's 16 Hz to 2.8 MHz.
    private static func gated(_ samples: [Float], sampleRate: Int) -> Double? {
        var state = ebur128_init(1, UInt(sampleRate), Int32(EBUR128_MODE_I.rawValue))
        guard let context = state else { return nil }
        defer { ebur128_destroy(&state) }
        let success = Int32(EBUR128_SUCCESS.rawValue)
        var loudness = 0.0
        guard ebur128_add_frames_float(context, samples, samples.count) == success,
            ebur128_loudness_global(context, &loudness) == success, loudness.isFinite
        else { return nil }
        return loudness
    }
}
