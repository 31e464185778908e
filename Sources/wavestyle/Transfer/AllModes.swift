// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Mosaic
import Report
import Transfer

/// `--mode all`: a mosaic in every mode, each a run of its own, and a page to choose from by ear.
///
/// The output is what `auto` decides on; beside `out.wav` lie `out.grains.wav`, `out.tonal.wav` and `out.play.wav`, and `out.html`.
struct AllModes {
    private let command: TransferCommand
    private let chosen: ChosenSettings
    private var method: MethodOptions { command.method }

    /// Whether a command asks for it.
    static func isWanted(by command: TransferCommand) -> Bool { command.method.transfer.mode?.value == .text("all") }

    /// - Throws: ``Failure`` of kind `usage` where there are no modes, or what cannot be done with several runs.
    init(_ command: TransferCommand) throws(Failure) {
        self.command = command
        chosen = try ChosenSettings(
            command.method.given.without(\.mode), preset: command.method.transfer.preset)
        guard chosen.settings.mosaic != nil else {
            throw Failure.unusable(
                "--mode all", "it changes nothing with --backend \(chosen.settings.name.rawValue)",
                remedy: "leave it out")
        }
        _ = try command.snapshots(chosen)
        try command.resuming.checkForMany()
        try command.sounds.requireFiles(for: "--mode all")
        guard !OutputFile.isStream(command.path) else {
            throw Failure.unusable("--mode all", "it writes several files", remedy: "give --output a file")
        }
        guard !command.reports.events else {
            throw Failure.unusable("--events", "--mode all is several runs", remedy: "run each mode by itself")
        }
    }

    /// Runs all that is not finished, writes the page, and says where everything is.
    func run() throws {
        let replaces = !command.output.overwriting.noClobber
        let (quiet, page) = (command.reports.quiet, try OutputFile(path: pagePath, replaces: replaces))
        if !replaces {
            for path in MosaicMode.allCases.map(output) {
                for file in [path, path + ".json"] { _ = try OutputFile(path: file, replaces: false) }
            }
        }
        let threads = try method.encoder.threads.count()
        let queue = JobQueue(width: 1, quiet: quiet)
        let shares = queue.shares(threads: threads, memory: method.resources.maxMemory?.bytes)
        var results = try queue.run(MosaicMode.allCases.map { job($0, shares) }) { job, ending in
            if case .estimated(let report) = ending { try emit("\(job.name): \(report.text)\n") }
        }
        let runs = results.runs()
        guard !runs.isEmpty else { return try results.finish() }
        if command.reports.json {
            try emit(prettyJSON(runs.map(\.run.record)))
        } else {
            for (_, run) in runs { try emit(path: run.output) }
        }
        try RunsPage(title: FinishedRun.name(command.path), of: runs, threads: threads).write(
            to: page, threads: threads)
        if !command.reports.json { try emit(path: pagePath) }
        try results.finish()
    }

    private var pagePath: String {
        command.reports.report ?? ((command.path as NSString).deletingPathExtension + ".html")
    }

    private func output(_ mode: MosaicMode) -> String {
        mode == .auto ? command.path : TransferOutputs.path(command.path, mode.rawValue)
    }

    private func job(_ mode: MosaicMode, _ shares: [String]) -> Job {
        let output = output(mode)
        var settings = chosen.settings
        settings.mosaic?.mode = mode
        var own = method.given
        // Each mode takes what it has a place for; auto has one for everything.
        for setting in own.settings where !settings.hasPlace(for: setting) { own[setting] = nil }
        own[\.mode] = .text(mode.rawValue)
        return Job(
            name: mode.rawValue, output: output,
            arguments: command.sounds.arguments + ["--output=\(output)"] + command.output.arguments
                + method.arguments(own)
                + command.monitoring.arguments + command.resuming.arguments + shares)
    }
}
