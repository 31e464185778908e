// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Evaluation
import Files
import Foundation
import Report
import Sweeps
import Transfer

/// The runs of one preset with the same settings, on all pairs.
private struct SettingsGroup {
    let preset: String
    let settings: SettingValues
    /// A run of it.
    let run: SweptRun
    var sums: [Double]
    var counts: [Int]

    func mean(_ index: Int) -> Double? { counts[index] > 0 ? sums[index] / Double(counts[index]) : nil }
}

extension SweepCommand {
    /// `wavestyle sweep best`: the settings that do best by a metric.
    struct Best: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "best",
            abstract: "Name the settings that do best by a metric, or those that none beats in two.",
            usage: "wavestyle sweep best DIR --metric METRIC [options]",
            discussion: """
                Settings are compared by their mean over the pairs; those that lack a pair are left out. --print-settings prints \
                the best as a file for --preset. --against lists the Pareto front: settings that no other beats in one \
                of two metrics without being worse in the other.

                  wavestyle sweep best results --metric style-distance --print-settings > best.json
                  wavestyle sweep best results --metric style-distance --against content-envelope
                """)

        @Argument(help: .text("The sweep's folder.", value: "folder"), completion: .directory)
        var folder: String

        @Option(help: .text("What decides.", value: "metric"))
        var metric: String

        @Option(help: .text("A second metric: list what no other beats in both.", value: "metric"))
        var against: String?

        @Flag(help: "Take the highest as the best, where the metric has no better direction.")
        var highest = false

        @Flag(help: "Take the lowest as the best, where the metric has no better direction.")
        var lowest = false

        @Option(parsing: .unconditional, help: .text("How many to list.", value: "count"))
        var count = 10

        @Flag(help: "Print the settings of the best as a file for --preset, and exit.")
        var printSettings = false

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            guard count > 0 else { throw Failure.unusable("--count \(count)", "it must be at least 1") }
            guard !highest || !lowest else {
                throw Failure.unusable("--highest", "--lowest is given, too", remedy: "leave one out")
            }
            let folder = SweepFolder(path: folder)
            let head = try folder.head()
            let metrics = try [metric, against].compactMap(\.self).map { try measured($0, head) }
            let isHigher = try metrics.map(isHigherBetter)
            let groups = try groups(folder, head, metrics)
            func better(_ one: SettingsGroup, _ other: SettingsGroup) -> Bool {
                let (one, other) = (one.mean(0) ?? 0, other.mean(0) ?? 0)
                return isHigher[0] ? one > other : one < other
            }
            var best = groups.sorted(by: better)
            if against != nil {
                let points = best.map { group in
                    isHigher.indices.map { (isHigher[$0] ? 1 : -1) * (group.mean($0) ?? 0) }
                }
                best = ParetoFront.indices(of: points).map { best[$0] }
            }
            if printSettings { return try emit(try preset(of: best[0], folder, head).json) }
            let rows = best.prefix(count).map { group in
                metrics.indices.map { metrics[$0].format(group.mean($0) ?? .nan) } + [group.preset]
                    + head.settingsOfPlan.map { group.settings[$0]?.plain ?? "-" }
            }
            let names = metrics.map(\.rawValue) + ["preset"] + head.settings
            if json {
                return try emit(prettyJSON(best.prefix(count).map { Summary($0, metrics) }))
            }
            try emit(TextTable(words: [names] + rows).text)
            if best.count > count { try emit("... and \(best.count - count) more\n") }
        }

        /// For programs.
        private struct Summary: Encodable {
            let preset: String
            let settings: SettingValues
            let means: [String: Double]
            let pairs: Int
            let run: String

            init(_ group: SettingsGroup, _ metrics: [Metric]) {
                (preset, settings, run) = (group.preset, group.settings, group.run.run)
                pairs = group.counts[0]
                means = Dictionary(
                    uniqueKeysWithValues: metrics.indices.compactMap { index in
                        group.mean(index).map { (metrics[index].rawValue, $0) }
                    })
            }
        }

        private func measured(_ name: String, _ head: SweepHead) throws(Failure) -> Metric {
            guard let metric = head.wantedMetrics.first(where: { $0.rawValue == name }) else {
                throw Failure.unusable(
                    "--metric \(name)", "the sweep has not measured it",
                    remedy: "choose from \(head.metrics.joined(separator: ", "))")
            }
            return metric
        }

        private func isHigherBetter(_ metric: Metric) throws(Failure) -> Bool {
            switch metric.direction {
            case .higher: return true
            case .lower: return false
            case .neither:
                guard highest || lowest else {
                    throw Failure.unusable(
                        "--metric \(metric.rawValue)", "neither more nor less of it is better",
                        remedy: "add --highest or --lowest")
                }
                return highest
            }
        }

        /// Those that have every metric on as many pairs as any.
        private func groups(
            _ folder: SweepFolder, _ head: SweepHead, _ metrics: [Metric]
        ) throws -> [SettingsGroup] {
            var groups: [[String]: SettingsGroup] = [:]
            try folder.forEachRun { run in
                guard let scores = SweptScores(folder.scoresPath(run.run), head.wantedMetrics) else { return }
                let key = [run.preset] + run.settings.arguments
                var group =
                    groups[key]
                    ?? SettingsGroup(
                        preset: run.preset, settings: run.settings, run: run, sums: metrics.map { _ in 0 },
                        counts: metrics.map { _ in 0 })
                for (index, metric) in metrics.enumerated() {
                    guard let score = scores.score(metric) else { continue }
                    group.sums[index] += score
                    group.counts[index] += 1
                }
                groups[key] = group
            }
            let most = groups.values.compactMap { $0.counts.min() }.max() ?? 0
            guard most > 0 else {
                throw Failure(
                    .noInput, "cannot name the best", at: folder.path,
                    why: groups.isEmpty ? "no run is finished" : "no run has a value of it",
                    remedy: groups.isEmpty ? "see 'wavestyle sweep status'" : nil)
            }
            return groups.values.filter { $0.counts.allSatisfy { $0 == most } }.sorted { $0.run.run < $1.run.run }
        }

        private func preset(of group: SettingsGroup, _ folder: SweepFolder, _ head: SweepHead) throws -> Preset {
            let record = try FinishedRun(folder.output(group.run.run, head)).record
            return Preset(try MethodSettings(record.settings))
        }
    }
}
