// SPDX-License-Identifier: Apache-2.0

/// All that decides a mosaic besides the sounds.
public struct MosaicSettings: Equatable, Sendable {
    /// What plays.
    public var mode = MosaicMode.auto
    /// How much of the transported envelope's shape is laid over what plays, 0 to 1: less keeps more of the style's own colour, more
    /// keeps more of the content's articulation. nil for the mode's own: grains 0.85, or 1 where the content is spoken; tonal 0.3 (0.8 with words); play 0.
    public var keep: Double?
    /// Octaves by which the content's melody is moved, -4 to 4; nil for none, in play for as many whole octaves as the style lies from the
    /// content.
    public var octave: Int?
    /// How loud the style's own recording is that runs beneath what plays, as an amplitude relative to it, 0 to 2; 0 for none.
    public var ground = 0.6
    /// Whether words are to be understood, though the content may not look spoken: grains, or tonal with more of its articulation.
    public var words = false
    /// From 0, all style, to 1, nearly all content; 0.5 is the mode's own balance.
    public var blend = 0.5

    /// The defaults.
    public init() {}
}

/// What plays the content.
public enum MosaicMode: String, CaseIterable, Sendable {
    /// Decided by the sounds.
    case auto
    /// Grains of the style, one pitch period or 10 ms long, along the path that follows the content's envelope best.
    case grains
    /// Spectra of the style, transposed by semitones, as a non-negative factorisation of the content's.
    case tonal
    /// The style's recording at varying speed, so that it plays the content's melody.
    case play
}
