// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation

/// A listener's answer to a page. ``ListeningTest/check(_:)`` says whether it is one to the test.
public struct Answer: Codable, Equatable, Sendable {
    /// Who answers.
    public let listener: String
    /// What is answered.
    public let page: PageID
    /// By ids of stimuli, on the method's scale; empty for `ab`.
    public let ratings: [String: Double]
    /// For `ab`, the id of the stimulus that is preferred.
    public let preference: String?
    /// What the listener wrote; may be empty.
    public let comment: String
    /// When it was stored.
    public let time: Date

    /// An answer.
    public init(
        listener: String, page: PageID, ratings: [String: Double] = [:], preference: String? = nil,
        comment: String = "",
        time: Date
    ) {
        (self.listener, self.page, self.ratings) = (listener, page, ratings)
        (self.preference, self.comment, self.time) = (preference, comment, time)
    }

    /// The place of the trial in ``ListeningTest/trials``.
    public var trial: Int { page.trial }
    /// What was judged.
    public var criterion: Criterion { page.criterion }
}

extension ListeningTest {
    /// Checks that an answer is a complete one to a page of this test.
    ///
    /// - Throws: ``Failure`` of kind `badData` when the listener has no name, the page or a stimulus is unknown, a rating is
    ///   missing, outside the scale or not a number, or no preference is given where one is asked for.
    public func check(_ answer: Answer) throws(Failure) {
        func cannot(_ why: String, remedy: String? = nil) -> Failure {
            Failure(.badData, "cannot take the answer", at: answer.page.description, why: why, remedy: remedy)
        }
        if answer.listener.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty {
            throw cannot("the listener has no name")
        }
        let key = key(to: answer.page, for: answer.listener)
        if key.isEmpty { throw cannot("the test has no such page") }
        let named = Set(answer.ratings.keys).union(answer.preference.map { [$0] } ?? [])
        if let unknown = named.subtracting(key.keys).min() {
            throw cannot("'\(unknown)' is no stimulus of this page for this listener", remedy: "reload the page")
        }
        guard let scale = method.scale else {
            if !answer.ratings.isEmpty { throw cannot("it has ratings, but a preference is asked for") }
            if answer.preference == nil { throw cannot("no preference is given", remedy: "choose one of the two") }
            return
        }
        if answer.preference != nil { throw cannot("it has a preference, but ratings are asked for") }
        if answer.ratings.count < key.count {
            throw cannot(
                "\(key.count - answer.ratings.count) of \(key.count) ratings are missing", remedy: "rate all sounds")
        }
        // Not a number is in no range.
        if let rating = answer.ratings.values.first(where: { !scale.contains($0) }) {
            throw cannot("the rating \(rating) is not in \(Int(scale.lowerBound)) to \(Int(scale.upperBound))")
        }
    }
}

/// An answer whose ids are replaced by what they stood for.
struct DecodedAnswer {
    let answer: Answer
    /// By stimulus; for `ab` 1 for the one that is preferred, 0 for the other.
    let values: [Stimulus: Double]

    /// - Throws: ``Failure`` of kind `badData`, as ``ListeningTest/check(_:)``.
    init(_ answer: Answer, to test: ListeningTest) throws(Failure) {
        try test.check(answer)
        self.answer = answer
        var values: [Stimulus: Double] = [:]
        for (id, stimulus) in test.key(to: answer.page, for: answer.listener) {
            values[stimulus] = answer.ratings[id] ?? (answer.preference == id ? 1 : 0)
        }
        self.values = values
    }
}
