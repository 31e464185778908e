// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Files
import Transfer
import Yams

/// A sweep as it was written down: pairs of sounds, presets, and settings with the values that they are to have.
///
///     pairs: [{content: voice.wav, style: flute.wav}]     # or contents and styles: files, folders, patterns
///     presets: [nsynth, clean]
///     settings:
///       layers: [relu1, "relu1:1-10"]                     # a grid: each with each
///       alpha: {from: 0.01, to: 10, scale: log}           # a range: sampled
///     sample: {method: sobol, count: 16, seed: 1}
///     exclude: [{preset: clean, layers: relu1}]
///     metrics: [style-distance, content-envelope]
///
/// ``forEachRun(_:)`` goes through the runs that makes.
public struct SweepPlan: Sendable {
    /// A preset, as it was given.
    public struct System: Sendable {
        /// For tables: the name, or the file's.
        public let name: String
        /// What `--preset` takes, from the working folder.
        public let preset: String
        /// What it is, as it was read.
        public let base: Preset
        /// Whether it comes with the program.
        public let isBundled: Bool
        let place: String
    }

    /// How Slurm is asked for tasks.
    public struct Cluster: Equatable, Sendable {
        public var partition: String?
        public var account: String?
        /// Further options of sbatch, as `--qos=long`.
        public var options: [String] = []
    }

    /// The plan's file.
    public let path: String
    /// The sounds.
    public let pairs: [PlanPair]
    /// The presets.
    public let systems: [System]
    /// The settings that vary or are set, in the plan's order; those of the grid before those that are sampled.
    public let axes: [PlanAxis]
    /// Points of the sampled axes; 1 where there are none.
    public let samples: Int
    /// What is measured of each result.
    public let metrics: [Metric]
    /// Threads of a run.
    public let threads: Int
    /// Memory of a run, as `--max-memory` takes it; nil for what the estimate says.
    public let memory: String?
    /// Of the results' files, as `wav`.
    public let format: String
    /// Whether the losses of each iteration are written.
    public let traces: Bool
    /// Seconds between checkpoints of a run; nil for the usual.
    public let checkpointEvery: Double?
    public let cluster: Cluster
    let exclusions: [PlanExclusion]

    private static let names = [
        "pairs", "contents", "styles", "presets", "settings", "sample", "exclude", "metrics", "threads", "max-memory",
        "format", "traces", "checkpoint-every", "slurm",
    ]
    /// Before exclusions.
    private static let maximumCombinations = 10_000_000
    /// Of results.
    private static let formats = ["wav", "flac", "ogg", "opus", "mp3", "aiff"]

    /// Reads a plan.
    ///
    /// - Throws: ``Failure`` of kind `noInput` for a file that cannot be read, `badData` with line and column for a mistake.
    public init(_ path: String, sounds: some PlanSoundFinder) throws(Failure) {
        let text = try PlanText(path)
        var parts: [String: Node] = [:]
        for (name, _, value) in try text.members(of: text.root, "a plan", names: Self.names) { parts[name] = value }
        self.path = path
        pairs = try text.pairs(
            pairs: parts["pairs"], contents: parts["contents"], styles: parts["styles"], by: sounds)
        systems = try Self.systems(parts["presets"], text)
        let sample: PlanSample? = if let node = parts["sample"] { try PlanSample(node, in: text) } else { nil }
        axes = try Self.axes(parts["settings"], sample, sampleNode: parts["sample"], systems, text)
        samples = axes.contains(where: \.isSampled) ? sample?.count ?? 1 : 1
        exclusions = try PlanExclusion.all(parts["exclude"], axes: axes, pairs: pairs, systems: systems, in: text)
        metrics = try Self.metrics(parts["metrics"], text)
        threads = try parts["threads"].map { node throws(Failure) in try text.whole(node, "threads", in: 1...256) } ?? 1
        memory = try parts["max-memory"].map { node throws(Failure) in try text.text(node, "max-memory") }
        format =
            try parts["format"].map { node throws(Failure) in
                let name = try text.text(node, "format")
                guard Self.formats.contains(name) else {
                    throw text.mistake(at: node, "the formats are \(Self.formats.joined(separator: ", "))")
                }
                return name
            } ?? "wav"
        traces = try parts["traces"].map { node throws(Failure) in try text.flag(node, "traces") } ?? false
        checkpointEvery = try parts["checkpoint-every"].map { node throws(Failure) in
            let seconds = try text.number(node, "checkpoint-every")
            guard (0...1e6).contains(seconds) else {
                throw text.mistake(at: node, "checkpoint-every must be between 0 and 1e6 seconds")
            }
            return seconds
        }
        cluster = try Self.cluster(parts["slurm"], text)
        var combinations = systems.count
        for count in axes.filter({ !$0.isSampled }).map(\.values.count) + [samples, pairs.count] {
            let (product, overflows) = combinations.multipliedReportingOverflow(by: count)
            guard !overflows, product <= Self.maximumCombinations else {
                throw Failure(
                    .badData, "cannot use the plan", at: path,
                    why: "it combines more than \(Self.maximumCombinations) runs", remedy: "sample ranges, or split it")
            }
            combinations = product
        }
    }

    /// The text of a plan.
    ///
    /// - Throws: ``Failure`` of kind `noInput`.
    public static func text(_ path: String) throws(Failure) -> String {
        String(decoding: try PlanText.bytes(path), as: UTF8.self)
    }

    private static func systems(_ node: Node?, _ text: PlanText) throws(Failure) -> [System] {
        guard let node else { return [try system("mosaic", nil, text)] }
        var (systems, names): ([System], Set<String>) = ([], [])
        for element in try text.list(node, "presets") {
            let found = try system(try text.text(element, "a preset"), element, text)
            guard names.insert(found.name).inserted else {
                throw text.mistake(at: element, "the preset '\(found.name)' is there twice")
            }
            systems.append(found)
        }
        return systems
    }

    private static func system(_ given: String, _ node: Node?, _ text: PlanText) throws(Failure) -> System {
        let isName = Preset.all.contains { $0.name == given }
        let isFile = given.contains("/") || given.hasSuffix(".json") || fileExists(text.beside(given))
        let preset = isName || !isFile ? given : text.beside(given)
        do throws(Failure) {
            return System(
                name: isName ? given : given.lastName.stem, preset: preset, base: try Preset(named: preset),
                isBundled: isName,
                place: text.place(of: node))
        } catch {
            throw text.mistake(at: node, "\(error.location ?? given): \(error.why)", remedy: error.remedy)
        }
    }

    private static func axes(
        _ node: Node?, _ sample: PlanSample?, sampleNode: Node?, _ systems: [System], _ text: PlanText
    ) throws(Failure) -> [PlanAxis] {
        guard let node else {
            guard sample == nil else { throw text.mistake(at: sampleNode, "there is no range to sample") }
            return []
        }
        var axes: [PlanAxis] = []
        var ranges: [(setting: Setting, range: PlanRange, node: Node)] = []
        for (name, key, value) in try text.members(of: node, "settings") {
            guard let setting = SettingTable.all.first(where: { $0.name == name }) else {
                throw text.mistake(
                    at: key, "there is no setting '\(name)'",
                    remedy: Nearest.name(to: name, among: SettingTable.all.map(\.name)).map { "did you mean \($0)?" }
                        ?? "see 'wavestyle --help-all'")
            }
            guard value.mapping != nil else {
                axes.append(
                    PlanAxis(
                        setting: setting, values: try values(value, setting, text), isSampled: false,
                        place: text.place(of: value)))
                continue
            }
            let range = try PlanRange(value, setting, isWhole: isWhole(setting, systems), in: text)
            if let count = range.count {
                let all = (0..<count).map { range.value(at: Double($0) / Double(count - 1)) }
                axes.append(
                    PlanAxis(setting: setting, values: distinct(all), isSampled: false, place: text.place(of: value)))
            } else {
                ranges.append((setting, range, value))
            }
        }
        guard let sample, !ranges.isEmpty else {
            if let first = ranges.first {
                throw text.mistake(
                    at: first.node, "this range is to be sampled, and the plan has no sample",
                    remedy: "add sample: {method: sobol, count: 16}, or a count to the range for evenly spaced values")
            }
            if sample != nil { throw text.mistake(at: sampleNode, "there is no range to sample") }
            return axes
        }
        guard ranges.count <= Sobol.maximumDimension || sample.method == .random else {
            throw text.mistake(
                at: sampleNode, "sobol samples at most \(Sobol.maximumDimension) ranges", remedy: "use random")
        }
        let points = sample.points(dimension: ranges.count)
        return axes
            + ranges.enumerated().map { index, range in
                PlanAxis(
                    setting: range.setting, values: points.map { range.range.value(at: $0[index]) }, isSampled: true,
                    place: text.place(of: range.node))
            }
    }

    private static func values(
        _ node: Node, _ setting: Setting, _ text: PlanText
    ) throws(Failure) -> [SettingValues.Value] {
        var (values, seen): ([SettingValues.Value], Set<String>) = ([], [])
        for element in try text.list(node, setting.name) {
            let written = try text.text(element, "a value of \(setting.name)")
            // As YAML has it, and as the command line has it.
            let plain = written == ".inf" && setting.kind == .number ? "inf" : written
            guard var value = SettingValues.Value(plain, of: setting.kind) else {
                throw text.mistake(
                    at: element, "\(setting.name) must be \(setting.kind == .flag ? "true or false" : "a number")")
            }
            if setting == SettingTable.shared.weights, let place = OutputFile.resolved(text.beside(plain)) {
                value = .text(place)
            }
            guard seen.insert(value.plain).inserted else {
                throw text.mistake(at: element, "\(setting.name) has the value \(plain) twice")
            }
            values.append(value)
        }
        return values
    }

    private static func distinct(_ values: [SettingValues.Value]) -> [SettingValues.Value] {
        values.reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }

    private static func isWhole(_ setting: Setting, _ systems: [System]) -> Bool {
        let bases = systems.compactMap { try? MethodSettings($0.base.settings) }
        return (bases + MethodName.allCases.map { MethodSettings($0) }).contains { settings in
            if case .whole = settings.values[setting] { true } else { false }
        }
    }

    private static func metrics(_ node: Node?, _ text: PlanText) throws(Failure) -> [Metric] {
        guard let node else { return Metric.allCases }
        var wanted: Set<Metric> = []
        for element in try text.list(node, "metrics") {
            let name = try text.text(element, "a metric")
            guard let metric = Metric(rawValue: name) else {
                throw text.mistake(
                    at: element, "there is no metric '\(name)'",
                    remedy: "choose from \(Metric.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            wanted.insert(metric)
        }
        return Metric.allCases.filter(wanted.contains)
    }

    private static func cluster(_ node: Node?, _ text: PlanText) throws(Failure) -> Cluster {
        var cluster = Cluster()
        guard let node else { return cluster }
        for (name, _, value) in try text.members(of: node, "slurm", names: ["partition", "account", "options"]) {
            switch name {
            case "partition": cluster.partition = try text.text(value, name)
            case "account": cluster.account = try text.text(value, name)
            default:
                for option in try text.list(value, name) {
                    let written = try text.text(option, "an option")
                    guard written.hasPrefix("-") else {
                        throw text.mistake(at: option, "an option of sbatch begins with a dash, as --qos=long")
                    }
                    cluster.options.append(written)
                }
            }
        }
        return cluster
    }
}
