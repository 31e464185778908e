// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Listening

/// That answers become the right means, comparisons and tables.
@Suite struct ResultsTests {
    /// Table 2 of the IJCA paper: 8 listeners, one system. Means 2.38 and 3.44 are its own; the intervals are `scipy.stats.t.interval`'s.
    @Test func theSeedsTable() throws {
        let test = try ExampleTest.make(
            .rating, criteria: [.quality],
            trials: [
                ExampleTest.trial("Speech", "Drums", systems: ["ours"]),
                ExampleTest.trial("Rhythm", "Drums", systems: ["ours"]),
            ])
        let ratings: [[Double]] = [[2, 2, 3, 2, 3, 2, 2, 3], [3, 3.5, 4, 3, 3, 4, 4, 3]]
        let answers = test.pages.flatMap { page in
            (0..<8).map { listener in
                ExampleTest.answer(test, "\(listener)", page) { _ in ratings[page.trial][listener] }
            }
        }
        let results = try ListeningResults(of: test, answers: answers)
        let expected = """
            Average rating of quality, 1 to 5, given by 8 blind testers for different combinations of content and style audio.

            | Type of music | Average rating | 95 % from | 95 % to | Standard deviation | Listeners |
            |---|---:|---:|---:|---:|---:|
            | Speech + Drums | 2.38 | 1.94 | 2.81 | 0.52 | 8 |
            | Rhythm + Drums | 3.44 | 3.02 | 3.85 | 0.50 | 8 |
            | All | 2.91 | 2.63 | 3.18 | 0.33 | 8 |

            """
        #expect(results.markdown == expected)
        #expect(results.comparisons.isEmpty && results.assumptions.isEmpty && results.remarks.isEmpty)
    }

    /// The listener is the unit: four listeners with two trials each are n = 4.
    @Test func meansAreOverListeners() throws {
        let test = try ExampleTest.make(
            .rating, criteria: [.style], listeners: 4,
            trials: [
                ExampleTest.trial("a", "b", systems: ["x", "y"]),
                ExampleTest.trial("c", "d", systems: ["y", "x", "z"]),
            ])
        let x: [[Double]] = [[1, 2, 3, 4], [2, 3, 4, 5]]
        var answers = test.pages.flatMap { page in
            (0..<4).map { listener in
                ExampleTest.answer(test, "\(listener)", page) {
                    $0.name == "x" ? x[page.trial][listener] : $0.name == "y" ? 1 : 5
                }
            }
        }
        let results = try ListeningResults(of: test, answers: answers)
        let table = results.ratings[0]
        #expect(table.overall.map(\.stimulus.name) == ["x", "y", "z"])
        #expect(table.overall[0].estimate == Estimate(of: [1.5, 2.5, 3.5, 4.5]))
        #expect(table.overall[2].estimate == Estimate(of: [5, 5, 5, 5]))
        #expect(table.trials[0].map(\.stimulus.name) == ["x", "y"])
        #expect(table.trials[1][1].estimate == Estimate(of: [2, 3, 4, 5]))

        // z is in the second trial only: what it is compared with comes from there too.
        #expect(table.comparisons.map(\.first) == ["x", "x", "y"])
        #expect(table.comparisons[0].difference == Estimate(of: [0.5, 1.5, 2.5, 3.5]))
        #expect(table.comparisons[1].difference == Estimate(of: [-3, -2, -1, 0]))
        #expect(table.comparisons[0].outcome == TestOutcome.wilcoxon([0.5, 1.5, 2.5, 3.5]))
        #expect(table.friedman == TestOutcome.friedman([[2, 1, 5], [3, 1, 5], [4, 1, 5], [5, 1, 5]]))
        let p = table.comparisons.compactMap { $0.outcome?.p }
        #expect(table.comparisons.compactMap(\.adjustedP) == Holm.adjust(p))

        // An answer that is given again replaces the first one.
        answers.append(ExampleTest.answer(test, "0", PageID(.style, trial: 0)) { _ in 5 })
        let again = try ListeningResults(of: test, answers: answers)
        #expect(again.ratings[0].overall[0].estimate == Estimate(of: [3.5, 2.5, 3.5, 4.5]))
        #expect(again.listeners == ["0", "1", "2", "3"])

        // Who has not answered all counts with what there is, and is named.
        let part = try ListeningResults(of: test, answers: Array(answers.dropFirst().dropLast()))
        #expect(part.ratings[0].overall[0].estimate.listeners == 4)
        #expect(part.ratings[0].trials[0][0].estimate.listeners == 3)
        #expect(part.remarks == ["1 of 4 listeners have not answered all pages."])
    }

    /// Means of thirds differ in their last bits, and are ties nevertheless.
    @Test func equalMeansAreTies() throws {
        let test = try ExampleTest.make(
            .mushra, criteria: [.quality],
            trials: (0..<3).map { ExampleTest.trial("c\($0)", "s", systems: ["x", "y"]) })
        // Differences of 1/3 from different levels: 10 + 1/3 - 10 and 70 - (69 + 2/3) are one magnitude.
        let sums: [(x: [Double], y: [Double])] = [
            ([10, 10, 11], [10, 10, 10]), ([70, 70, 70], [70, 70, 71]), ([7, 7, 7], [7, 6, 7]),
        ]
        let answers = sums.enumerated().flatMap { listener, values in
            test.pages.map { page in
                ExampleTest.answer(test, "\(listener)", page) {
                    $0.name == "x" ? values.x[page.trial] : $0.name == "y" ? values.y[page.trial] : 95
                }
            }
        }
        let results = try ListeningResults(of: test, answers: answers, excludesScreened: false)
        let outcome = try #require(results.ratings[0].comparisons[0].outcome)
        // All three ranks are 2: sums are 4 and 2.
        #expect(outcome.statistic == 2)
    }

    @Test func preferencesCountListenersOnce() throws {
        let test = try ExampleTest.make(
            .ab, criteria: [.quality],
            trials: [
                ExampleTest.trial("a", "b", systems: ["x", "y"]), ExampleTest.trial("c", "d", systems: ["y", "x"]),
            ])
        // By listener, which is preferred in the two trials.
        let choices = [["x", "x"], ["x", "x"], ["x", "x"], ["x", "x"], ["x", "y"], ["y", "y"]]
        let answers = choices.enumerated().flatMap { listener, names in
            test.pages.map { page in
                ExampleTest.answer(test, "\(listener)", page) { $0.name == names[page.trial] ? 1 : 0 }
            }
        }
        let results = try ListeningResults(of: test, answers: answers)
        let pair = results.preferences[0].pairs[0]
        #expect(pair.answers == .init(first: 9, second: 3))
        #expect(pair.trials == [.init(first: 5, second: 1), .init(first: 4, second: 2)])
        #expect(pair.listeners == .init(first: 4, second: 1) && pair.undecided == 1)
        #expect(pair.share == 0.8)
        #expect(pair.outcome == TestOutcome.binomial(4, of: 5) && pair.adjustedP == pair.outcome?.p)
        #expect(results.ratings.isEmpty)
        #expect(results.assumptions == [SignificanceTest.binomial.assumptions])
        #expect(results.markdown.contains("| All | x | y | 9 | 3 | 0.80 | 0.28 | 0.99 | 1 |\n"))
        #expect(results.markdown.contains("| x | y | Binomial, exact | 5 | 4.00 | 0.375 | 0.375 |"))
    }

    @Test(arguments: ListeningMethod.allCases, [0, 1, 2])
    func fewListenersAreNoProblem(method: ListeningMethod, listeners: Int) throws {
        let test = try ExampleTest.make(method)
        let answers = (0..<listeners).flatMap { listener in
            test.pages.map { page in ExampleTest.answer(test, "\(listener)", page) { _ in method == .mushra ? 95 : 3 } }
        }
        let results = try ListeningResults(of: test, answers: answers)
        #expect(results.listeners.count == listeners)
        for row in results.ratings.flatMap(\.overall) {
            #expect(row.estimate.listeners == listeners && (row.estimate.low == nil) == (listeners < 2))
        }
        for table in results.ratings {
            #expect(table.friedman?.p == (listeners == 0 ? nil : 1))
            #expect(table.comparisons.allSatisfy { $0.outcome?.p == (listeners == 0 ? nil : 1) })
        }
        #expect(!results.markdown.isEmpty && !results.summaryCSV.isEmpty && !results.answersCSV.isEmpty)
        #expect(!results.markdown.contains("nan") && !results.comparisonCSV.contains("nan"))
    }

    @Test func assumptionsAreThoseOfTheTestsThatWereDone() throws {
        let test = try ExampleTest.make(.rating, criteria: [.quality])
        let answers = test.pages.map { ExampleTest.answer(test, "Ada", $0) { _ in 3 } }
        let assumptions = try ListeningResults(of: test, answers: answers).assumptions
        #expect(
            assumptions.prefix(2) == [
                SignificanceTest.wilcoxonExact.assumptions, SignificanceTest.friedman.assumptions,
            ])
        #expect(assumptions.count == 3 && assumptions[2].contains("Holm"))
    }
}
