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
    /// Of each metric, over ``pairs``.
    var sums: [Double]
    /// By their numbers: those on which every metric is defined.
    var pairs: Set<Int> = []

    func mean(_ index: Int) -> Double { sums[index] / Double(pairs.count) }
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
            guard against != metric else {
                throw Failure.unusable("--against \(metric)", "it is --metric's", remedy: "name another one")
            }
            let folder = SweepFolder(path: folder)
            let head = try folder.head()
            let metrics = try [metric, against].compactMap(\.self).map { try measured($0, head) }
            let isHigher = try metrics.map(isHigherBetter)
            let groups = try groups(folder, head, metrics)
            func better(_ one: SettingsGroup, _ other: SettingsGroup) -> Bool {
                let (one, other) = (one.mean(0), other.mean(0))
                return isHigher[0] ? one > other : one < other
            }
            var best = groups.sorted(by: better)
            if against != nil {
                let points = best.map { group in
                    isHigher.indices.map { (isHigher[$0] ? 1 : -1) * group.mean($0) }
                }
                best = ParetoFront.indices(of: points).map { best[$0] }
            }
            if printSettings { return try emit(try preset(of: best[0], folder, head).json) }
            let rows = best.prefix(count).map { group in
                metrics.indices.map { metrics[$0].format(group.mean($0)) } + [group.preset]
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
                pairs = group.pairs.count
                means = Dictionary(uniqueKeysWithValues: metrics.indices.map { (metrics[$0].rawValue, group.mean($0)) })
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

        /// Those of the same pairs, the most that any has: means over others do not compare.
        private func groups(
            _ folder: SweepFolder, _ head: SweepHead, _ metrics: [Metric]
        ) throws -> [SettingsGroup] {
            var groups: [[String]: SettingsGroup] = [:]
            var pairs: [String: Int] = [:]
            try folder.forEachRun(of: head) { run in
                guard let scores = folder.scores(of: run.run, head) else { return }
                let key = [run.preset] + run.settings.arguments
                var group =
                    groups[key]
                    ?? SettingsGroup(
                        preset: run.preset, settings: run.settings, run: run, sums: metrics.map { _ in 0 })
                let values = metrics.compactMap(scores.score)
                let pair = pairs[run.pair] ?? pairs.count
                pairs[run.pair] = pair
                if values.count == metrics.count, group.pairs.insert(pair).inserted {
                    group.sums = zip(group.sums, values).map(+)
                }
                groups[key] = group
            }
            let sets = Dictionary(grouping: groups.values, by: \.pairs).filter { !$0.key.isEmpty }
            guard
                let largest = sets.max(by: { one, other in
                    (one.key.count, one.value.count, other.key.sorted().first ?? 0)
                        < (other.key.count, other.value.count, one.key.sorted().first ?? 0)
                })
            else {
                throw Failure(
                    .noInput, "cannot name the best", at: folder.path,
                    why: groups.isEmpty ? "no run is finished" : "no run has a value of it",
                    remedy: groups.isEmpty ? "see 'wavestyle sweep status'" : nil)
            }
            if largest.value.count < groups.count {
                Terminal.error.warn(
                    "\(groups.count - largest.value.count) of \(groups.count) settings have no value on the same \(largest.key.count) pairs, and are left out"
                )
            }
            return largest.value.sorted { $0.run.run < $1.run.run }
        }

        private func preset(of group: SettingsGroup, _ folder: SweepFolder, _ head: SweepHead) throws -> Preset {
            let record = try FinishedRun(folder.output(group.run.run, head)).record
            return Preset(try MethodSettings(record.settings))
        }
    }
}
