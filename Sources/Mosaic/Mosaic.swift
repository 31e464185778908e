// SPDX-License-Identifier: Apache-2.0
import Files

/// A mosaic of the style's own sound in the shape of the content: no network, no gradient, no weights.
public struct Mosaic: Sendable {
    /// The settings.
    public let settings: MosaicSettings
    /// Of all sounds, in hertz.
    public let sampleRate: Int
    let threads: Int

    /// A sound whose style is wanted, with its share among several.
    public struct Style: Sendable {
        /// `[channels][samples]` at the mosaic's rate.
        public var channels: [[Float]]
        /// Above 0; only its proportion to the others' counts.
        public var weight: Double

        /// A style.
        public init(channels: [[Float]], weight: Double = 1) {
            (self.channels, self.weight) = (channels, weight)
        }
    }

    /// How far a run has come.
    public struct Progress: Sendable {
        /// What is being done, in a word or two.
        public let stage: String
        /// 0 to 1, of all stages together.
        public let fraction: Double
    }

    /// What came of a run, besides the sound.
    public struct Outcome: Codable, Equatable, Sendable {
        /// The mode that was used: not `auto`.
        public var mode: String
        /// The octaves that the melody was moved by.
        public var octave: Int
        /// The share of the envelope's shape that was laid on.
        public var keep: Double
        /// The amplitude of the ground, the style's own recording, relative to what plays.
        public var ground: Double
        /// Whether the content was taken as spoken.
        public var isSpoken: Bool
        /// How badly the style's spectra compose the content's, 0 to 1 and more; nil where that was not tried.
        public var misfit: Double?
        /// The share of the style's power in partials, 0 to 1.
        public var tonalShare: Double
        /// The share of frames with a pitch.
        public var voicedContent: Double
        /// The same of the style.
        public var voicedStyle: Double
        /// Seconds, by stage.
        public var seconds: [String: Double]
    }

    /// Prepares one.
    public init(_ settings: MosaicSettings, sampleRate: Int, threads: Int = 1) {
        (self.settings, self.sampleRate, self.threads) = (settings, sampleRate, threads)
    }

    /// Replaces the content by its mosaic: as many channels and samples, at the content's root mean square. Peaks above 0.9, or above the
    /// content's own where these are higher, are limited afterwards. Hold no other copy of the content, and no memory is taken for a
    /// second one.
    ///
    /// - Parameters:
    ///   - content: `[channels][samples]`, one channel or more, equally long, at least one sample.
    ///   - styles: at least one; of any length and number of channels.
    ///   - progress: told how it goes; false ends the run.
    /// - Returns: nil where it was ended; the content is then unspecified.
    /// - Throws: ``Failure`` of kind `badData` where a style is silent.
    public func run(
        content: inout [[Float]], styles: [Style], progress: (Progress) -> Bool = { _ in true }
    ) throws(Failure) -> Outcome? {
        try withoutActuallyEscaping(progress) { progress throws(Failure) in
            try MosaicRun(settings, Grid(rate: sampleRate), threads: threads, progress).run(&content, styles)
        }
    }
}
