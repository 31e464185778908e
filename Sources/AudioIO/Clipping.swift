// SPDX-License-Identifier: Apache-2.0

/// What happens to samples over full scale, which integer files cannot hold.
public enum ClipPolicy: String, CaseIterable, Sendable {
    /// The whole waveform is divided by its peak: quieter, but not distorted.
    case rescale
    /// Samples are limited to -1...1: as loud as before, but distorted.
    case clamp
    /// Samples stay as they are.
    case none
}

extension Waveform {
    /// The waveform with its samples over full scale treated by `policy`; without such samples it is returned unchanged.
    ///
    /// - Returns: the new waveform of the same shape, the peak before (1 is full scale), and the number of samples
    ///   that were outside -1...1.
    public func limited(by policy: ClipPolicy) -> (waveform: Waveform, peak: Float, overs: Int) {
        var limited = self
        let (peak, overs) = limited.limit(by: policy)
        return (limited, peak, overs)
    }

    /// The same where the samples lie.
    public mutating func limit(by policy: ClipPolicy) -> (peak: Float, overs: Int) {
        let peak = peak
        let overs = channels.reduce(0) { count, channel in channel.reduce(count) { abs($1) > 1 ? $0 + 1 : $0 } }
        guard overs > 0 else { return (peak, 0) }
        switch policy {
        case .rescale: changeSamples { $0 / peak }
        case .clamp: changeSamples { min(max($0, -1), 1) }
        case .none: break
        }
        return (peak, overs)
    }
}

extension ClipPolicy {
    /// What was done, for a warning.
    package var explanation: String {
        switch self {
        case .rescale: "the sound is rescaled"
        case .clamp: "they are clipped"
        case .none: "they are left"
        }
    }
}
