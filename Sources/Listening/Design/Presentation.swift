// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation

/// What a listener's page may know: pages in the listener's order, and opaque ids of sounds under letters. No name or path of a
/// system is in it.
///
/// The hidden reference is the same sound as the open one: whoever serves sounds by these ids should name no path, and let no
/// header (length, date, tag) tell more than the sound does.
public struct Presentation: Codable, Equatable, Sendable {
    /// A stimulus under its letter.
    public struct Item: Codable, Equatable, Sendable {
        /// What ratings are given by: 32 hexadecimal digits.
        public let id: String
        /// `A`, `B`, ...
        public let letter: String
    }

    /// A page.
    public struct Page: Codable, Equatable, Sendable {
        /// What the answer is for.
        public let id: PageID
        /// What is judged.
        public let criterion: Criterion
        /// What the listener is asked.
        public let question: String
        /// The id of the sound to compare with; nil where none is shown, for quality without MUSHRA.
        public let reference: String?
        /// In the order of letters.
        public let stimuli: [Item]
    }

    /// Whose it is.
    public let listener: String
    /// How to answer.
    public let method: ListeningMethod
    /// In the listener's order.
    public let pages: [Page]
}

extension ListeningTest {
    /// The test as one listener gets it: always the same for the same name and number.
    ///
    /// A criterion is judged in all trials before the next one comes, since one question at a time is easier to keep in mind. The order of
    /// criteria, for each criterion that of trials, and on each page that of stimuli (so which of a pair is A) are balanced over listeners
    /// as ``ListenerOrder`` says, by number; ids depend on the name.
    ///
    /// - Parameter number: the place in the order of arrival, at least 0. It is to be stored, so that who comes back has the same.
    public func presentation(for listener: String, number: Int) -> Presentation {
        let order = ListenerOrder(number: number) { purpose in
            UInt64(digest("order", purpose).prefix(16), radix: 16) ?? seed
        }
        let pages = order.permutation(of: criteria.count, for: "criteria").map { criteria[$0] }
            .flatMap { criterion in
                let own = self.pages.filter { $0.criterion == criterion }
                return order.permutation(of: own.count, for: criterion.rawValue).map { own[$0] }
            }
        return Presentation(
            listener: listener, method: method,
            pages: pages.map { page in
                let stimuli = stimuli(on: page)
                let places = order.permutation(of: stimuli.count, for: page.description)
                let hasReference = method == .mushra || page.criterion != .quality
                return Presentation.Page(
                    id: page, criterion: page.criterion,
                    question: method == .ab ? page.criterion.comparison : page.criterion.question,
                    reference: hasReference ? referenceID(on: page, for: listener) : nil,
                    stimuli: places.enumerated().map { place, index in
                        Presentation.Item(
                            id: id(of: stimuli[index], on: page, for: listener), letter: Self.letter(place))
                    })
            })
    }

    /// The sound that an id of a listener's presentation stands for; nil for any other id.
    public func path(of id: String, for listener: String) -> String? {
        for page in pages {
            if id == referenceID(on: page, for: listener) {
                return trials[page.trial].reference(for: page.criterion).path
            }
            if let stimulus = key(to: page, for: listener)[id] { return path(of: stimulus, on: page) }
        }
        return nil
    }

    /// What the ids of a listener's page stand for.
    public func key(to page: PageID, for listener: String) -> [String: Stimulus] {
        Dictionary(uniqueKeysWithValues: stimuli(on: page).map { (id(of: $0, on: page, for: listener), $0) })
    }

    private func id(of stimulus: Stimulus, on page: PageID, for listener: String) -> String {
        digest("stimulus", listener, page.description, stimulus.kind.rawValue, stimulus.name)
    }

    private func referenceID(on page: PageID, for listener: String) -> String {
        digest("reference", listener, page.description)
    }

    /// Half of the SHA-256 of the seed and texts, of which no other id can be guessed. Names that look the same are the same.
    private func digest(_ parts: String...) -> String {
        let composed = parts.map(\.precomposedStringWithCanonicalMapping)
        // The lengths keep parts apart.
        let text = (["\(seed)"] + composed.map { "\($0.utf8.count):\($0)" }).joined(separator: "/")
        return Array(text.utf8).withUnsafeBytes { String(Checksum(of: $0).description.prefix(32)) }
    }

    private static func letter(_ place: Int) -> String {
        String(UnicodeScalar(UInt8(ascii: "A") + UInt8(place)))
    }
}
