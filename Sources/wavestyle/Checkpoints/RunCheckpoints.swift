// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Transfer

/// The checkpoints of a run: where it goes on from, and when it is saved.
final class RunCheckpoints {
    /// What there is of the run already; nil where it begins.
    private(set) var found: RunCheckpoint?
    private let files: CheckpointPair
    private let interval: Double
    /// Without progress.
    private let checkpoint: RunCheckpoint
    private var hasWritten: Bool
    /// When the last one was written, and how long that took, in the system's seconds.
    private var written = ProcessInfo.processInfo.systemUptime
    private var cost = 0.0
    /// A run that was stopped is saved once: what comes after is not a part of it.
    private var isClosed = false

    /// Looks for an unfinished run of an output.
    ///
    /// - Parameters:
    ///   - output: its path.
    ///   - interval: seconds from one checkpoint to the next.
    ///   - options: what becomes of one that is there.
    ///   - wanted: of the run that is to be, as are snapshots and arguments.
    /// - Throws: ``Failure`` of kind `badData` where there is one that cannot be continued, and that is not to be overwritten; of
    ///   kind `noInput` where there is none, and one was to be continued.
    init(
        of output: String, every interval: Double, _ options: ResumeOptions, wanted: RunRecord, snapshots: Set<Int>,
        arguments: [String],
        warn: (String) -> Void
    ) throws(Failure) {
        files = CheckpointPair(of: output)
        self.interval = interval
        checkpoint = RunCheckpoint(
            arguments: arguments.filter { !ReportOptions.forPrograms.contains($0) },
            folder: FileManager.default.currentDirectoryPath, machine: try Machine(threads: wanted.threads),
            record: wanted, snapshots: snapshots)
        found = try Self.found(files, options, checkpoint, output, warn: warn)
        hasWritten = found != nil
        // That of another run is not to be taken for this one's.
        if !hasWritten, files.exists { written = -.infinity }
    }

    /// What there is already, once: it is large.
    func takeProgress() -> RunCheckpoint.Progress? {
        defer { found?.progress = RunCheckpoint.Progress() }
        return found?.progress
    }

    private static func found(
        _ files: CheckpointPair, _ options: ResumeOptions, _ wanted: RunCheckpoint, _ output: String,
        warn: (String) -> Void
    ) throws(Failure) -> RunCheckpoint? {
        func cannot(_ why: String, remedy: String) -> Failure {
            Failure(.badData, "cannot continue the unfinished run", at: output, why: why, remedy: remedy)
        }
        guard !options.restart else { return nil }
        let read: RunCheckpoint?
        do throws(Failure) {
            read = try files.read(RunCheckpoint.self, warn: warn)
        } catch {
            guard !options.resume else { throw error }
            warn("\(error.description): the run starts again")
            return nil
        }
        guard let read else {
            guard !options.resume else {
                throw Failure(
                    .noInput, "cannot continue", at: output, why: "there is no unfinished run of it: no \(files.last)",
                    remedy: "run it again")
            }
            return nil
        }
        if let difference = read.difference(from: wanted) {
            guard !options.resume else {
                throw cannot(difference, remedy: "restore what it was, or run it again with --restart")
            }
            warn("\(output): an unfinished run of it is not continued, for \(difference)")
            return nil
        }
        if let drift = read.machine.difference(from: wanted.machine), !options.allowDrift {
            throw cannot(
                "\(drift): the result would differ in the last bits",
                remedy: "--allow-drift continues all the same, --restart starts again")
        }
        return read
    }

    /// Saves the run where that is due.
    ///
    /// - Parameters:
    ///   - moment: a stop is always saved, and is the last.
    ///   - progress: what there is, and the number of the iteration among all.
    /// - Throws: ``Failure`` of kind `cannotCreate` or `inputOutput`: on a full disk a run would no longer be safe.
    func save(
        _ moment: CheckpointMoment, progress: () -> (progress: RunCheckpoint.Progress, iteration: Int, of: Int)
    ) throws {
        let begin = ProcessInfo.processInfo.systemUptime
        // Below 1 % of the time, unless more was asked for.
        let wait = interval == 0 ? 0 : max(interval, 100 * cost)
        guard !isClosed, moment == .stop || begin - written >= wait else { return }
        if moment == .stop { isClosed = true }
        var checkpoint = checkpoint
        (checkpoint.progress, checkpoint.iteration, checkpoint.iterations) = progress()
        _ = try files.write(checkpoint, isFirst: !hasWritten)
        hasWritten = true
        written = ProcessInfo.processInfo.systemUptime
        cost = written - begin
    }
}

extension RunCheckpoint {
    /// What makes this another run than wanted, as a clause; nil where it is the same, or goes further than planned.
    func difference(from wanted: RunCheckpoint) -> String? {
        var record = wanted.record
        let (own, other) = (self.record.settings[\.iterations], record.settings[\.iterations])
        record.settings[\.iterations] = own
        if let difference = self.record.difference(from: record) { return difference }
        guard self.record.monitor == record.monitor else { return "other metrics are measured" }
        guard snapshots == wanted.snapshots else { return "the snapshots are others" }
        guard own != other else { return nil }
        guard progress.outcomes.isEmpty, let state = progress.state, !state.isInParts else {
            return "some of its channels or parts are finished, by another number of iterations"
        }
        guard let iterations = other?.double, Int(iterations) >= state.reached else {
            return "it has reached iteration \(state.reached) already"
        }
        return nil
    }
}
