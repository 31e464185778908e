// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Files
import Foundation
import Report

/// What a comparison on several pairs writes once its runs are there.
struct PairsReport {
    private let results: [ComparisonResult]
    /// The pairs that have figures.
    private let measured: [(pair: ComparedPair, sideBySide: SideBySide)]
    private let means: ScoreTable
    private let wins: [Wins]

    /// - Parameter results: with figures for at least one pair.
    init(_ results: [ComparisonResult]) {
        self.results = results
        measured = results.compactMap { result in result.sideBySide.map { (result.pair, $0) } }
        let tables = measured.map(\.sideBySide.scores)
        means = ScoreTable(meanOf: tables)
        let (pairs, names) = (tables.map(\.columnsByName), means.outputs.map(\.name))
        wins = names.flatMap { name in
            names.filter { $0 != name }.map { Wins(name, over: $0, pairs: pairs) }
        }
    }

    /// Writes `table.txt`, `compare.json` and `index.html`, and prints the overview.
    func write(to folder: OutputFolder, threads: Int) throws {
        let remarks = results.flatMap(\.jobs.remarks)
        let tables = overviewTables.map { $0.caption + "\n" + $0.text }.joined(separator: "\n")
        let overview = [tables, Self.captionOfMeans + "\n" + meansText]
        let text = (overview + [remarks.map { $0 + "\n" }.joined()]).filter { !$0.isEmpty }.joined(separator: "\n")
        let pairs = measured.map { "\($0.pair.name): \($0.pair.description)\n" + $0.sideBySide.text }
        let table = folder.file("table.txt")
        try OutputFile(path: table).write(text: ([text] + pairs).joined(separator: "\n"))
        try OutputFile(path: folder.file("compare.json")).write(
            text: try prettyJSON(
                Summary(pairs: results.map(\.summary), means: means, meanSeconds: meanSeconds, wins: wins)))
        // Results are printed before the page is drawn.
        try emit(text + "\n" + table + "\n")
        var section = Page.Section(title: "Overview")
        section.paragraphs =
            remarks + [
                "Content and style are measured as if they were outputs, as the range of each "
                    + "metric.",
                PlayedSounds.remark,
            ]
        section.tables = overviewTables + [means.table(caption: Self.captionOfMeans, before: [meanTimes])]
        section.command = CommandLine.ownCommand
        let page = folder.file("index.html")
        try RunsPage(
            title: "\(means.outputs.map(\.name).joined(separator: ", ")) on \(measured.count) pairs",
            overview: [section] + measured.map(Self.section), runs: []
        ).write(to: try OutputFile(path: page), threads: threads)
        try emit(path: page)
    }

    private static let captionOfMeans = "Mean over the pairs for which every sound has the metric"

    private static func section(of pair: ComparedPair, _ sideBySide: SideBySide) -> Page.Section {
        var section = sideBySide.section(pair.name)
        section.paragraphs = [pair.description].filter { !$0.isEmpty }
        return section
    }

    /// The main figures, the time, and the wins.
    private var overviewTables: [Page.Table] {
        let figures = [Metric.styleDistance, .contentEnvelope, .flatnessRatio].map { metric in
            table("\(metric.rawValue) (\(metric.direction.text) is better)", means.columns) { column, _ in
                column?.score(metric).map(metric.format)
            }
        }
        let times = table("time", means.outputs) { column, sideBySide in
            (sideBySide.map { $0.seconds } ?? meanSeconds)[column?.name ?? ""].map(durationText)
        }
        return figures + [times] + (wins.isEmpty ? [] : [Wins.table(wins)])
    }

    /// A row for each pair and one for the mean, a cell for each column of the means.
    ///
    /// - Parameter cell: of a pair's column, where it has it, or, without a pair, of the mean's.
    private func table(
        _ caption: String, _ columns: [ScoreTable.Column], _ cell: (ScoreTable.Column?, SideBySide?) -> String?
    ) -> Page.Table {
        Page.Table(
            caption: caption, columns: [""] + columns.map(\.name),
            rows: measured.map { pair, sideBySide in
                let own = sideBySide.scores.columnsByName
                return [pair.name] + columns.map { cell(own[$0.name], sideBySide) ?? "-" }
            } + [["mean"] + columns.map { cell($0, nil) ?? "-" }])
    }

    /// By the systems' names, over the pairs where they have a result.
    private var meanSeconds: [String: Double] {
        let all = measured.flatMap { Array($0.sideBySide.seconds) }
        return Dictionary(grouping: all, by: \.key).mapValues { entries in
            entries.reduce(0) { $0 + $1.value } / Double(entries.count)
        }
    }

    private var meanTimes: (name: String, cells: [String]) {
        ("time", means.outputs.map { meanSeconds[$0.name].map(durationText) ?? "-" })
    }

    private var meansText: String { means.text(before: [meanTimes]) }

    private struct Summary: Encodable {
        let pairs: [ComparisonResult.Summary]
        let means: ScoreTable
        let meanSeconds: [String: Double]
        let wins: [Wins]
    }
}
