// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Matrices
import Report
import Sweeps

/// A job array that was submitted: its tasks and what each is to do are kept in the sweep's folder, under a number.
struct SweepSubmission: Codable {
    let number: Int
    /// Slurm's.
    let job: String
    let tasks: Int
    let runs: Int

    private struct Task: Codable { var runs: [String] }

    private static func stem(_ number: Int, _ folder: SweepFolder) -> String { "\(folder.clusterPath)/\(number)" }

    /// All that were submitted, the first one first.
    static func all(in folder: SweepFolder) -> [SweepSubmission] {
        (Folder.names(in: folder.clusterPath) ?? []).filter { $0.hasSuffix(".json") }.compactMap { name in
            contents(ofFile: "\(folder.clusterPath)/\(name)").flatMap {
                try? JSONDecoder().decode(SweepSubmission.self, from: Data($0))
            }
        }.filter { $0.job.allSatisfy(\.isWholeNumber) && !$0.job.isEmpty }.sorted { $0.number < $1.number }
    }

    /// The runs of a task.
    static func runs(of number: Int, task: Int, in folder: SweepFolder) throws -> Set<String> {
        var found: Set<String>?
        try LineReader("\(stem(number, folder)).tasks.jsonl").forEach { line, index in
            if index == task + 1 { found = Set(try JSONDecoder().decode(Task.self, from: Data(line)).runs) }
        }
        guard let found else {
            throw Failure(
                .usage, "cannot run the task", at: "\(task)", why: "submission \(number) has no such task")
        }
        return found
    }

    /// The runs that tasks which have not ended are to do.
    private static func waiting(in folder: SweepFolder) throws -> Set<String> {
        var runs: Set<String> = []
        for submission in all(in: folder) {
            for task in try Slurm.tasks(of: submission.job) {
                runs.formUnion(try Self.runs(of: submission.number, task: task.number, in: folder))
            }
        }
        return runs
    }

    /// Submits what is neither finished nor a waiting task's.
    static func submit(
        _ folder: SweepFolder, _ head: SweepHead, _ plan: SweepPlan.Cluster, _ options: ClusterOptions, quiet: Bool
    ) throws {
        let minutes = options.taskMinutes ?? 10
        guard minutes > 0, minutes.isFinite else {
            throw Failure.unusable("--task-minutes \(minutes)", "it must be more than 0")
        }
        let waiting = try waiting(in: folder)
        var (left, seconds): ([String], [Double]) = ([], [])
        try folder.forEachRun(of: head) { run in
            guard !waiting.contains(run.run), folder.scores(of: run.run, head) == nil else { return }
            left.append(run.run)
            seconds.append(head.seconds[run.preset] ?? 0)
        }
        guard !left.isEmpty else {
            let others =
                waiting.isEmpty ? "all \(head.runs) runs are finished" : "\(waiting.count) runs are submitted already"
            if !quiet { Terminal.error.say("Nothing to submit: \(others).") }
            return
        }
        let (tasks, longest) = grouped(left, seconds, upTo: minutes * 60, at: Slurm.longestArray)
        let number = (all(in: folder).last?.number ?? 0) + 1
        try Folder.make(folder.clusterPath)
        let encoder = JSONEncoder()
        let lines = try tasks.map { String(decoding: try encoder.encode(Task(runs: $0)), as: UTF8.self) + "\n" }
        try OutputFile(path: "\(stem(number, folder)).tasks.jsonl").write(text: lines.joined())
        let script = "\(stem(number, folder)).sbatch"
        try OutputFile(path: script).write(
            text: Self.script(
                folder, head, number, tasks: tasks.count, minutes: Int((longest * 3 / 60).rounded(.up)) + 10))
        let job = try Slurm.submit(
            script,
            options: argument("--partition", options.partition ?? plan.partition)
                + argument("--account", options.account ?? plan.account) + plan.options + options.sbatchOption)
        let submission = SweepSubmission(number: number, job: job, tasks: tasks.count, runs: left.count)
        try OutputFile(path: "\(stem(number, folder)).json").write(text: try prettyJSON(submission))
        if !quiet {
            Terminal.error.say(
                "Submitted \(left.count) runs in \(tasks.count) tasks of about \(durationText(longest)) at most.")
            Terminal.error.say("How it goes: \(CommandLine.command(["sweep", "status", folder.path]))")
        }
        try emit(job + "\n")
    }

    /// Runs in their order, as tasks that take about so many seconds, or longer where an array would have too many.
    ///
    /// - Returns: the tasks, and the seconds of the longest.
    private static func grouped(
        _ runs: [String], _ seconds: [Double], upTo limit: Double, at most: Int
    ) -> (tasks: [[String]], longest: Double) {
        var limit = max(limit, seconds.reduce(0, +) / Double(most))
        while true {
            var (tasks, current, sum, longest): ([[String]], [String], Double, Double) = ([], [], 0, 0)
            for (run, own) in zip(runs, seconds) {
                if !current.isEmpty, sum + own > limit {
                    tasks.append(current)
                    (current, sum) = ([], 0)
                }
                current.append(run)
                sum += own
                longest = max(longest, sum)
            }
            tasks.append(current)
            if tasks.count <= most { return (tasks, longest) }
            limit *= 1.5
        }
    }

    private static func script(
        _ folder: SweepFolder, _ head: SweepHead, _ number: Int, tasks: Int, minutes: Int
    ) throws(Failure) -> String {
        guard let program = OutputFile.resolved("/proc/self/exe") else {
            throw Failure(.software, "cannot submit the sweep", why: "the program's own path is not known")
        }
        // The task's process and its figures beside the run's.
        let megabytes = (head.memory + 400_000_000) / 1_000_000
        return """
            #!/bin/sh
            #SBATCH --job-name=wavestyle-sweep
            #SBATCH --array=0-\(tasks - 1)
            #SBATCH --cpus-per-task=\(head.threads)
            #SBATCH --mem=\(megabytes)M
            #SBATCH --time=\(minutes)
            #SBATCH --requeue
            #SBATCH --open-mode=append
            #SBATCH --output=/dev/null
            # What a task says is in \(number)-TASK.log.
            cd \(folder.path.shellQuoted) || exit 66
            \(program.shellQuoted) sweep task "$PWD" --submission \(number) >>"slurm/\(number)-$SLURM_ARRAY_TASK_ID.log" 2>&1
            code=$?
            # SIGKILL, as when memory runs out: Slurm calls that failed, and does not run it again by itself.
            if [ $code -eq 137 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt 3 ]; then
                scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
            fi
            exit $code

            """
    }
}
