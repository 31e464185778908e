// SPDX-License-Identifier: Apache-2.0

/// The pitch of a sound over time, a value a frame.
public struct PitchTrack: Sendable {
    /// Fundamental frequencies in hertz, on a grid of a tenth of a semitone; NaN where nothing is voiced.
    ///
    /// librosa can give a guess for unvoiced frames. We do not: without evidence, the guess drifts to an end of
    /// the range, and silence would agree with every sound of the lowest pitch.
    public let f0: [Double]
    /// Whether a frame has a pitch.
    public let voiced: [Bool]

    /// A track; both have one length.
    public init(f0: [Double], voiced: [Bool]) {
        precondition(f0.count == voiced.count, "frames of several tracks")
        (self.f0, self.voiced) = (f0, voiced)
    }

    /// The median of ``f0`` over voiced frames, in hertz: the mean of the two in the middle of an even number. Nil
    /// if there are none.
    public var medianF0: Double? {
        let sorted = zip(f0, voiced).filter(\.1).map(\.0).sorted()
        guard !sorted.isEmpty else { return nil }
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    /// The share of voiced frames; nil where there are no frames.
    public var voicing: Double? {
        voiced.isEmpty ? nil : Double(voiced.count { $0 }) / Double(voiced.count)
    }
}
