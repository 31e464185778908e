// SPDX-License-Identifier: Apache-2.0
internal import CEBUR128
import Foundation

/// Integrated loudness by ITU-R BS.1770 in LUFS (1 LU is 1 dB), computed by libebur128.
public enum Loudness {
    /// EBU R 128's programme loudness, in LUFS.
    public static let target = -23.0

    /// How loud a sound is, in LUFS; nil for silence. BS.1770 sums the channels' energies, and derives their positions from their
    /// number: 1, 2, 3 (L R C), 4 (L R Ls Rs), 5 (L R C Ls Rs) and 6 (with LFE, which does not count, before Ls).
    ///
    /// A sound that is shorter than BS.1770's blocks of 400 ms, or nowhere above its gate of -70 LUFS, has no integrated
    /// loudness. The formula without weighting and gates is used instead: `-0.691 + 10 log10(sum_c mean x_c^2)`.
    ///
    /// - Parameters:
    ///   - channels: `[C][T]`, equally long, full scale is 1.
    ///   - sampleRate: in hertz.
    public static func of(channels: [[Float]], sampleRate: Int) -> Double? {
        ungated(channels).map { gated(channels, sampleRate: sampleRate, gain: 1) ?? $0 }
    }

    /// The same for one channel.
    public static func of(_ samples: [Float], sampleRate: Int) -> Double? {
        of(channels: [samples], sampleRate: sampleRate)
    }

    /// Integrated loudness in BS.1770's own sense, without the substitute of ``of(channels:sampleRate:)``: nil for a sound that is
    /// shorter than a block of 400 ms or nowhere above the gate.
    public static func integrated(channels: [[Float]], sampleRate: Int) -> Double? {
        gated(channels, sampleRate: sampleRate, gain: 1)
    }

    /// The factor that gives a sound another loudness, one for all channels; nil for silence. Nothing is
    /// clipped: peaks may exceed full scale.
    ///
    /// Loudness is measured near the target, where the absolute gate removes the same parts of a sound however loud it was.
    ///
    /// - Parameters:
    ///   - channels: as for ``of(channels:sampleRate:)``.
    ///   - sampleRate: in hertz.
    ///   - target: in LUFS.
    /// - Returns: at most float32's largest number.
    public static func gain(of channels: [[Float]], sampleRate: Int, to target: Double = target) -> Float? {
        guard let rough = ungated(channels) else { return nil }
        let near = pow(10, (target - rough) / 20)
        let rest = target - (gated(channels, sampleRate: sampleRate, gain: near) ?? target)
        return Float(min(near * pow(10, rest / 20), Double(Float.greatestFiniteMagnitude)))
    }

    /// One channel at another loudness; silence stays as it is.
    public static func matched(_ samples: [Float], sampleRate: Int, to target: Double = target) -> [Float] {
        guard let gain = gain(of: [samples], sampleRate: sampleRate, to: target) else { return samples }
        return samples.map { gain * $0 }
    }

    /// From the mean squares alone; nil for silence.
    private static func ungated(_ channels: [[Float]]) -> Double? {
        let energy = channels.joined().reduce(0) { $0 + Double($1) * Double($1) }
        let loudness = -0.691 + 10 * log10(energy / Double(channels.first?.count ?? 0))
        return loudness.isFinite ? loudness : nil
    }

    /// Frames that are passed to the library at a time.
    private static let stretch = 65_536

    /// nil where no block passes the gate, for more than 64 channels, and at rates beyond the library's 16 Hz to 2.8 MHz.
    private static func gated(_ channels: [[Float]], sampleRate: Int, gain: Double) -> Double? {
        let count = channels[0].count
        precondition(channels.allSatisfy { $0.count == count }, "channels of different lengths")
        var state = ebur128_init(UInt32(channels.count), UInt(sampleRate), Int32(EBUR128_MODE_I.rawValue))
        guard let context = state else { return nil }
        defer { ebur128_destroy(&state) }
        let success = Int32(EBUR128_SUCCESS.rawValue)
        for first in stride(from: 0, to: count, by: stretch) {
            let frames = first..<min(first + stretch, count)
            var interleaved = [Float](repeating: 0, count: frames.count * channels.count)
            for (number, channel) in channels.enumerated() {
                for (place, sample) in channel[frames].enumerated() {
                    interleaved[place * channels.count + number] = Float(Double(sample) * gain)
                }
            }
            guard ebur128_add_frames_float(context, interleaved, frames.count) == success else { return nil }
        }
        var loudness = 0.0
        guard ebur128_loudness_global(context, &loudness) == success, loudness.isFinite else { return nil }
        return loudness
    }
}
