// SPDX-License-Identifier: Apache-2.0

/// One content and one style, and what the systems made of them.
public struct Trial: Codable, Equatable, Sendable {
    /// The content or the style.
    public struct Original: Codable, Equatable, Sendable {
        /// As in tables: `Speech`, `Drums`.
        public let name: String
        /// Where the sound is.
        public let path: String
        /// The same sound low-passed at 3.5 kHz, which the caller makes (BS.1534-3, 5.1: ripple within 0.1 dB, at least 25 dB down at
        /// 4 kHz and 50 dB at 4.5 kHz).
        public let lowAnchor: String?
        /// The same low-passed at 7 kHz. The standard wants both anchors; this one may be left out.
        public let midAnchor: String?

        /// An original, with anchors for MUSHRA.
        public init(name: String, path: String, lowAnchor: String? = nil, midAnchor: String? = nil) {
            (self.name, self.path) = (name, path)
            (self.lowAnchor, self.midAnchor) = (lowAnchor, midAnchor)
        }
    }

    /// A system's output.
    public struct System: Codable, Equatable, Sendable {
        /// The same in all trials where the system takes part.
        public let name: String
        /// Where the sound is.
        public let path: String

        /// A system's output.
        public init(name: String, path: String) {
            (self.name, self.path) = (name, path)
        }
    }

    /// What is played.
    public let content: Original
    /// How it should sound.
    public let style: Original
    /// The outputs to compare.
    public let systems: [System]

    /// A trial.
    public init(content: Original, style: Original, systems: [System]) {
        (self.content, self.style, self.systems) = (content, style, systems)
    }

    /// The name in tables, as the IJCA paper's Table 2 has them: `Speech + Drums`.
    public var name: String { "\(content.name) + \(style.name)" }

    /// The original that a criterion refers to.
    public func reference(for criterion: Criterion) -> Original {
        criterion == .style ? style : content
    }
}

/// A page of a test: what a listener answers at a time. As text, `style.2` is criterion `style` of the second trial, and `style.2.3` the third
/// pair of systems there.
public struct PageID: Codable, Hashable, LosslessStringConvertible, Sendable {
    /// What is judged.
    public let criterion: Criterion
    /// The place of the trial in ``ListeningTest/trials``, from 0.
    public let trial: Int
    /// For `ab`, the pair of systems, from 0.
    public let pair: Int?

    init(_ criterion: Criterion, trial: Int, pair: Int? = nil) {
        (self.criterion, self.trial, self.pair) = (criterion, trial, pair)
    }

    /// From its text; nil for any other text.
    public init?(_ description: String) {
        let parts = description.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = parts.dropFirst().compactMap { Int($0) }
        guard let first = parts.first, let criterion = Criterion(rawValue: String(first)),
            (2...3).contains(parts.count), numbers.count == parts.count - 1, numbers.allSatisfy({ $0 >= 1 })
        else { return nil }
        self.init(criterion, trial: numbers[0] - 1, pair: numbers.count > 1 ? numbers[1] - 1 : nil)
        guard self.description == description else { return nil }
    }

    /// Its text, counted from 1.
    public var description: String {
        "\(criterion.rawValue).\(trial + 1)" + (pair.map { ".\($0 + 1)" } ?? "")
    }

    /// Reads its text.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let page = PageID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a page")
        }
        self = page
    }

    /// Writes its text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
