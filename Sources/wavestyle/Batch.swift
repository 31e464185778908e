// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import AudioIO
import Files
import Foundation
import Report
import Transfer

/// `wavestyle batch`: every content with every style.
struct Batch: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch",
        abstract: "Transfer a folder of styles to a folder of sounds.",
        usage: "wavestyle batch --contents DIR --styles DIR --output DIR [options]",
        discussion: """
            Writes CONTENT--STYLE.wav for each pair. Files are chosen by what they are, whatever they are called; those \
            that are skipped are listed. With --recursive the contents' folders are kept in the output. \
            Pairs that are finished with the same sounds, weights and settings are skipped when the command runs again, and \
            an output that differs is overwritten. Failures are reported at the end, and the other pairs \
            continue. Each pair has a process of its own. --jobs runs several at a time, which share threads and memory: \
            a tenth faster for sounds of a second or less, no faster for long ones.

              wavestyle batch --contents voices --styles flutes --output crosses
            """)

    @Option(help: .text("The sounds to keep.", value: "folder"), completion: .directory)
    var contents: String

    @Option(help: .text("The sounds to take styles from.", value: "folder"), completion: .directory)
    var styles: String

    @Option(help: .text("The results' folder; created if needed.", value: "folder"), completion: .directory)
    var output: String

    @Option(help: .text("The results' format.", value: "wav|flac|ogg|opus|mp3|aiff"))
    var format = "wav"

    @Flag(help: "Also search the folders in these folders.")
    var recursive = false

    @Flag(help: "Keep outputs that exist, and skip their pairs. (default: overwrite those that differ)")
    var noClobber = false

    @OptionGroup var jobs: JobOptions

    @Flag(
        help: """
            Run all pairs in this process: they share the weights and what is known of the styles, which saves each a \
            tenth of a second, or a whole one with --backend stft; but a crash ends them all.
            """)
    var inProcess = false

    @OptionGroup var method: MethodOptions

    @Flag(help: "Also write the losses of each iteration, as CONTENT--STYLE.jsonl.")
    var traces = false

    @OptionGroup(title: "Checkpoints", visibility: .rare) var resuming: ResumeOptions
    @OptionGroup var help: HelpAllOption

    mutating func run() throws {
        let chosen = try ChosenSettings(method.given, preset: method.transfer.preset)
        if traces, chosen.settings.optimisation == nil {
            throw Failure.unusable(
                "--traces", "it changes nothing with --backend \(chosen.settings.name.rawValue)", remedy: chosen.remedy)
        }
        let threads = try method.encoder.threads.count(for: jobs.jobs)
        try method.parts.check()
        try resuming.checkForMany()
        _ = try SoundForm("result.\(format)", method.format, chosen.settings)
        let found = (
            contents: try FoundSounds(in: contents, recursive: recursive, besides: output),
            styles: try FoundSounds(in: styles, recursive: recursive, besides: output)
        )
        if let folder = OutputFile.identity(of: output),
            [contents, styles].compactMap(OutputFile.identity(of:)).contains(folder)
        {
            throw Failure(
                .usage, "cannot write to", at: output, why: "it is an input folder",
                remedy: "choose another folder")
        }
        let (named, refused) = BatchPair.all(contents: found.contents.sounds, styles: found.styles.sounds)
        // A pair that was stopped is unfinished.
        let kept =
            noClobber ? named.filter { fileExists(path(of: $0)) && !CheckpointPair(of: path(of: $0)).exists } : []
        let keptNames = Set(kept.map(\.name.pathBytes))
        let pairs = named.filter { !keptNames.contains($0.name.pathBytes) }
        if !method.resources.dryRun {
            try makeFolders(for: pairs)
            try FolderCommand.own.write(in: output)
        }
        var queue = jobs.queue(for: pairs.count)
        // What no pair can satisfy is said here, once.
        let shared = SharedEngine(
            engine: try TransferEngine(chosen.settings, samples: nil, threads: threads / queue.width, method.resources),
            memoryLimit: queue.width == 1 ? nil : try method.resources.memoryLimit().map { $0 / queue.width })
        if !jobs.quiet {
            (found.contents.remarks + found.styles.remarks).forEach(Terminal.error.say)
            if !kept.isEmpty {
                let names = kept.prefix(3).map { "\($0.name).\(format)" }.joined(separator: ", ")
                let others = kept.count > 3 ? " and \(kept.count - 3) more" : ""
                Terminal.error.say("Kept, for they exist (--no-clobber): \(names)\(others)")
            }
            Terminal.error.say(
                "\(pairs.count) pairs, \(queue.width) at a time, \(chosen.description), \(shared.engine.description)")
        }
        if inProcess { queue.shared = shared }
        let shares = queue.shares(threads: threads, memory: method.resources.maxMemory?.bytes)
        // A sound that cannot be read is said once, and before the work starts.
        var said = Set<String>()
        for text in refused.map(\.failure.description) where said.insert(text).inserted { Terminal.error.fail(text) }
        let ran = try queue.run(pairs.map { job($0, shares) }) { job, ending in
            switch ending {
            case .finished: try emit(path: job.output)
            case .estimated(let report): try emit("\(job.name): \(report.text)\n")
            default: break
            }
        }
        let results = JobResults(refused.map { (job($0.pair, shares), JobEnding($0.failure)) } + ran.all)
        if !jobs.quiet { say(results, width: queue.width) }
        if !method.resources.dryRun { results.finish(folder: output, quiet: jobs.quiet) }
        try results.finish()
    }

    /// The results' folders. One that cannot be made in the results' own is said by the pairs that would go there.
    private func makeFolders(for pairs: [BatchPair]) throws(Failure) {
        try Folder.make(output)
        for folder in Set(pairs.map(\.content.folder.pathBytes)) where !folder.isEmpty {
            try? Folder.make("\(output)/\(String(path: folder.dropLast()))")
        }
    }

    private func path(of pair: BatchPair) -> String { "\(output)/\(pair.name).\(format)" }

    private func job(_ pair: BatchPair, _ shares: [String]) -> Job {
        Job(
            name: pair.name, output: path(of: pair),
            arguments: ["--content=\(pair.content.path)", "--style=\(pair.style.path)", "--output=\(path(of: pair))"]
                + (traces ? ["--trace=\(output)/\(pair.name).jsonl"] : []) + (noClobber ? ["--no-clobber"] : [])
                + method.arguments + resuming.arguments
                + shares + ["--quiet"])
    }

    /// Says how it went.
    private func say(_ results: JobResults, width: Int) {
        let endings = results.all.map(\.ending)
        func count(_ ending: JobEnding) -> Int { endings.count { $0 == ending } }
        let (finished, before, failures) = (count(.finished), count(.finishedBefore), results.failures)
        let left = endings.count - finished - before - failures.count
        var parts = ["\(finished) finished"]
        if method.resources.dryRun {
            let seconds = endings.reduce(0) { sum, ending in
                if case .estimated(let report) = ending { sum + report.seconds } else { sum }
            }
            parts = ["\(left) to do, about \(durationText(seconds / Double(width)))"]
        }
        if before > 0 { parts.append("\(before) already finished") }
        if !failures.isEmpty { parts.append("\(failures.count) failed") }
        if !method.resources.dryRun, left > 0 { parts.append("\(left) left") }
        Terminal.error.say(parts.joined(separator: ", "))
        for failure in failures { Terminal.error.say("  \(failure.job.name): \(failure.reason)") }
    }
}
