// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Foundation
import Report
import Sweeps

extension SweepCommand {
    /// `wavestyle sweep check`: what a plan makes.
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Say how many runs a plan makes, what they take, and which ones are first.",
            usage: "wavestyle sweep check PLAN [options]",
            discussion: "Mistakes are named with line and column. The bundled layer atlas is the plan 'layer-atlas'.")

        @Argument(help: .text("The plan, or the name of a bundled one.", value: "plan"), completion: .file())
        var plan: String

        @Option(parsing: .unconditional, help: .text("Rows to print.", value: "count"))
        var rows = 5

        @Option(help: .text("Write all rows to a table.", value: "file.csv"), completion: .file())
        var table: String?

        @Flag(help: "Print JSON.")
        var json = false

        @Flag(help: "Print the plan itself, to begin one of your own with a bundled one, and exit.")
        var printPlan = false

        func run() throws {
            guard rows >= 0 else { throw Failure.unusable("--rows \(rows)", "it must not be below 0") }
            if printPlan { return try emit(SweepPlan.text(plan)) }
            let planning = try SweepPlanning(plan)
            let estimate = try planning.estimate(isQuick: true)
            let first = try planning.first(rows)
            if let table { try planning.writeTable(to: table) }
            if json { return try emit(prettyJSON(Summary(planning, estimate, first))) }
            let width = ProcessInfo.processInfo.activeProcessorCount / planning.plan.threads
            try emit(
                planning.text
                    + (estimate?.text(runs: planning.runs, width: max(width, 1))
                        ?? "time: no dry run ended in \(durationText(SweepEstimate.patience)); 'wavestyle --dry-run' tells that of one run\n")
            )
            guard !first.isEmpty else { return }
            try emit("\n" + TextTable(words: [planning.columns] + first).text)
            if planning.runs > first.count { try emit("... and \(planning.runs - first.count) more\n") }
        }
    }

    /// For programs.
    private struct Summary: Encodable {
        let runs, excluded, same, pairs: Int
        let presets: [String]
        let estimate: SweepEstimate?
        let rows: [[String: String]]

        init(_ planning: SweepPlanning, _ estimate: SweepEstimate?, _ first: [[String]]) {
            (runs, excluded, same) = (planning.runs, planning.excluded, planning.same)
            (pairs, presets) = (planning.plan.pairs.count, planning.plan.systems.map(\.name))
            self.estimate = estimate
            rows = first.map { Dictionary(zip(planning.columns, $0)) { first, _ in first } }
        }
    }
}

extension SweepPlanning {
    /// What it makes, in lines.
    fileprivate var text: String {
        func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
        let settings = plan.axes.map { axis in
            "\(axis.setting.name) (\(axis.isSampled ? "sampled, " : "")\(axis.values.count))"
        }
        var lines = [
            "\(counted(runs, "run")): \(counted(plan.pairs.count, "pair")), presets "
                + plan.systems.map(\.name).joined(separator: ", ")
        ]
        if !settings.isEmpty { lines.append("settings: \(settings.joined(separator: ", "))") }
        if excluded > 0 { lines.append("left out by exclude: \(excluded)") }
        if same > 0 { lines.append("the same as others, for a setting changes nothing there: \(same)") }
        return lines.map { $0 + "\n" }.joined()
    }

    private struct Enough: Error {}

    /// The cells of the first rows.
    fileprivate func first(_ count: Int) throws -> [[String]] {
        var rows: [[String]] = []
        guard count > 0 else { return rows }
        do {
            try plan.forEachRun { run in
                rows.append(cells(run))
                if rows.count == count { throw Enough() }
            }
        } catch is Enough {}
        return rows
    }

    /// Writes all rows, holding none.
    fileprivate func writeTable(to path: String) throws {
        try OutputFile(
            path: path,
            besides: [plan.path] + plan.systems.map(\.preset) + Set(plan.pairs.flatMap { [$0.content, $0.style] })
        ).write { partial in
            let table = try CSVWriter(partial, columns: columns)
            let isNumber = [false, false] + plan.axes.map { $0.setting.kind == .number }
            try plan.forEachRun { run in
                try table.write(zip(cells(run), isNumber).map { $1 ? $0 : CSV.text($0) })
            }
            try table.close()
        }
    }
}
