// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Matrices
import Synchronization
import Transfer

/// Runs a list of jobs, some at a time. If one fails, or crashes in a process of its own, the others continue; one whose output
/// is complete, from the same sounds, settings and weights, is not run again.
struct JobQueue {
    /// Jobs at a time.
    let width: Int
    let quiet: Bool
    /// What the jobs share in this process; nil to give each a process of its own.
    var shared: SharedEngine?

    /// The options that give a job its share.
    ///
    /// - Parameter memory: bytes for all that run at a time; several share three quarters of the free memory where it is nil.
    func shares(threads: Int, memory: Int?) -> [String] {
        let bytes = width == 1 ? memory : (memory ?? AvailableMemory.bytes.map { $0 / 4 * 3 }).map { $0 / width }
        return ["--threads=\(threads / width)"] + argument("--max-memory", bytes)
    }

    /// Does a job, and tells of its events.
    typealias Performance = @Sendable (Job, (RunEvent) -> Void) throws -> JobEnding

    /// Runs them all, unless Ctrl-C comes.
    ///
    /// - Parameters:
    ///   - whenEnded: told of each job as it ends, one at a time; what it throws ends the queue.
    ///   - perform: does a job in another way than by a process of its own, or in this one.
    /// - Throws: what `whenEnded` throws.
    func run(
        _ jobs: [Job], whenEnded: @Sendable (Job, JobEnding) throws -> Void = { _, _ in },
        by perform: Performance? = nil
    ) throws -> JobResults {
        Interruption.listen()
        let broken = Mutex<(any Error)?>(nil)
        let endings = Workers(count: width).map(pieces: jobs.count) { index, _ -> JobEnding in
            guard !Interruption.hasCome, broken.withLock({ $0 == nil }) else { return .notBegun }
            let job = jobs[index]
            let number = jobs.count > 1 ? "\(index + 1)/\(jobs.count)  " : ""
            let ending = run(job, label: number + "\(job.label)  ", by: perform ?? own)
            broken.withLock { broken in
                say(job, ending)
                do { try whenEnded(job, ending) } catch { broken = broken ?? error }
            }
            return ending
        }
        if let error = broken.withLock({ $0 }) { throw error }
        return JobResults(zip(jobs, endings).map { ($0, $1) })
    }

    private func run(_ job: Job, label: String, by perform: Performance) -> JobEnding {
        let display = ProgressDisplay(redraws: width == 1, label: label)
        let tell: (RunEvent) -> Void = { if !quiet { display.show($0) } }
        let ending: JobEnding
        do { ending = try perform(job, tell) } catch { ending = JobEnding(error) }
        tell(.ended(how: ending))
        return ending
    }

    private var own: Performance {
        { [self] job, tell in
            let arguments = arguments(of: job)
            guard let shared else { return try JobChild.run(arguments, tell: tell) }
            return try TransferCommand.parse(arguments).perform(as: arguments, sharing: shared, tell: tell)
        }
    }

    /// What a job's process is called with.
    func arguments(of job: Job) -> [String] {
        job.arguments + ["--events", "--unless-finished"] + (quiet ? ["--quiet"] : [])
    }

    private func say(_ job: Job, _ ending: JobEnding) {
        switch ending {
        case .failed(_, let reason): Terminal.error.fail("\(job.label): \(reason)")
        case .stopped where !quiet:
            Terminal.error.say("Stopped: \(job.label) is the best so far; run again to finish it.")
        default: break
        }
    }
}

/// The outcomes of some jobs.
struct JobResults {
    private(set) var all: [(job: Job, ending: JobEnding)]

    init(_ all: [(job: Job, ending: JobEnding)]) { self.all = all }

    /// Those of a group.
    func of(group: String) -> JobResults { JobResults(all.filter { $0.job.group == group }) }

    /// The jobs that have an output, in their order. One whose output cannot be used has failed.
    mutating func runs() -> [(name: String, run: FinishedRun)] {
        all.indices.compactMap { index in
            let (job, ending) = all[index]
            guard ending.hasOutput else { return nil }
            do {
                return (job.name, try FinishedRun(job.output))
            } catch {
                all[index].ending = JobEnding(error)
                Terminal.error.fail("\(job.label): \(error)")
                return nil
            }
        }
    }

    var failures: [(job: Job, code: Int32, reason: String)] {
        all.compactMap { job, ending in
            if case .failed(let code, let reason) = ending { (job, code, reason) } else { nil }
        }
    }

    /// What failed, in a sentence each.
    var remarks: [String] { failures.map { "\($0.job.label) failed: \($0.reason)" } }

    /// Forgets the command that a folder keeps, unless it was stopped.
    func finish(folder: String, quiet: Bool) {
        guard Interruption.hasCome else { return FolderCommand.files(in: folder).remove() }
        if !quiet { Terminal.error.say("To continue: \(CommandLine.command(["resume", folder]))") }
    }

    /// Exits with the failures' exit code, if they have one in common.
    ///
    /// - Throws: `ExitCode`, but where all went well.
    func finish() throws {
        if Interruption.hasCome { throw ExitCode(Interruption.exitCode) }
        let codes = Set(failures.map(\.code))
        if let code = codes.first { throw ExitCode(codes.count == 1 ? code : Failure.Kind.badData.exitCode) }
    }
}
