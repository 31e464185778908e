// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Listening

/// The rules of ITU-R BS.1534-3, 4.1.2.
@Suite struct ScreeningTests {
    /// Twenty items of quality, so that 15 % are three.
    private let test: ListeningTest
    private let trials = 20

    init() throws {
        test = try ExampleTest.make(
            .mushra, criteria: [.quality],
            trials: (1...trials).map { ExampleTest.trial("c\($0)", "s", systems: ["a", "b"]) })
    }

    /// Answers where the reference is 89.9 for the first some trials, and the mid anchor 90.1.
    private func answers(_ listener: String, lowReferences: Int = 0, highAnchors: Range<Int> = 0..<0) -> [Answer] {
        test.pages.map { page in
            ExampleTest.answer(test, listener, page) { stimulus in
                switch stimulus.kind {
                case .hiddenReference: page.trial < lowReferences ? 89.9 : 90
                case .midAnchor: highAnchors.contains(page.trial) ? 90.1 : 90
                default: 40
                }
            }
        }
    }

    @Test func moreThanFifteenPercentOfLowReferencesExclude() throws {
        let results = try ListeningResults(
            of: test, answers: answers("three", lowReferences: 3) + answers("four", lowReferences: 4))
        let reports = try #require(results.screening).reports
        #expect(reports.map(\.listener) == ["three", "four"])
        #expect(reports.map(\.lowReferences) == [3, 4] && reports.map(\.items) == [20, 20])
        #expect(reports.map(\.isExcluded) == [false, true])
        #expect(results.listeners == ["three"])
        #expect(results.ratings[0].overall.allSatisfy { $0.estimate.listeners == 1 })

        let all = try ListeningResults(
            of: test, answers: answers("three", lowReferences: 3) + answers("four", lowReferences: 4),
            excludesScreened: false)
        #expect(all.listeners == ["three", "four"] && all.screening == results.screening)
    }

    @Test func highMidAnchorsExcludeWhereFewRateThemSo() throws {
        let good = (1...4).flatMap { answers("good \($0)") }
        // One of five listeners is less than 25 %.
        let results = try ListeningResults(of: test, answers: good + answers("deaf", highAnchors: 0..<4))
        #expect(try #require(results.screening).weakAnchors.isEmpty)
        #expect(results.listeners.count == 4 && !results.listeners.contains("deaf"))
        let three = try ListeningResults(of: test, answers: good + answers("deaf", highAnchors: 0..<3))
        #expect(three.listeners.count == 5)
    }

    @Test func anAnchorThatManyRateHighDoesNotCount() throws {
        let good = (1...4).flatMap { answers("good \($0)") }
        // Two of six rate the first four high: these items say nothing of either.
        let results = try ListeningResults(
            of: test, answers: good + answers("deaf", highAnchors: 0..<8) + answers("like", highAnchors: 0..<4))
        let screening = try #require(results.screening)
        #expect(screening.weakAnchors.map(\.trial) == [0, 1, 2, 3])
        #expect(screening.reports.map(\.anchorItems) == [Int](repeating: 16, count: 6))
        #expect(screening.reports.map(\.highAnchors) == [0, 0, 0, 0, 4, 0])
        #expect(results.listeners == ["good 1", "good 2", "good 3", "good 4", "like"])
    }

    @Test func lowPassedContentMayKeepAllOfTheContent() throws {
        let test = try ExampleTest.make(.mushra, criteria: [.content])
        let answers = (1...5).flatMap { listener in
            test.pages.map { page in
                ExampleTest.answer(test, "\(listener)", page) { $0.kind == .midAnchor && listener == 1 ? 99 : 95 }
            }
        }
        #expect(try ListeningResults(of: test, answers: answers).listeners.count == 5)
    }

    @Test func otherMethodsHaveNone() throws {
        let test = try ExampleTest.make(.rating)
        #expect(try ListeningResults(of: test, answers: []).screening == nil)
        #expect(try ListeningResults(of: test, answers: []).screeningTable == nil)
    }
}
