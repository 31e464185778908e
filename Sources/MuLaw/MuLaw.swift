// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Mu-law companding to 256 codes (ITU-T G.711's curve with mu = 255, as in Magenta's `nsynth/utils.py`).
///
/// Audio in [-1, 1] is companded to `y` in [-1, 1], quantised to a code `q` in -128...127, and fed to the network as
/// `q / 128`. The optimiser moves that last number, a real in 'companded units', which is expanded as the real code `128 x`.
public enum MuLaw {
    /// Values above this overflow the last code: 127 / 128.
    public static let maximum: Float = 127.0 / 128
    /// The lowest code's value.
    public static let minimum: Float = -1

    /// `y = sgn(x) ln(1 + 255 |x|) / ln 256`. Computed in float64: near a code's edge a float32 logarithm would give the
    /// other code.
    public static func compand(_ x: Float) -> Double {
        let magnitude = log1p(255 * abs(Double(x))) / log(256)
        return x < 0 ? -magnitude : magnitude
    }

    /// The code of a sample: `q = floor(128 y)`, saturated to -128...127.
    ///
    /// Magenta's own formula gives 128 at x = 1, one past int8. Samples outside [-1, 1] saturate too; NaN gives 0.
    public static func code(of x: Float) -> Int8 {
        let level = (128 * compand(x)).rounded(.down)
        return level.isNaN ? 0 : Int8(min(max(level, -128), 127))
    }

    /// The network's input for a sample: its code in companded units, `q / 128`.
    public static func companded(_ x: Float) -> Float {
        Float(code(of: x)) / 128
    }

    /// The sample of a code: see ``expand(_:)``.
    public static func expand(code: Int8) -> Float {
        expand(Float(code) / 128)
    }

    /// Expands companded units to a sample: with `q = 128 x` and `v = (q + 0.5) / 128`, `sgn(v) (256^|v| - 1) / 255`, and
    /// exactly 0 where `q = 0`.
    ///
    /// The half step is there because `floor` puts a code's value at the lower edge of its bin; so the codes next to 0
    /// are not symmetric (-8.6e-5 and 2.6e-4). Every code survives the round trip.
    public static func expand(_ x: Float) -> Float {
        guard x != 0 else { return 0 }
        let v = Double(x) + 0.5 / 128
        let magnitude = expm1(abs(v) * log(256)) / 255
        return Float(v < 0 ? -magnitude : magnitude)
    }

    /// The nearest code's value in companded units: 8-bit output.
    public static func rounded(_ x: Float) -> Float {
        min(max((128 * x).rounded(), -128), 127) / 128
    }

    /// ``companded(_:)`` of a whole buffer.
    public static func companded(_ samples: [Float]) -> [Float] {
        samples.map { companded($0) }
    }

    /// ``expand(_:)`` of a whole buffer of companded units.
    public static func expand(_ x: [Float]) -> [Float] {
        x.map { expand($0) }
    }

    /// ``compand(_:)`` of a whole buffer, without codes: continuous, and not bounded where samples are not.
    public static func compressed(_ samples: [Float]) -> [Float] {
        samples.map { Float(compand($0)) }
    }

    /// The derivative of ``compand(_:)``: `255 / (ln 256 (1 + 255 |x|))`.
    public static func compressionSlope(at x: Float) -> Float {
        255 / (Float(M_LN2) * 8 * (1 + 255 * abs(x)))
    }

    /// The derivative of ``expand(_:)-(Float)``: `ln 256 / 255 256^|v|`.
    public static func expansionSlope(at x: Float) -> Float {
        let v = Double(x) + 0.5 / 128
        return Float(exp(abs(v) * log(256)) * log(256) / 255)
    }
}
