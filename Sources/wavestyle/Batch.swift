// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import AudioIO
import Files
import Foundation
import Transfer

/// `wavestyle batch`: every content with every style.
struct Batch: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch",
        _superCommandName: "wavestyle",
        abstract: "Give every sound of one folder every style of another.",
        usage: "wavestyle batch --contents DIR --styles DIR --output DIR [options]",
        discussion: """
            Writes CONTENT--STYLE.wav for each pair. A pair that is finished, with the same \
            sounds, weights and settings, is skipped when the command runs again. What fails \
            is reported at the end, and the others go on. Pairs run one after the other, each on all \
            threads: several at a time would take several times the memory.

              wavestyle batch --contents voices --styles flutes --output crosses
            """)

    @Option(help: ArgumentHelp("The sounds to keep.", valueName: "folder"), completion: .directory)
    var contents: String

    @Option(help: ArgumentHelp("The sounds to take styles from.", valueName: "folder"), completion: .directory)
    var styles: String

    @Option(
        help: ArgumentHelp("Where results go; made if it is not there.", valueName: "folder"), completion: .directory)
    var output: String

    @Option(help: ArgumentHelp("The results' format.", valueName: "wav|flac|ogg|opus|mp3|aiff"))
    var format = "wav"

    @OptionGroup(title: "Parts") var parts: PartOptions
    @OptionGroup(title: "Transfer") var transfer: TransferOptions
    @OptionGroup(title: "Encoder") var encoder: EncoderOptions
    @OptionGroup(title: "Resources") var resources: ResourceOptions
    @OptionGroup(title: "Results") var results: FormatOptions

    @Flag(help: "Also write the losses of each iteration, as CONTENT--STYLE.jsonl.")
    var traces = false

    @Flag(help: "Say nothing but errors.")
    var quiet = false

    mutating func run() throws {
        let settings = try transfer.settings(snapshots: nil, results)
        _ = try encoder.threadCount()
        try parts.check()
        _ = try TransferOutputs.audioFormat("result.\(format)", results)
        let pairs = try BatchPair.all(contents: try sounds(in: contents), styles: try sounds(in: styles))
        if let folder = OutputFile.resolved(output),
            [contents, styles].compactMap(OutputFile.resolved).contains(folder)
        {
            throw Failure(
                .usage, "cannot write to", at: output, why: "the sounds come from there",
                remedy: "choose another folder")
        }
        if !resources.dryRun { try makeOutputFolder() }
        let recorded = RunRecord.Settings(settings, parts, transfer, resources, results)
        let job = try TransferJob(
            settings, recorded: recorded, encoder, resources, quiet: quiet)
        if !quiet { Terminal.error.say("\(pairs.count) pairs, \(job.description)") }

        Interruption.listen()
        var tally = BatchTally(pairs: pairs.count, dryRun: resources.dryRun)
        for (index, pair) in pairs.enumerated() where !Interruption.hasCome {
            let outcome: Outcome
            do {
                outcome = try run(pair, job, label: "\(index + 1)/\(pairs.count)  \(pair.name)  ")
            } catch let failure as Failure {
                tally.failures.append((pair.name, failure))
                Terminal.error.fail("\(pair.name): \(failure)")
                continue
            }
            switch outcome {
            case .skipped: tally.skipped += 1
            case .estimated(let estimate):
                tally.seconds += estimate.seconds
                try emit("\(pair.name): \(estimate.text)\n")
            case .finished(let path):
                tally.finished += 1
                try emit(path + "\n")
            case .stopped:
                if !quiet {
                    Terminal.error.say("Stopped: \(pair.name) is the best so far; a rerun makes it whole.")
                }
            }
        }
        try tally.finish(quiet: quiet, interrupted: Interruption.hasCome)
    }

    private enum Outcome {
        case skipped, finished(String), stopped, estimated(EstimateReport)
    }

    private func run(_ pair: BatchPair, _ job: TransferJob, label: String) throws -> Outcome {
        let path = "\(output)/\(pair.name).\(format)"
        let sounds = try SoundPair(content: pair.content, style: pair.style, parts, clip: results.clip) { warning in
            if !quiet { Terminal.error.warn(warning) }
        }
        let trace = traces ? "\(output)/\(pair.name).jsonl" : nil
        if RunRecord.isFinished(path, as: job.record(sounds, output: path)),
            trace.map(FileManager.default.fileExists(atPath:)) ?? true
        {
            return .skipped
        }
        let backend = try job.backend(output: path)
        if resources.dryRun { return .estimated(try job.estimate(sounds, by: backend)) }
        let outputs = try TransferOutputs(
            path, results, trace: trace, snapshots: nil, inputs: [pair.content, pair.style])
        try outputs.check(channels: sounds.channels.count)
        let record = try job.run(sounds, by: backend, to: outputs, label: label)
        return record.results.contains(where: \.wasStopped) ? .stopped : .finished(path)
    }

    /// The sound files of a folder, by name; hidden files, and files that don't look like sounds, are left out.
    private func sounds(in folder: String) throws -> [String] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw Failure(.noInput, "cannot read the folder", at: folder, why: "it is missing, or no folder, or closed")
        }
        let readable = Set(AudioFormat.extensions + ["aifc", "au", "caf", "oga", "snd", "w64"])
        let sounds = names.sorted().filter { name in
            !name.hasPrefix(".") && readable.contains((name as NSString).pathExtension.lowercased())
        }
        guard !sounds.isEmpty else {
            throw Failure(.noInput, "cannot use the folder", at: folder, why: "there is no sound in it")
        }
        return sounds.map { "\(folder)/\($0)" }
    }

    private func makeOutputFolder() throws(Failure) {
        do {
            try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        } catch {
            throw Failure(
                .cannotCreate, "cannot make the folder", at: output,
                why: "a file is in the way, or the folder above cannot be written")
        }
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

/// What became of a batch's pairs.
private struct BatchTally {
    let pairs: Int
    let dryRun: Bool
    var finished = 0
    var skipped = 0
    var seconds = 0.0
    var failures: [(name: String, failure: Failure)] = []

    /// Says how it went, and ends with the exit code that tells it.
    func finish(quiet: Bool, interrupted: Bool) throws {
        if !quiet {
            let left = pairs - finished - skipped - failures.count
            var parts = dryRun ? ["\(left) to do, about \(durationText(seconds))"] : ["\(finished) finished"]
            if skipped > 0 { parts.append("\(skipped) were finished before") }
            if !failures.isEmpty { parts.append("\(failures.count) failed") }
            if !dryRun, left > 0 { parts.append("\(left) left") }
            Terminal.error.say(parts.joined(separator: ", "))
            for (name, failure) in failures { Terminal.error.say("  \(name): \(failure)") }
        }
        if interrupted { throw ExitCode(Failure.Kind.interrupted.exitCode) }
        if let first = failures.first {
            let same = failures.allSatisfy { $0.failure.kind == first.failure.kind }
            throw ExitCode((same ? first.failure.kind : .badData).exitCode)
        }
    }
}
