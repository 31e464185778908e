// SPDX-License-Identifier: Apache-2.0

/// Samples at full scale.
public enum Clipping {
    /// 33 steps of 16 bits below full scale: clipped samples stay above it after limiting and a lossy codec.
    private static let limit: Float = 0.999

    /// The share of samples with `|x| >= 0.999`, of all channels together; nil if there are none.
    ///
    /// Mixing and resampling change clipped samples: count those of a file in its own channels at its own rate.
    ///
    /// - Parameter channels: `[C][T]`, full scale is 1.
    public static func share(of channels: [[Float]]) -> Double? {
        let samples = channels.reduce(0) { $0 + $1.count }
        let clipped = channels.reduce(0) { $0 + $1.count { abs($0) >= limit } }
        return samples > 0 ? Double(clipped) / Double(samples) : nil
    }
}
