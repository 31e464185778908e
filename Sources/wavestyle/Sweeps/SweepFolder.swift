// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Files
import Foundation
import Sweeps
import Transfer

/// A run as the sweep's folder keeps it: what it is of, under a name that follows from that.
struct SweptRun: Codable {
    /// 16 hexadecimal digits of a digest of sounds, preset and settings: the same run has the same name, whatever else is in the plan.
    let run: String
    let pair: String
    let content: String
    let style: String
    /// SHA-256 of the two when the plan was made.
    let contentDigest: String
    let styleDigest: String
    let preset: String
    let settings: SettingValues

    /// Whether the name is one of ours, and no path.
    var isNamed: Bool { run.utf8.count == 16 && UInt64(run, radix: 16) != nil && !run.hasPrefix("+") }

    /// For a lock.
    var number: Int64 { Int64(run.prefix(15), radix: 16) ?? 0 }
}

/// What the runs of a sweep have in common.
struct SweepHead: Codable {
    struct System: Codable {
        let name: String
        /// What `--preset` takes: a name, or a file within the sweep's folder.
        let preset: String
    }

    let version: String
    let name: String
    /// Of the plan: the names of its runs, and what they have in common.
    let digest: String
    /// In all.
    let runs: Int
    let systems: [System]
    /// The settings that the plan names, in its order.
    let settings: [String]
    let metrics: [String]
    let threads: Int
    /// Bytes that a run may take.
    let memory: Int
    let format: String
    let traces: Bool
    /// Seconds; nil for the usual.
    let checkpointEvery: Double?
    /// Seconds of a run, by the preset's name: an estimate.
    let seconds: [String: Double]

    var wantedMetrics: [Metric] { metrics.compactMap { Metric(rawValue: $0) } }
    /// In the plan's order.
    var settingsOfPlan: [Setting] { settings.compactMap { name in SettingTable.all.first { $0.name == name } } }
}

/// The folder of a sweep: its plan, run by run, and what has come of it.
struct SweepFolder {
    let path: String

    var headPath: String { "\(path)/sweep.json" }
    var runsPath: String { "\(path)/runs.jsonl" }
    var locksPath: String { "\(path)/locks" }
    /// What is found in styles, shared by all runs.
    var targetsPath: String { "\(path)/targets" }
    var journalPath: String { "\(path)/journal" }
    var clusterPath: String { "\(path)/slurm" }

    /// Where a run's results are, without an extension; from the folder.
    func stem(_ run: String) -> String { "runs/\(run.prefix(2))/\(run)" }
    func output(_ run: String, _ head: SweepHead) -> String { "\(path)/\(stem(run)).\(head.format)" }
    func scoresPath(_ run: String) -> String { "\(path)/\(stem(run)).scores.json" }

    /// What was measured of a run that is finished: its result is there, with all that is to be measured. Nil of any other.
    func scores(of run: String, _ head: SweepHead) -> SweptScores? {
        fileExists(output(run, head)) ? SweptScores(scoresPath(run), head.wantedMetrics) : nil
    }

    /// Reads what the runs have in common.
    ///
    /// - Throws: ``Failure`` of kind `noInput` where the folder has no sweep, `badData` where it is of another version.
    func head() throws(Failure) -> SweepHead {
        guard let json = contents(ofFile: headPath) else {
            throw Failure(
                .noInput, "cannot read the sweep", at: path, why: "there is no sweep.json in it",
                remedy: "name the folder that 'sweep run' was given as --output")
        }
        do { return try JSONDecoder().decode(SweepHead.self, from: Data(json)) } catch {
            throw Failure(
                .badData, "cannot read the sweep", at: headPath, why: jsonProblem(error),
                remedy: "give 'sweep run' its plan again")
        }
    }

    /// Goes through all runs, one line at a time.
    ///
    /// - Throws: ``Failure`` of kind `badData` for a line that is no run, and what `body` throws.
    func forEachRun(of head: SweepHead, _ body: (SweptRun) throws -> Void) throws {
        let decoder = JSONDecoder()
        var count = 0
        try LineReader(runsPath).forEach { line, number in
            guard let run = try? decoder.decode(SweptRun.self, from: Data(line)), run.isNamed else {
                throw Failure(
                    .badData, "cannot read the sweep", at: "\(runsPath):\(number)", why: "the line is not a run",
                    remedy: "give 'sweep run' its plan again")
            }
            count += 1
            try body(run)
        }
        guard count == head.runs else {
            throw Failure(
                .badData, "cannot read the sweep", at: runsPath,
                why: "it has \(count) runs, and \(headPath) \(head.runs)",
                remedy: "give 'sweep run' its plan again")
        }
    }

    /// Numbers of ``locksPath``: those of runs are below.
    static let planNumber: Int64 = 1 << 61

    /// Whether somebody does a run.
    var isBusy: Bool { ByteLock.isAnyTaken(below: Self.planNumber, of: locksPath) }

    /// Keeps other processes, of all machines, from writing the plan.
    ///
    /// - Throws: ``Failure`` of kind `cannotCreate` where one writes it for longer than some seconds.
    func lockPlan() throws(Failure) -> ByteLock {
        for _ in 0..<100 {
            if let lock = try ByteLock.take(Self.planNumber, of: locksPath) { return lock }
            usleep(100_000)
        }
        throw Failure(
            .cannotCreate, "cannot write the plan", at: path, why: "another process is writing it", remedy: "try again")
    }

    /// Removes what processes that were killed have left half written, unless somebody does a run now.
    func removePartialFiles() {
        guard !isBusy else { return }
        let places = (Folder.names(in: "\(path)/runs") ?? []).map { "\(path)/runs/\($0)" } + [targetsPath]
        for place in places {
            for name in Folder.names(in: place) ?? [] where OutputFile.isPartial(name) {
                var status = stat()
                let file = "\(place)/\(name)"
                // One that was written to just now may be of a run that begins.
                guard stat(file.cPath, &status) == 0, time(nil) - status.st_mtim.tv_sec > 10 else { continue }
                unlink(file.cPath)
            }
        }
    }

    /// The words of a run's transfer.
    func job(_ run: SweptRun, _ head: SweepHead) -> Job {
        let preset = head.systems.first { $0.name == run.preset }?.preset ?? run.preset
        let place = preset.hasPrefix("presets/") ? "\(path)/\(preset)" : preset
        // A mosaic has no iterations.
        let isTraced = head.traces && (try? MethodSettings(run.settings, preset: place))?.optimisation != nil
        return Job(
            name: run.run, output: output(run.run, head),
            arguments: ["--preset=\(place)"] + run.settings.arguments
                + (isTraced ? ["--trace=\(path)/\(stem(run.run)).jsonl"] : [])
                + [
                    "--content=\(run.content)", "--style=\(run.style)", "--output=\(output(run.run, head))",
                    "--threads=\(head.threads)", "--max-memory=\(head.memory)", "--targets=\(targetsPath)",
                ] + argument("--checkpoint-every", head.checkpointEvery))
    }
}

/// What was measured of a run's result.
struct SweptScores: Codable {
    /// Of the result.
    let sha256: String
    /// By the metrics' names; null where a metric is not defined.
    let scores: [String: Double?]

    init(sha256: String, _ column: ScoreTable.Column, _ metrics: [Metric]) {
        self.sha256 = sha256
        scores = Dictionary(uniqueKeysWithValues: metrics.map { ($0.rawValue, column.score($0)) })
    }

    /// nil where they are not there, or lack a metric.
    init?(_ path: String, _ metrics: [Metric]) {
        guard let json = contents(ofFile: path),
            let scores = try? JSONDecoder().decode(SweptScores.self, from: Data(json)),
            metrics.allSatisfy({ scores.scores[$0.rawValue] != nil })
        else { return nil }
        self = scores
    }

    func score(_ metric: Metric) -> Double? { scores[metric.rawValue] ?? nil }
}
