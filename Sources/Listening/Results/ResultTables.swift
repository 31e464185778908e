// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation

/// Results as tables.
extension ListeningResults {
    /// Means (or preferences) of each criterion in the form of Table 2 of 'Audio Style Transfer using Shallow Convolutional Networks and
    /// Random Filters' (IJCA, 2018), 'average rating given by 8 blind testers for different combinations of content and style audio': a row for
    /// each content and style, then the mean over all; with several systems, a row for each of them. Next to the mean stand the ends of the
    /// 95 % interval, the standard deviation and n.
    public var summaries: [ResultTable] {
        ratings.map(ratingTable) + preferences.map(preferenceTable)
    }

    /// Tests of differences, one table for each criterion that has several systems.
    public var comparisons: [ResultTable] {
        ratings.filter { !$0.comparisons.isEmpty }.map { comparisonTable($0) } + preferences.map { comparisonTable($0) }
    }

    /// What the post-screening found, for MUSHRA.
    public var screeningTable: ResultTable? {
        screening.map { screening in
            ResultTable(
                caption: """
                    Post-screening by ITU-R BS.1534-3, 4.1.2: a listener is excluded who rates the hidden reference below 90, or the mid-range \
                    anchor above 90, for more than 15 % of the items.
                    """,
                header: [
                    "Listener", "Items", "Reference below 90", "Items with anchor", "Anchor above 90", "Excluded",
                ],
                rows: screening.reports.map { report -> [ResultTable.Cell] in
                    [
                        .text(report.listener), .count(report.items), .count(report.lowReferences),
                        .count(report.anchorItems), .count(report.highAnchors),
                        .text(!report.isExcluded ? "no" : excludesScreened ? "yes" : "would be"),
                    ]
                })
        }
    }

    /// The assumptions of all tests that were done, a sentence each, and the correction where there are several pairs.
    public var assumptions: [String] {
        let pairs = ratings.flatMap { $0.comparisons.map(\.outcome) } + preferences.flatMap { $0.pairs.map(\.outcome) }
        let done = Set((pairs + ratings.map(\.friedman)).compactMap { $0?.test })
        let correction = """
            Several pairs are tested. p (Holm) is corrected by Holm's procedure, so that p below 0.05 holds for the whole of a \
            criterion's pairs: the chance of any false difference among them is below 5 %. Nothing is corrected for the number of criteria.
            """
        return SignificanceTest.allCases.filter(done.contains).map(\.assumptions)
            + (pairs.count > test.criteria.count && !done.isEmpty ? [correction] : [])
    }

    /// All of it as a text in Markdown.
    public var markdown: String {
        let tables = summaries + comparisons + (screeningTable.map { [$0] } ?? [])
        let sentences = remarks + assumptions
        return tables.map(\.markdown).joined(separator: "\n")
            + (sentences.isEmpty ? "" : "\n" + sentences.map { "- \($0)\n" }.joined())
    }

    /// The summaries as one CSV (RFC 4180), a criterion in its first column.
    public var summaryCSV: String { joined(summaries) }

    /// The tests as one CSV, a criterion in its first column.
    public var comparisonCSV: String { joined(comparisons) }

    /// All answers as CSV, those of excluded listeners too: a row for each stimulus, with its rating, or for `ab` 1 for the one that is preferred
    /// and 0 for the other. Times are in UTC.
    public var answersCSV: String {
        let excluded = Set(screening?.reports.filter(\.isExcluded).map(\.listener) ?? [])
        let header = [
            "listener", "screened out", "trial", "content", "style", "criterion", "kind", "stimulus", "value",
            "comment", "time",
        ]
        let rows = answers.flatMap { decoded in
            let (answer, trial) = (decoded.answer, test.trials[decoded.answer.trial])
            return test.stimuli(on: answer.page).map { stimulus in
                [
                    CSV.text(answer.listener), excluded.contains(answer.listener) ? "yes" : "no", "\(answer.trial + 1)",
                    CSV.text(trial.content.name), CSV.text(trial.style.name), answer.criterion.rawValue,
                    stimulus.kind.rawValue, CSV.text(stimulus.name), decoded.values[stimulus].map { "\($0)" } ?? "",
                    CSV.text(answer.comment), answer.time.formatted(.iso8601),
                ]
            }
        }
        return CSV.line(header) + rows.map(CSV.line).joined()
    }

    private static let testHeader = ["Test", "Listeners", "Statistic", "p", "p (Holm)", "Remark"]

    private func testCells(_ outcome: TestOutcome?, adjusted: Double?) -> [ResultTable.Cell] {
        [
            .text(outcome?.test.title ?? "-"), .count(outcome?.listeners ?? 0),
            .number(outcome?.statistic, decimals: 2),
            .p(outcome?.p), .p(adjusted), .text(outcome?.remark ?? ""),
        ]
    }

    private func differenceCells(_ difference: Estimate?) -> [ResultTable.Cell] {
        [difference?.mean, difference?.low, difference?.high].map { .number($0, decimals: 2) }
    }

    private func ratingTable(_ table: CriterionRatings) -> ResultTable {
        let hasStimuli = table.overall.count > 1
        func rows(_ name: String, _ rows: [CriterionRatings.Row]) -> [[ResultTable.Cell]] {
            rows.map { row in
                let estimate = row.estimate
                return [.text(name)] + (hasStimuli ? [.text(row.stimulus.name)] : []) + [
                    .number(estimate.mean, decimals: 2), .number(estimate.low, decimals: 2),
                    .number(estimate.high, decimals: 2), .number(estimate.standardDeviation, decimals: 2),
                    .count(estimate.listeners),
                ]
            }
        }
        let scale = test.method.scale.map { "\(Int($0.lowerBound)) to \(Int($0.upperBound))" } ?? ""
        return ResultTable(
            caption: """
                Average rating of \(table.criterion.rawValue), \(scale), given by \(listeners.count) blind testers for different \
                combinations of content and style audio.
                """,
            header: ["Type of music"] + (hasStimuli ? ["System"] : [])
                + ["Average rating", "95 % from", "95 % to", "Standard deviation", "Listeners"],
            rows: zip(test.trials, table.trials).flatMap { rows($0.name, $1) }
                + (test.trials.count > 1 ? rows("All", table.overall) : []))
    }

    private func preferenceTable(_ table: CriterionPreferences) -> ResultTable {
        let trials = test.trials.enumerated().flatMap { trial, music in
            table.pairs.filter { $0.trials[trial].first + $0.trials[trial].second > 0 }.map { pair in
                row(music.name, pair, pair.trials[trial], nil)
            }
        }
        func row(
            _ name: String, _ pair: CriterionPreferences.Pair, _ answers: CriterionPreferences.Counts,
            _ overall: CriterionPreferences.Pair?
        ) -> [ResultTable.Cell] {
            [
                .text(name), .text(pair.first), .text(pair.second), .count(answers.first), .count(answers.second),
                .number(overall?.share, decimals: 2), .number(overall?.low, decimals: 2),
                .number(overall?.high, decimals: 2), .number(overall.map { Double($0.undecided) }, decimals: 0),
            ]
        }
        return ResultTable(
            caption: """
                Preferences by \(table.criterion.rawValue), given by \(listeners.count) blind testers for different combinations of \
                content and style audio: answers, and the share of listeners whose majority is for the first.
                """,
            header: [
                "Type of music", "First", "Second", "For the first", "For the second", "Share of listeners",
                "95 % from",
                "95 % to", "Undecided",
            ],
            rows: trials + table.pairs.map { row("All", $0, $0.answers, $0) })
    }

    private func comparisonTable(_ table: CriterionRatings) -> ResultTable {
        var rows: [[ResultTable.Cell]] = []
        if let friedman = table.friedman {
            rows.append([.text("all systems"), .text("")] + differenceCells(nil) + testCells(friedman, adjusted: nil))
        }
        for pair in table.comparisons {
            let names: [ResultTable.Cell] = [.text(pair.first), .text(pair.second)]
            rows.append(names + differenceCells(pair.difference) + testCells(pair.outcome, adjusted: pair.adjustedP))
        }
        return ResultTable(
            caption: "Tests of \(table.criterion.rawValue): whether systems are rated differently, first minus second.",
            header: ["First", "Second", "Difference", "95 % from", "95 % to"] + Self.testHeader, rows: rows)
    }

    private func comparisonTable(_ table: CriterionPreferences) -> ResultTable {
        ResultTable(
            caption: "Tests of \(table.criterion.rawValue): whether listeners prefer the first or the second.",
            header: ["First", "Second"] + Self.testHeader,
            rows: table.pairs.map { pair in
                [.text(pair.first), .text(pair.second)] + testCells(pair.outcome, adjusted: pair.adjustedP)
            })
    }

    private func joined(_ tables: [ResultTable]) -> String {
        let criteria = ratings.map(\.criterion) + preferences.map(\.criterion)
        guard let header = tables.first?.header else { return "" }
        return ResultTable(
            caption: "", header: ["Criterion"] + header,
            rows: zip(criteria, tables).flatMap { criterion, table in
                table.rows.map { [.text(criterion.rawValue)] + $0 }
            }
        ).csv
    }
}
