// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Report

/// `wavestyle report`: a page of runs.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write a report on runs: a page to listen to.",
        usage: "wavestyle report RUN ... --output page.html [options]",
        discussion: """
            Name a run by its output; the rest is in the .json file next to it. The page is self-contained: \
            players that switch while they play, spectrograms, losses, metrics, settings and the command to run it \
            again. Traces (--trace) and snapshots (--snapshots) are shown if a run has them.

              wavestyle --trace run.jsonl --snapshots 0,50 --output out.wav
              wavestyle report out.wav --output page.html
            """)

    @Argument(help: .text("Outputs of runs.", value: "run"), completion: .file())
    var runs: [String]

    @Option(help: .text("The page to write.", value: "page.html"), completion: .file())
    var output: String

    @OptionGroup var overwriting: OverwriteOptions

    @Option(help: .text("The page's title. (default: the runs' names)", value: "text"))
    var title: String?

    @OptionGroup var threads: ThreadOptions

    mutating func run() throws {
        let count = try threads.count()
        let file = try OutputFile(path: output, replaces: !overwriting.noClobber)
        let names = Evaluate.names(runs)
        let finished = try zip(names, runs).map { ($0, try FinishedRun($1)) }
        guard !finished.flatMap(\.1.files).compactMap(OutputFile.identity(of:)).contains(file.identity) else {
            throw Failure(
                .usage, "cannot write", at: output, why: "it belongs to one of the runs", remedy: "choose another name")
        }
        try RunsPage(title: title ?? names.joined(separator: ", "), of: finished, threads: count).write(
            to: file, threads: count)
        if !OutputFile.isStandardOutput(output) { try emit(path: output) }
    }
}
