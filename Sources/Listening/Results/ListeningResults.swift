// SPDX-License-Identifier: Apache-2.0
import Files

/// What listeners answered, and how sure that is.
///
/// The unit of analysis is the listener: ratings of one person in several trials are not independent, so each listener's mean over
/// trials counts once. A system's mean is over all of its trials, a comparison's over the trials that have all systems compared; trials that
/// a listener did not answer are left out of his or her means.
public struct ListeningResults: Sendable {
    /// The test.
    public let test: ListeningTest
    /// The listeners who count, in the order of their first answers.
    public let listeners: [String]
    /// For MUSHRA; nil for other methods.
    public let screening: Screening?
    /// Whether those whom the screening names are left out.
    public let excludesScreened: Bool
    /// For MUSHRA and ratings, in the order of the test's criteria.
    public let ratings: [CriterionRatings]
    /// For `ab`, in the order of the test's criteria.
    public let preferences: [CriterionPreferences]
    /// The last answer of each listener to each page, of all listeners.
    let answers: [DecodedAnswer]

    /// Analyses answers. The last one of a listener to a page counts.
    ///
    /// - Parameters:
    ///   - answers: in the order in which they were stored; may be empty.
    ///   - excludesScreened: whether listeners are left out by the standard's rule (``Screening``).
    /// - Throws: ``Failure`` of kind `badData`, as ``ListeningTest/check(_:)``.
    public init(of test: ListeningTest, answers: [Answer], excludesScreened: Bool = true) throws(Failure) {
        var (latest, places): ([DecodedAnswer], [String: [PageID: Int]]) = ([], [:])
        var all: [String] = []
        for answer in answers {
            let decoded = try DecodedAnswer(answer, to: test)
            if places[answer.listener] == nil { all.append(answer.listener) }
            if let place = places[answer.listener, default: [:]][answer.page] {
                latest[place] = decoded
            } else {
                places[answer.listener, default: [:]][answer.page] = latest.count
                latest.append(decoded)
            }
        }
        let screening = test.method == .mushra ? Screening(of: latest, listeners: all) : nil
        let excluded = Set(screening?.reports.filter { excludesScreened && $0.isExcluded }.map(\.listener) ?? [])
        let listeners = all.filter { !excluded.contains($0) }
        let table = AnswerTable(latest, listeners: listeners)
        (self.test, self.listeners, self.answers) = (test, listeners, latest)
        (self.screening, self.excludesScreened) = (screening, excludesScreened)
        ratings = test.method == .ab ? [] : test.criteria.map { CriterionRatings(of: $0, in: test, from: table) }
        preferences =
            test.method == .ab ? test.criteria.map { CriterionPreferences(of: $0, in: test, from: table) } : []
    }

    /// What to keep in mind about all figures, in sentences.
    public var remarks: [String] {
        let pages = test.pages.count
        let complete = listeners.count { listener in answers.count { $0.answer.listener == listener } == pages }
        var remarks: [String] = []
        if complete < listeners.count {
            remarks.append("\(listeners.count - complete) of \(listeners.count) listeners have not answered all pages.")
        }
        let excluded = screening?.reports.count(where: \.isExcluded) ?? 0
        if excludesScreened, excluded > 0 {
            remarks.append(
                "\(excluded) of \(screening?.reports.count ?? 0) listeners were left out by post-screening; --keep-all keeps them."
            )
        }
        if listeners.count < test.listeners {
            remarks.append("\(listeners.count) listeners count, \(test.listeners) were expected.")
        }
        return remarks
    }
}

/// Answers by listener.
struct AnswerTable {
    let listeners: [String]
    private let answers: [String: [DecodedAnswer]]

    init(_ answers: [DecodedAnswer], listeners: [String]) {
        self.listeners = listeners
        self.answers = Dictionary(grouping: answers, by: \.answer.listener)
    }

    /// A listener's answers.
    func answers(of listener: String, to criterion: Criterion) -> [DecodedAnswer] {
        (answers[listener] ?? []).filter { $0.answer.criterion == criterion }
    }

    /// A listener's mean ratings of some stimuli over those of the trials that have all of them; nil if there is none.
    ///
    /// Rounded to a multiple of 2^-30, so that what is equal in exact arithmetic is a tie (2/3 and 1 - 1/3), and a difference of two is exact.
    func means(
        of stimuli: [Stimulus], by listener: String, criterion: Criterion, trial: Int? = nil
    ) -> [Double]? {
        let rows = answers(of: listener, to: criterion).filter { trial == nil || $0.answer.trial == trial }
            .map { answer in stimuli.compactMap { answer.values[$0] } }
            .filter { $0.count == stimuli.count }
        guard !rows.isEmpty else { return nil }
        return stimuli.indices.map { index in
            let mean = rows.reduce(0) { $0 + $1[index] } / Double(rows.count)
            return (mean * 0x1p30).rounded() * 0x1p-30
        }
    }
}
