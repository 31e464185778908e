// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Foundation
import Matrices
import Report
import Sweeps

extension SweepCommand {
    /// What schedules the runs.
    enum Engine: String, CaseIterable, ExpressibleByArgument {
        case local, slurm
    }

    /// `wavestyle sweep run`: all runs of a plan that are not finished.
    struct Run: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "run",
            abstract: "Run a plan, or what is left of it.",
            usage: "wavestyle sweep run PLAN --output DIR [options]",
            discussion: """
                Given again, it does what is not finished: unfinished runs continue from their checkpoints, and runs whose sounds \
                or settings have changed are other runs. Each run has a process of its own. Results do not depend on the engine.

                --engine slurm submits one job array and returns: 'sweep status' tells how it goes, and 'sweep collect' makes the \
                table. Program, sounds and DIR must be on a file system that all nodes share.
                """)

        @Argument(help: .text("The plan, or the name of a bundled one.", value: "plan"), completion: .file())
        var plan: String

        @Option(help: .text("The results' folder; created if needed.", value: "folder"), completion: .directory)
        var output: String

        @Option(help: .text("local: this machine; slurm: a job array.", value: "local|slurm"))
        var engine = Engine.local

        @Option(
            parsing: .unconditional,
            help: .text(
                "local: runs at a time. (default: as many as threads and memory allow)", value: "count"))
        var jobs: Int?

        @OptionGroup(title: "Slurm") var cluster: ClusterOptions

        @Flag(help: "Print errors only.")
        var quiet = false

        func run() throws {
            guard jobs.map({ $0 > 0 }) ?? true else {
                throw Failure.unusable("--jobs \(jobs ?? 0)", "it must be at least 1")
            }
            if engine == .slurm, jobs != nil {
                throw Failure.unusable("--jobs", "Slurm decides how many run at a time", remedy: "leave it out")
            }
            if let stray = cluster.sbatchOption.first(where: { !$0.hasPrefix("-") }) {
                throw Failure.unusable("--sbatch-option=\(stray)", "an option of sbatch begins with a dash")
            }
            if engine == .local, let option = cluster.given {
                throw Failure.unusable(option, "it changes nothing with --engine local", remedy: "leave it out")
            }
            let planning = try SweepPlanning(plan)
            guard let estimate = try planning.estimate() else {
                throw Failure(.interrupted, "cannot run the plan", at: plan, why: "it was stopped")
            }
            try Folder.make(output)
            guard let place = OutputFile.resolved(output) else {
                throw Failure(.noInput, "cannot use the folder", at: output, why: systemError(errno))
            }
            let folder = SweepFolder(path: place)
            let head = try planning.write(to: folder, estimate)
            switch engine {
            case .local: try runHere(folder, head, estimate)
            case .slurm:
                try SweepSubmission.submit(
                    folder, head, planning.plan.cluster, cluster, quiet: quiet)
            }
        }

        private func runHere(_ folder: SweepFolder, _ head: SweepHead, _ estimate: SweepEstimate) throws {
            let width = jobs ?? Self.width(head)
            if !quiet {
                Terminal.error.say(
                    "\(head.runs) runs, \(width) at a time, \(head.threads == 1 ? "one thread" : "\(head.threads) threads") each"
                )
                estimate.text(runs: head.runs, width: width).split(separator: "\n").forEach {
                    Terminal.error.say(String($0))
                }
            }
            let outcome = try SweepWork(
                folder: folder, head: head, name: SweepJournal.ownName, width: width, quiet: quiet
            ).run()
            if !quiet { Terminal.error.say(outcome.text) }
            if Interruption.hasCome {
                if !quiet {
                    let words = ["sweep", "run", plan, "--output", output]
                    Terminal.error.say("To continue: \(CommandLine.command(words))")
                }
                throw ExitCode(Interruption.exitCode)
            }
            try SweepCollection(folder, head).write()
            try outcome.finish()
        }

        /// As many as processors and memory allow.
        private static func width(_ head: SweepHead) -> Int {
            let byThreads = ProcessInfo.processInfo.activeProcessorCount / head.threads
            let byMemory = AvailableMemory.bytes.map { $0 / 4 * 3 / max(head.memory, 1) } ?? .max
            return max(min(byThreads, byMemory), 1)
        }
    }

    /// `wavestyle sweep task`: one task of a job array.
    struct Task: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "task", abstract: "Do the runs of one task of a job array: what Slurm starts.",
            shouldDisplay: false)

        @Argument(help: .text("The sweep's folder.", value: "folder"), completion: .directory)
        var folder: String

        @Option(help: .text("The submission's number.", value: "number"))
        var submission: Int

        @Option(help: .text("The task's number. (default: $SLURM_ARRAY_TASK_ID)", value: "number"))
        var task: Int?

        func run() throws {
            let environment = ProcessInfo.processInfo.environment
            guard let task = task ?? environment["SLURM_ARRAY_TASK_ID"].flatMap({ Int($0) }) else {
                throw Failure(
                    .usage, "cannot run the task", why: "--task is missing, and so is SLURM_ARRAY_TASK_ID")
            }
            let folder = SweepFolder(path: folder)
            let wanted = try SweepSubmission.runs(of: submission, task: task, in: folder)
            let outcome = try SweepWork(
                folder: folder, head: try folder.head(), name: "\(submission)-\(task)", width: 1, quiet: true
            ).run(only: wanted)
            Terminal.error.say(outcome.text)
            if Interruption.hasCome { throw ExitCode(Interruption.exitCode) }
            try outcome.finish()
        }
    }
}

extension SweepWork.Outcome {
    /// How it went, in a line.
    var text: String {
        let counts = [
            (finished, "finished"), (finishedBefore, "finished before"), (elsewhere, "being done by others"),
            (failures.count, "failed"),
        ]
        let named = counts.filter { $0.0 > 0 }.map { "\($0) \($1)" }
        return named.isEmpty ? "nothing done" : named.joined(separator: ", ")
    }

    /// Exits with the failures' code, if they have one in common.
    func finish() throws {
        let codes = Set(failures.map(\.code))
        if let code = codes.first { throw ExitCode(codes.count == 1 ? code : Failure.Kind.badData.exitCode) }
    }
}
