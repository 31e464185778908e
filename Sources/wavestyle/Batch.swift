// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import AudioIO
import Files
import Foundation
import Matrices
import Synchronization
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
            is reported at the end, and the others go on. --jobs runs several pairs at a time, each \
            on its share of threads and memory: a tenth faster for sounds of a second or less, no \
            faster for long ones.

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

    @Option(parsing: .unconditional, help: ArgumentHelp("Pairs to work on at a time.", valueName: "count"))
    var jobs = 1

    @OptionGroup(title: "Parts") var parts: PartOptions
    @OptionGroup(title: "Parts") var channels: ChannelOptions
    @OptionGroup(title: "Transfer") var transfer: TransferOptions
    @OptionGroup(title: "Spectrogram (--backend stft only)") var spectrogram: SpectrogramOptions
    @OptionGroup(title: "Network") var encoder: EncoderOptions
    @OptionGroup(title: "Resources") var resources: ResourceOptions
    @OptionGroup(title: "Results") var results: FormatOptions

    @Flag(help: "Also write the losses of each iteration, as CONTENT--STYLE.jsonl.")
    var traces = false

    @Flag(help: "Say nothing but errors.")
    var quiet = false

    mutating func run() throws {
        let chosen = try ChosenSettings(
            parts.values, transfer.values, spectrogram.values, encoder.values, results.values, preset: transfer.preset)
        let threads = try encoder.threads.count(for: jobs)
        try parts.check()
        let form = try SoundForm("result.\(format)", channels, results, chosen.settings)
        let pairs = try BatchPair.all(contents: try sounds(in: contents), styles: try sounds(in: styles))
        if let folder = OutputFile.resolved(output),
            [contents, styles].compactMap(OutputFile.resolved).contains(folder)
        {
            throw Failure(
                .usage, "cannot write to", at: output, why: "the sounds come from there",
                remedy: "choose another folder")
        }
        if !resources.dryRun { _ = try OutputFolder(output) }
        let job = try TransferJob(
            chosen, form: form, threads: threads, resources, quiet: quiet, oneOf: jobs)
        if !quiet {
            Terminal.error.say("\(pairs.count) pairs, \(jobs) at a time, \(chosen.description), \(job.description)")
        }

        Interruption.listen()
        let tally = Mutex(BatchTally(pairs: pairs.count, dryRun: resources.dryRun))
        let (batch, lanes) = (self, Workers(count: jobs))
        lanes.run(pieces: pairs.count) { index, _ in
            guard !Interruption.hasCome, tally.withLock({ $0.outputFailure }) == nil else { return }
            let pair = pairs[index]
            let result = Result { try batch.run(pair, form, job, label: "\(index + 1)/\(pairs.count)  \(pair.name)  ") }
            tally.withLock { $0.count(result, of: pair, quiet: batch.quiet) }
        }
        try tally.withLock { try $0.finish(quiet: quiet, jobs: jobs, interrupted: Interruption.hasCome) }
    }

    private func run(_ pair: BatchPair, _ form: SoundForm, _ job: TransferJob, label: String) throws -> BatchOutcome {
        let path = "\(output)/\(pair.name).\(format)"
        let sounds = try SoundPair(
            content: pair.content, styles: [StyleFile(path: pair.style)], parts, form, settings: job.settings
        ) { warning in
            if !quiet { Terminal.error.warn(warning) }
        }
        let trace = traces ? "\(output)/\(pair.name).jsonl" : nil
        if RunRecord.isFinished(path, as: job.record(sounds, output: path), backendRate: form.backendRate),
            trace.map(fileExists) ?? true
        {
            return .skipped
        }
        let backend = try job.backend(for: sounds, output: path)
        if resources.dryRun { return .estimated(try job.estimate(sounds, by: backend)) }
        let outputs = try TransferOutputs(
            path, form, trace: trace, snapshots: nil, report: nil, inputs: [pair.content, pair.style])
        try outputs.check(sounds)
        let record = try job.run(sounds, by: backend, to: outputs, label: label)
        return record.results.contains(where: \.wasStopped) ? .stopped : .finished(path)
    }

    /// The sound files of a folder, by name; hidden files, and files that don't look like sounds, are left out.
    private func sounds(in folder: String) throws -> [String] {
        guard let names = Folder.names(in: folder) else {
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

/// What became of a pair.
private enum BatchOutcome {
    case skipped, finished(String), stopped, estimated(EstimateReport)
}

/// What became of a batch's pairs.
private struct BatchTally {
    let pairs: Int
    let dryRun: Bool
    private var finished = 0
    private var skipped = 0
    private var seconds = 0.0
    private var failures: [(name: String, failure: any Error)] = []
    /// Why nothing can be said any more on standard output.
    private(set) var outputFailure: Failure?

    init(pairs: Int, dryRun: Bool) {
        (self.pairs, self.dryRun) = (pairs, dryRun)
    }

    /// Takes a pair's outcome, and says what there is to say of it.
    mutating func count(_ result: Result<BatchOutcome, any Error>, of pair: BatchPair, quiet: Bool) {
        switch result {
        case .failure(let failure):
            failures.append((pair.name, failure))
            Terminal.error.fail("\(pair.name): \(failure)")
        case .success(.skipped): skipped += 1
        case .success(.estimated(let estimate)):
            seconds += estimate.seconds
            say("\(pair.name): \(estimate.text)")
        case .success(.finished(let path)):
            finished += 1
            say(path)
        case .success(.stopped):
            if !quiet { Terminal.error.say("Stopped: \(pair.name) is the best so far; a rerun makes it whole.") }
        }
    }

    private mutating func say(_ line: String) {
        do throws(Failure) { try emit(path: line) } catch { outputFailure = error }
    }

    /// Says how it went, and ends with the exit code that tells it.
    func finish(quiet: Bool, jobs: Int, interrupted: Bool) throws {
        if let outputFailure { throw outputFailure }
        if !quiet {
            let left = pairs - finished - skipped - failures.count
            var parts =
                dryRun ? ["\(left) to do, about \(durationText(seconds / Double(jobs)))"] : ["\(finished) finished"]
            if skipped > 0 { parts.append("\(skipped) were finished before") }
            if !failures.isEmpty { parts.append("\(failures.count) failed") }
            if !dryRun, left > 0 { parts.append("\(left) left") }
            Terminal.error.say(parts.joined(separator: ", "))
            for (name, failure) in failures { Terminal.error.say("  \(name): \(failure)") }
        }
        if interrupted { throw ExitCode(Failure.Kind.interrupted.exitCode) }
        let kinds = Set(failures.map { ($0.failure as? Failure)?.kind ?? .badData })
        if let kind = kinds.first { throw ExitCode((kinds.count == 1 ? kind : .badData).exitCode) }
    }
}
