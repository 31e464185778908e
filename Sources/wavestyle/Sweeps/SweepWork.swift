// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Evaluation
import Files
import Foundation
import Synchronization
import Transfer

/// Does runs of a sweep: each in a process of its own, never two processes the same one, and measures what comes out.
struct SweepWork {
    let folder: SweepFolder
    let head: SweepHead
    /// Of the process, for its journal.
    let name: String
    let width: Int
    let quiet: Bool

    /// Runs that are handed to the queue at a time: so many stand in memory.
    private static let batch = 1_000

    struct Outcome {
        var finished = 0
        var finishedBefore = 0
        /// Another process has them.
        var elsewhere = 0
        var failures: [(run: String, code: Int32, reason: String)] = []
    }

    /// Does those of the sweep's runs that are wanted and not finished, unless Ctrl-C comes.
    func run(only wanted: Set<String>? = nil) throws -> Outcome {
        let journal = try SweepJournal(name, in: folder)
        var (outcome, batch) = (Outcome(), [SweptRun]())
        try folder.forEachRun(of: head) { run in
            guard wanted?.contains(run.run) ?? true, !Interruption.hasCome else { return }
            batch.append(run)
            if batch.count == Self.batch { try self.run(&batch, journal, &outcome) }
        }
        try run(&batch, journal, &outcome)
        folder.removePartialFiles()
        return outcome
    }

    private func run(_ batch: inout [SweptRun], _ journal: SweepJournal, _ outcome: inout Outcome) throws {
        defer { batch.removeAll() }
        let left = batch.filter { folder.scores(of: $0.run, head) == nil }
        outcome.finishedBefore += batch.count - left.count
        for place in Set(left.map { folder.output($0.run, head).parentFolder }) { try Folder.make(place) }
        let runs = Dictionary(left.map { ($0.run, $0) }) { first, _ in first }
        let elsewhere = Mutex(0)
        let queue = JobQueue(width: max(min(width, left.count), 1), quiet: quiet)
        let results = try queue.run(
            left.map { folder.job($0, head) },
            by: { job, tell in
                guard let run = runs[job.name] else { return .notBegun }
                guard let ending = try perform(run, queue.arguments(of: job), journal, tell) else {
                    elsewhere.withLock { $0 += 1 }
                    return .notBegun
                }
                return ending
            })
        outcome.elsewhere += elsewhere.withLock { $0 }
        outcome.finished += results.all.count { $0.ending == .finished }
        outcome.finishedBefore += results.all.count { $0.ending == .finishedBefore }
        outcome.failures += results.failures.map { ($0.job.name, $0.code, $0.reason) }
    }

    /// - Returns: nil where another process has the run.
    private func perform(
        _ run: SweptRun, _ arguments: [String], _ journal: SweepJournal, _ tell: (RunEvent) -> Void
    ) throws -> JobEnding? {
        guard let lock = try ByteLock.take(run.number, of: folder.locksPath) else { return nil }
        defer { withExtendedLifetime(lock) {} }
        // Another process may have finished it meanwhile.
        if folder.scores(of: run.run, head) != nil { return .finishedBefore }
        let start = DispatchTime.now().uptimeNanoseconds
        func took() -> Double { Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9 }
        try begin(run, journal)
        var ending = try JobChild.run(arguments, tell: tell)
        if ending.wasKilled, !Interruption.hasCome {
            // Once more, from its checkpoint: somebody, or the system short of memory, has killed it.
            try journal.write(run.run, .failed, seconds: took(), reason: ending.reason)
            try begin(run, journal)
            ending = try JobChild.run(arguments, tell: tell)
        }
        do {
            if ending == .finished || ending == .finishedBefore { try score(run) }
        } catch {
            ending = JobEnding(error)
        }
        switch ending {
        case .finished, .finishedBefore: try journal.write(run.run, .finished, seconds: took())
        case .failed(_, let reason): try journal.write(run.run, .failed, seconds: took(), reason: reason)
        default: try journal.write(run.run, .stopped, seconds: took())
        }
        return ending
    }

    private func begin(_ run: SweptRun, _ journal: SweepJournal) throws {
        // A damaged one is the run's to refuse.
        let checkpoint = try? CheckpointPair(of: folder.output(run.run, head)).read(RunCheckpoint.self) { _ in }
        try journal.write(run.run, .began, iteration: checkpoint?.iteration)
    }

    /// Measures the result, and keeps the figures: with them a run is finished.
    private func score(_ run: SweptRun) throws {
        let finished = try FinishedRun(folder.output(run.run, head))
        let metrics = head.wantedMetrics
        let record = finished.record
        guard record.content.sha256 == run.contentDigest, record.styles.first?.sound.sha256 == run.styleDigest else {
            throw Failure(
                .badData, "cannot use the result", at: finished.output,
                why: "a sound has changed since the plan was made",
                remedy: "give 'sweep run' its plan again")
        }
        let content = try finished.sound(record.content)
        let style = try finished.sound(record.styles[0].sound)
        let table = ScoreTable(
            content: try ScoreTable.Subject("content", run.content, content),
            style: try ScoreTable.Subject("style", run.style, style),
            outputs: [try ScoreTable.Subject("output", finished.output, try finished.result())],
            metrics: Set(metrics), threads: head.threads)
        try OutputFile(path: folder.scoresPath(run.run)).write(
            text: try prettyJSON(SweptScores(sha256: record.sha256, table.outputs[0], metrics)))
    }
}

extension JobEnding {
    fileprivate var reason: String? {
        if case .failed(_, let reason) = self { reason } else { nil }
    }

    /// Whether SIGKILL ended the process.
    fileprivate var wasKilled: Bool { reason == JobChild.reasonOfKill }
}
