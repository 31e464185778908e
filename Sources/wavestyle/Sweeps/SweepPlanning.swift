// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Sweeps
import Transfer

/// A plan on its way to be a folder's sweep: which runs it makes, under which names.
struct SweepPlanning {
    let plan: SweepPlan
    let runs: Int
    let excluded: Int
    let same: Int
    /// For each preset how many runs it has, and some that are spread evenly over them.
    private let spread: [Spread]

    init(_ path: String) throws {
        plan = try SweepPlan(path, sounds: SweepSounds())
        var spread = plan.systems.map { _ in Spread() }
        (runs, excluded, same) = try plan.forEachRun { spread[$0.system].add($0) }
        self.spread = spread
    }

    /// A few of many, evenly: when there are too many, every second one is dropped, and from then on every second one is taken.
    private struct Spread {
        private(set) var count = 0
        private(set) var some: [PlannedRun] = []
        private var stride = 1

        mutating func add(_ run: PlannedRun) {
            if count % stride == 0 {
                some.append(run)
                if some.count == 8 {
                    some = some.indices.filter { $0 % 2 == 0 }.map { [some] in some[$0] }
                    stride *= 2
                }
            }
            count += 1
        }
    }

    /// Its time, memory and disk.
    ///
    /// - Parameter patience: as for ``SweepEstimate``.
    func estimate(patience: Double? = nil) throws -> SweepEstimate? {
        let chosen = zip(plan.systems, spread).map { system, spread in
            (
                system: system.name, runs: spread.count,
                some: spread.some.map { run in
                    Job(name: system.name, output: "", arguments: arguments(run) + ["--threads=\(plan.threads)"])
                }
            )
        }.filter { $0.runs > 0 }
        return try SweepEstimate(
            chosen, metricsOf: plan.pairs[plan.pairs.count / 2], plan.metrics, patience: patience)
    }

    private func arguments(_ run: PlannedRun) -> [String] {
        let pair = plan.pairs[run.pair]
        return ["--preset=\(plan.systems[run.system].preset)", "--content=\(pair.content)", "--style=\(pair.style)"]
            + plan.settings(of: run).arguments
    }

    /// The words of a row for people: pair, preset, and each setting of the plan.
    func cells(_ run: PlannedRun) -> [String] {
        [plan.pairs[run.pair].name, plan.systems[run.system].name]
            + zip(plan.axes, run.values).map { axis, value in value < 0 ? "-" : axis.values[value].plain }
    }

    var columns: [String] { ["pair", "preset"] + plan.axes.map(\.setting.name) }

    /// Writes the plan into a folder, run by run, and what the runs have in common.
    ///
    /// - Throws: ``Failure`` where a file cannot be written or a sound cannot be read.
    func write(to folder: SweepFolder, _ estimate: SweepEstimate, memory: Int) throws -> SweepHead {
        let systems = try plan.systems.map { system in
            guard system.preset.hasSuffix(".json") else {
                return SweepHead.System(name: system.name, preset: system.preset)
            }
            try Folder.make("\(folder.path)/presets")
            let place = "presets/\(system.name).json"
            try OutputFile(path: "\(folder.path)/\(place)").write(
                bytes: try contents(ofFile: system.preset, or: "cannot read the preset"))
            return SweepHead.System(name: system.name, preset: place)
        }
        let head = SweepHead(
            version: Wavestyle.version, name: plan.path.lastName.stem, runs: runs, systems: systems,
            settings: plan.axes.map(\.setting.name), metrics: plan.metrics.map(\.rawValue), threads: plan.threads,
            memory: memory, format: plan.format, traces: plan.traces,
            checkpointEvery: plan.checkpointEvery, seconds: estimate.seconds)
        try writeRuns(to: folder.runsPath)
        try OutputFile(path: folder.headPath).write(text: try prettyJSON(head))
        return head
    }

    private func writeRuns(to path: String) throws {
        let digests = try Digests(plan)
        let paths = try plan.pairs.map { pair in
            (content: try absolute(pair.content), style: try absolute(pair.style))
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try OutputFile(path: path).write { partial in
            let writer = try LineWriter(path: partial)
            var text = [UInt8]()
            try plan.forEachRun { run in
                let swept = SweptRun(
                    run: digests.name(of: run), pair: plan.pairs[run.pair].name, content: paths[run.pair].content,
                    style: paths[run.pair].style, preset: plan.systems[run.system].name,
                    settings: plan.settings(of: run))
                text += try encoder.encode(swept)
                text.append(UInt8(ascii: "\n"))
                if text.count > 1 << 18 {
                    try writer.write(bytes: text)
                    text.removeAll(keepingCapacity: true)
                }
            }
            try writer.write(bytes: text)
            try writer.close()
        }
    }

    private func absolute(_ path: String) throws(Failure) -> String {
        guard let place = OutputFile.resolved(path) else {
            throw Failure(.noInput, "cannot read", at: path, why: "there is no such file")
        }
        return place
    }

    /// Digests of what runs are made of, each computed once.
    private struct Digests {
        private let plan: SweepPlan
        private let pairs: [String]
        private let systems: [String]
        /// By the weights' name or file.
        private var weights: [String: String] = [:]

        init(_ plan: SweepPlan) throws {
            self.plan = plan
            var known: [String: String] = [:]
            func digest(_ path: String) throws -> String {
                if let found = known[path] { return found }
                let digest = try Checksum(ofFile: path).description
                known[path] = digest
                return digest
            }
            pairs = try plan.pairs.map { "\(try digest($0.content))\n\(try digest($0.style))\n" }
            systems = try plan.systems.map { system in
                try MethodSettings(preset: system.preset).values.json() + "\n"
            }
            let axis = plan.axes.first { $0.setting == SettingTable.shared.weights }
            for case .text(let name)? in axis?.values ?? [] where fileExists(name) { weights[name] = try digest(name) }
        }

        func name(of run: PlannedRun) -> String {
            var text = pairs[run.pair] + systems[run.system]
            for (axis, value) in zip(plan.axes, run.values) where value >= 0 {
                let plain = axis.values[value].plain
                text += "\(axis.setting.name)=\(weights[plain] ?? plain)\n"
            }
            return String(Array(text.utf8).withUnsafeBytes { Checksum(of: $0) }.description.prefix(16))
        }
    }
}
