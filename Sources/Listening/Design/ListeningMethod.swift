// SPDX-License-Identifier: Apache-2.0

/// How a listener answers.
public enum ListeningMethod: String, Codable, CaseIterable, Sendable {
    /// All stimuli of a trial with the hidden reference and anchors, each on 0...100: ITU-R BS.1534-3.
    case mushra
    /// All stimuli of a trial, each on 1...5, 1 being the lowest, as in Table 2 of the preset `ijca`'s paper (International Journal of Computer
    /// Applications, 2018).
    case rating
    /// Two systems at a time, of which one has to be preferred.
    case ab

    /// The ratings that are possible; nil for `ab`, which has none.
    public var scale: ClosedRange<Double>? {
        switch self {
        case .mushra: 0...100
        case .rating: 1...5
        case .ab: nil
        }
    }

    /// The scale's labels from the lowest: of the five equal parts of the continuous quality scale (BS.1534-3, 5.4), or of 1 to 5, which are
    /// the same words in ITU-T P.800. Empty for `ab`.
    public var labels: [String] {
        self == .ab ? [] : ["Bad", "Poor", "Fair", "Good", "Excellent"]
    }
}

/// What a listener judges: one at a time, each on a page of its own (BS.1534-3, 6: 'only one attribute should be graded during a trial').
///
/// The standard knows one reference, the sound before coding. A style transfer has two originals, so that the open and the hidden
/// reference of MUSHRA depend on the criterion: what the best imaginable answer to its question would be.
public enum Criterion: String, Codable, CaseIterable, Sendable {
    /// How much of the content is kept. The reference is the content itself.
    case content
    /// How much it sounds like the style. The reference is the style itself.
    case style
    /// How good it sounds. The reference is the content, a recording without the transfer's noise and artefacts.
    case quality

    /// The question on the page.
    public var question: String {
        switch self {
        case .content: "How much of the reference's melody, words and rhythm is kept?"
        case .style: "How much does it sound like the reference: its instrument, voice or texture?"
        case .quality: "How good is the sound, without noise and artefacts, whatever it plays?"
        }
    }

    /// The same where one of two is to be preferred.
    public var comparison: String {
        switch self {
        case .content: "Which keeps more of the reference's melody, words and rhythm?"
        case .style: "Which sounds more like the reference: its instrument, voice or texture?"
        case .quality: "Which sounds better, with less noise and fewer artefacts, whatever it plays?"
        }
    }
}

/// What is heard under a letter.
public struct Stimulus: Codable, Hashable, Sendable {
    /// The part it plays in the test.
    public enum Kind: String, Codable, Sendable {
        /// The output of a system under test.
        case system
        /// The reference among the stimuli.
        case hiddenReference = "hidden-reference"
        /// The reference, low-passed at 3.5 kHz.
        case lowAnchor = "low-anchor"
        /// The reference, low-passed at 7 kHz.
        case midAnchor = "mid-anchor"
    }

    /// The part it plays.
    public let kind: Kind
    /// The system's name; `hidden reference`, `anchor 3.5 kHz` or `anchor 7 kHz`.
    public let name: String

    /// A system under test.
    public static func system(_ name: String) -> Stimulus { Stimulus(kind: .system, name: name) }
    /// The hidden reference.
    public static let hiddenReference = Stimulus(kind: .hiddenReference, name: "hidden reference")
    /// The low anchor.
    public static let lowAnchor = Stimulus(kind: .lowAnchor, name: "anchor 3.5 kHz")
    /// The mid-range anchor.
    public static let midAnchor = Stimulus(kind: .midAnchor, name: "anchor 7 kHz")
}
