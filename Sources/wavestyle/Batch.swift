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
        abstract: "Transfer every style of one folder to every sound of another.",
        usage: "wavestyle batch --contents DIR --styles DIR --output DIR [options]",
        discussion: """
            Writes CONTENT--STYLE.wav for each pair. Pairs that are finished with the same sounds, weights and \
            settings are skipped when the command runs again. Failures are reported at the end, and the other pairs \
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

    mutating func run() throws {
        let chosen = try ChosenSettings(method.given, preset: method.transfer.preset)
        if traces, chosen.settings.optimisation == nil {
            throw Failure.unusable(
                "--traces", "it changes nothing with --backend \(chosen.settings.name.rawValue)", remedy: chosen.remedy)
        }
        let threads = try method.encoder.threads.count(for: jobs.jobs)
        try method.parts.check()
        _ = try SoundForm("result.\(format)", method.format, chosen.settings)
        let pairs = try BatchPair.all(contents: try sounds(in: contents), styles: try sounds(in: styles))
        if let folder = OutputFile.identity(of: output),
            [contents, styles].compactMap(OutputFile.identity(of:)).contains(folder)
        {
            throw Failure(
                .usage, "cannot write to", at: output, why: "it is an input folder",
                remedy: "choose another folder")
        }
        if !method.resources.dryRun { _ = try OutputFolder(output) }
        var queue = jobs.queue(for: pairs.count)
        // What no pair can satisfy is said here, once.
        let shared = SharedEngine(
            engine: try TransferEngine(chosen.settings, samples: nil, threads: threads / queue.width, method.resources),
            memoryLimit: queue.width == 1 ? nil : try method.resources.memoryLimit().map { $0 / queue.width })
        if !jobs.quiet {
            Terminal.error.say(
                "\(pairs.count) pairs, \(queue.width) at a time, \(chosen.description), \(shared.engine.description)")
        }
        if inProcess { queue.shared = shared }
        let shares = queue.shares(threads: threads, memory: method.resources.maxMemory?.bytes)
        let results = try queue.run(pairs.map { job($0, shares) }) { job, ending in
            switch ending {
            case .finished: try emit(path: job.output)
            case .estimated(let report): try emit("\(job.name): \(report.text)\n")
            default: break
            }
        }
        if !jobs.quiet { say(results, width: queue.width) }
        try results.finish()
    }

    private func job(_ pair: BatchPair, _ shares: [String]) -> Job {
        let path = "\(output)/\(pair.name)"
        return Job(
            name: pair.name, output: "\(path).\(format)",
            arguments: ["--content=\(pair.content)", "--style=\(pair.style)", "--output=\(path).\(format)"]
                + (traces ? ["--trace=\(path).jsonl"] : []) + method.arguments
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

    /// The sound files of a folder, by name; hidden files, and files that don't look like sounds, are left out.
    private func sounds(in folder: String) throws -> [String] {
        guard let names = Folder.names(in: folder) else {
            throw Failure(
                .noInput, "cannot read the folder", at: folder,
                why: "it does not exist, or is not a folder, or cannot be read")
        }
        let readable = Set(AudioFormat.extensions + ["aifc", "au", "caf", "oga", "snd", "w64"])
        let sounds = names.sorted().filter { name in
            !name.hasPrefix(".") && readable.contains((name as NSString).pathExtension.lowercased())
        }
        guard !sounds.isEmpty else {
            throw Failure(.noInput, "cannot use the folder", at: folder, why: "it contains no sound")
        }
        return sounds.map { "\(folder)/\($0)" }
    }
}

/// One content and one style of a batch.
struct BatchPair: Equatable {
    /// The result's name without extension.
    let name: String
    let content: String
    let style: String

    /// All pairs, style by style. Sounds that differ only in their extension keep it in the name.
    ///
    /// - Throws: ``Failure`` of kind `usage` when two results would have one name all the same.
    static func all(contents: [String], styles: [String]) throws(Failure) -> [BatchPair] {
        func names(_ paths: [String]) -> [String] {
            let files = paths.map { ($0 as NSString).lastPathComponent }
            let stems = files.map { ($0 as NSString).deletingPathExtension }
            return zip(files, stems).map { file, stem in stems.filter { $0 == stem }.count > 1 ? file : stem }
        }
        let pairs = zip(styles, names(styles)).flatMap { style, styleName in
            zip(contents, names(contents)).map { content, contentName in
                BatchPair(name: "\(contentName)--\(styleName)", content: content, style: style)
            }
        }
        var seen: Set<String> = []
        if let twice = pairs.first(where: { !seen.insert($0.name).inserted }) {
            throw Failure(
                .usage, "cannot name the results", at: twice.name, why: "two pairs would have this name",
                remedy: "rename a sound")
        }
        return pairs
    }
}
