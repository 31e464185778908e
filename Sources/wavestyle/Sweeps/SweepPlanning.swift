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
    /// Bytes that a run may take; nil where the plan does not say.
    let memory: Int?
    /// For each preset how many runs it has, and some that are spread evenly over them.
    private let spread: [EvenChoice<PlannedRun>]

    init(_ path: String) throws {
        plan = try SweepPlan(path, sounds: SweepSounds())
        memory = try Self.memory(plan)
        var spread = plan.systems.map { _ in EvenChoice<PlannedRun>(limit: 7) }
        (runs, excluded, same) = try plan.forEachRun { spread[$0.system].add($0) }
        self.spread = spread
    }

    /// Its time, memory and disk.
    ///
    /// - Parameter isQuick: as for ``SweepEstimate``.
    func estimate(isQuick: Bool = false) throws -> SweepEstimate? {
        let chosen = zip(plan.systems, spread).map { system, spread in
            (
                system: system.name, runs: spread.count,
                some: spread.some.map { run in
                    Job(name: system.name, output: "", arguments: arguments(run) + ["--threads=\(plan.threads)"])
                }
            )
        }.filter { $0.runs > 0 }
        return try SweepEstimate(
            chosen, metricsOf: plan.pairs[plan.pairs.count / 2], plan.metrics, isQuick: isQuick)
    }

    private func arguments(_ run: PlannedRun) -> [String] {
        let pair = plan.pairs[run.pair]
        return ["--preset=\(plan.systems[run.system].preset)", "--content=\(pair.content)", "--style=\(pair.style)"]
            + plan.settings(of: run).arguments
    }

    /// Bytes that a run may take, where the plan says; nil where it does not.
    ///
    /// - Throws: ``Failure`` of kind `badData`.
    private static func memory(_ plan: SweepPlan) throws(Failure) -> Int? {
        guard let text = plan.memory else { return nil }
        guard let size = MemorySize(argument: text) else {
            throw Failure(
                .badData, "cannot use the plan", at: plan.path, why: "max-memory: '\(text)' is not a size",
                remedy: "write 2GB, say")
        }
        return size.bytes
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
    func write(to folder: SweepFolder, _ estimate: SweepEstimate) throws -> SweepHead {
        let lock = try folder.lockPlan()
        defer { withExtendedLifetime(lock) {} }
        let digests = try Digests(plan)
        let digest = try digests.ofPlan()
        if let head = try? folder.head(), folder.isBusy {
            // What others do stays as they began it.
            guard head.digest == digest else {
                throw Failure(
                    .cannotCreate, "cannot write the plan", at: folder.path, why: "another plan is being run in it",
                    remedy: "wait for that, end it by 'wavestyle sweep cancel', or choose another folder")
            }
            return head
        }
        let systems = try plan.systems.map { system in
            guard !system.isBundled else { return SweepHead.System(name: system.name, preset: system.preset) }
            try Folder.make("\(folder.path)/presets")
            let place = "presets/\(system.name).json"
            try OutputFile(path: "\(folder.path)/\(place)").write(text: Self.movable(system.base).json)
            return SweepHead.System(name: system.name, preset: place)
        }
        let head = SweepHead(
            version: Wavestyle.version, name: plan.path.lastName.stem, digest: digest, runs: runs, systems: systems,
            settings: plan.axes.map(\.setting.name), metrics: plan.metrics.map(\.rawValue), threads: plan.threads,
            memory: memory ?? estimate.memoryOfRun, format: plan.format, traces: plan.traces,
            checkpointEvery: plan.checkpointEvery, seconds: estimate.seconds)
        try writeRuns(to: folder.runsPath, digests)
        try OutputFile(path: folder.headPath).write(text: try prettyJSON(head))
        return head
    }

    /// A preset whose weights are found from any folder.
    private static func movable(_ preset: Preset) -> Preset {
        var preset = preset
        if case .text(let name)? = preset.settings[\.weights], let place = OutputFile.resolved(name) {
            preset.settings[\.weights] = .text(place)
        }
        return preset
    }

    private func writeRuns(to path: String, _ digests: Digests) throws {
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
                    style: paths[run.pair].style, contentDigest: digests.pairs[run.pair].content,
                    styleDigest: digests.pairs[run.pair].style, preset: plan.systems[run.system].name,
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
        let pairs: [(content: String, style: String)]
        private let systems: [String]
        /// By the weights' name or file.
        private let weights: [String: String]

        init(_ plan: SweepPlan) throws {
            self.plan = plan
            var known: [String: String] = [:]
            func digest(_ path: String) throws -> String {
                if let found = known[path] { return found }
                let digest = try Checksum(ofFile: path).description
                known[path] = digest
                return digest
            }
            pairs = try plan.pairs.map { (try digest($0.content), try digest($0.style)) }
            var weights: [String: String] = [:]
            let axis = plan.axes.first { $0.setting == SettingTable.shared.weights }
            for case .text(let name)? in (axis?.values ?? []) + plan.systems.map({ $0.base.settings[\.weights] })
            where fileExists(name) { weights[name] = try digest(name) }
            self.weights = weights
            systems = try plan.systems.map { system in
                var settings = try MethodSettings(system.base.settings).values
                if case .text(let name)? = settings[\.weights], let digest = weights[name] {
                    settings[\.weights] = .text(digest)
                }
                return Self.digest(settings.json())
            }
        }

        func name(of run: PlannedRun) -> String {
            let pair = pairs[run.pair]
            var text = "\(pair.content)\n\(pair.style)\n\(systems[run.system])\n"
            for (axis, value) in zip(plan.axes, run.values) where value >= 0 {
                let plain = axis.values[value].plain
                text += "\(axis.setting.name)=\(weights[plain] ?? plain)\n"
            }
            return String(Self.digest(text).prefix(16))
        }

        /// Of all runs in their order, and of what is done with each.
        func ofPlan() throws -> String {
            var text = "\(plan.metrics) \(plan.format) \(plan.traces) \(plan.threads) \(plan.memory ?? "")\n"
            try plan.forEachRun { text += name(of: $0) }
            return Self.digest(text)
        }

        private static func digest(_ text: String) -> String {
            Array(text.utf8).withUnsafeBytes { Checksum(of: $0) }.description
        }
    }
}
