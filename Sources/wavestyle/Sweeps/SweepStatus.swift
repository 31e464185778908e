// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Foundation
import Report

/// How far a sweep is.
struct SweepProgress: Encodable {
    struct Failed: Encodable {
        let run: String
        let pair: String
        let preset: String
        let settings: [String]
        let reason: String
    }

    struct Submitted: Encodable {
        let job: String
        let running: Int
        let pending: Int
    }

    let runs: Int
    let finished: Int
    /// Those that a process does now.
    let running: Int
    let failed: Int
    let left: Int
    /// Mean seconds of those that are finished; nil where none is.
    let secondsOfRun: Double?
    private(set) var failures: [Failed] = []
    private(set) var submissions: [Submitted] = []
    private(set) var remarks: [String] = []

    /// Failures that are named.
    private static let named = 20

    init(_ folder: SweepFolder, _ head: SweepHead) throws {
        let last = try SweepJournal.last(in: folder)
        var (finished, unfinished): (Int, [SweptRun]) = (0, [])
        var runs = 0
        try folder.forEachRun(of: head) { run in
            runs += 1
            if folder.scores(of: run.run, head) != nil {
                finished += 1
            } else if last[run.run] != nil {
                unfinished.append(run)
            }
        }
        let taken = ByteLock.taken(among: unfinished.map(\.number), of: folder.locksPath)
        var failed = 0
        for run in unfinished where !taken.contains(run.number) {
            guard let entry = last[run.run], entry.event == .failed else { continue }
            failed += 1
            guard failures.count < Self.named else { continue }
            failures.append(
                Failed(
                    run: run.run, pair: run.pair, preset: run.preset, settings: run.settings.arguments,
                    reason: entry.reason ?? "no reason was told"))
        }
        let times = last.values.filter { $0.event == .finished }.compactMap(\.seconds)
        secondsOfRun = times.isEmpty ? nil : times.reduce(0, +) / Double(times.count)
        (self.runs, self.finished, running, self.failed) = (runs, finished, taken.count, failed)
        left = runs - finished - failed - taken.count
        guard finished < runs else { return }
        for submission in SweepSubmission.all(in: folder) {
            let tasks: [Slurm.ArrayTask]
            do throws(Failure) { tasks = try Slurm.tasks(of: submission.job) } catch {
                remarks = ["Slurm was not asked: \(error.why)"]
                break
            }
            guard !tasks.isEmpty else { continue }
            let pending = tasks.count { $0.state == "PENDING" }
            submissions.append(Submitted(job: submission.job, running: tasks.count - pending, pending: pending))
        }
    }

    /// For people.
    var text: String {
        let counts = [(finished, "finished"), (running, "running"), (failed, "failed"), (left, "left")]
        var lines = [
            "\(runs) runs: " + counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        ]
        if let secondsOfRun, running > 0 {
            let seconds = Double(running + left) * secondsOfRun / Double(running)
            lines.append("about \(durationText(seconds)) to go, \(running) at a time")
        }
        lines += submissions.map { "Slurm job \($0.job): \($0.running) tasks running, \($0.pending) waiting" }
        lines += remarks
        for failure in failures {
            lines.append(
                "failed: \(failure.pair) \(failure.preset) \(failure.settings.joined(separator: " ")): \(failure.reason)"
            )
        }
        if failed > failures.count { lines.append("... and \(failed - failures.count) more") }
        return lines.map { $0.escapingControlCharacters + "\n" }.joined()
    }
}

extension SweepCommand {
    /// `wavestyle sweep status`.
    struct Status: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "status", abstract: "Say how far a sweep is.", usage: "wavestyle sweep status DIR [--json]")

        @Argument(help: .text("The sweep's folder.", value: "folder"), completion: .directory)
        var folder: String

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            let folder = SweepFolder(path: folder)
            let progress = try SweepProgress(folder, try folder.head())
            try emit(json ? try prettyJSON(progress) : progress.text)
        }
    }

    /// `wavestyle sweep cancel`.
    struct Cancel: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "cancel",
            abstract: "End what runs and what waits; finished runs stay, and others can be continued.",
            usage: "wavestyle sweep cancel DIR")

        @Argument(help: .text("The sweep's folder.", value: "folder"), completion: .directory)
        var folder: String

        func run() throws {
            let folder = SweepFolder(path: folder)
            let head = try folder.head()
            var said: [String] = []
            do throws(Failure) {
                for submission in SweepSubmission.all(in: folder) {
                    let tasks = try Slurm.tasks(of: submission.job).count
                    guard tasks > 0 else { continue }
                    try Slurm.cancel(submission.job)
                    said.append("Slurm job \(submission.job): \(tasks) tasks ended")
                }
            } catch {
                Terminal.error.warn("Slurm was not asked: \(error.why)")
            }
            for process in try processesHere(folder, head) where kill(process, SIGTERM) == 0 {
                said.append("process \(process): told to end")
            }
            if said.isEmpty { said.append("Nothing runs, and nothing waits.") }
            try emit(said.map { $0 + "\n" }.joined())
        }

        /// Processes of this machine that have begun a run which somebody still does, and are this program.
        private func processesHere(_ folder: SweepFolder, _ head: SweepHead) throws -> Set<pid_t> {
            let host = ProcessInfo.processInfo.hostName
            let own = OutputFile.resolved("/proc/self/exe")
            var isOurs: [pid_t: Bool] = [:]
            var begun: [String: Set<pid_t>] = [:]
            try SweepJournal.forEach(in: folder) { entry in
                guard entry.host == host, entry.event == .began, entry.process != getpid() else { return }
                let process = entry.process
                isOurs[process] = isOurs[process] ?? (OutputFile.resolved("/proc/\(process)/exe") == own)
                if isOurs[process] == true { begun[entry.run, default: []].insert(process) }
            }
            var numbers: [Int64: Set<pid_t>] = [:]
            try folder.forEachRun(of: head) { run in numbers[run.number] = begun[run.run] }
            return Set(ByteLock.taken(among: numbers.keys, of: folder.locksPath).flatMap { numbers[$0] ?? [] })
        }
    }
}
