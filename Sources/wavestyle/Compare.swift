// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import AudioIO
import Evaluation
import Files
import Finishing
import Foundation
import Report
import Transfer

/// `wavestyle compare`: several systems on one pair of sounds.
struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare systems on pairs, in a table and a report.",
        usage: """
            wavestyle compare --content FILE --style FILE --output DIR [options]
            wavestyle compare --pairs FILE --output DIR [options]
            """,
        discussion: """
            Each system runs on the whole of both sounds and writes its result at one loudness, as far as \
            peaks allow. If one fails, the others continue. The table has the metrics of 'wavestyle evaluate' \
            for the files in the folder. With --pairs each pair has a folder of its own, and the table also \
            counts which system wins how often. A rerun goes on: what is finished, on the same sounds, with the same \
            weights and settings, is not run again. --jobs runs several at once. FILE is JSON, with paths relative to its \
            folder: {"pairs": [{"name": "one", "content": "a.wav", "style": "b.wav"}]}, optionally with a "description" \
            of each.

              wavestyle compare --content voice.wav --style flute.wav --output duel
              wavestyle compare --systems nsynth-voice,ulyanov,dipani --output duel
              wavestyle compare --pairs pairs.json --control --output check
            """)

    @Option(help: .text("The sound to keep. (default: the bundled voice)", value: "file"), completion: .file())
    var content: String?

    @Option(
        help: .text("The sound to take the style from. (default: the bundled flute)", value: "file"),
        completion: .file())
    var style: String?

    @Option(
        help: .text("Pairs to run on, instead of --content and --style.", value: "file"),
        completion: .file(extensions: ["json"]))
    var pairs: String?

    @Option(help: .text("The results' folder; created if needed.", value: "folder"), completion: .directory)
    var output: String

    @Option(
        help: .text("Presets and files of settings; published stands for all published systems.", value: "name,..."))
    var systems = SystemList(argument: "nsynth,stft")

    @Flag(
        help: """
            Also evaluate a control: the content with noise of the style's spectrum 10 dB below it. A \
            transfer should be better.
            """)
    var control = false

    @Option(
        help: ArgumentHelp(
            "The encoder's weights, by name or an HDF5 file, for systems on nsynth.", valueName: "name|file"),
        completion: .file())
    var weights: String?

    @OptionGroup(title: "Parts") var parts: PartOptions

    @Option(
        parsing: .unconditional,
        help: .text("Iterations of every system that has any. (default: each one's own)", value: "count"))
    var iterations: Int?

    @Option(parsing: .unconditional, help: .text("Seed of all random numbers. (default: 0)", value: "seed"))
    var seed: UInt64?

    @OptionGroup var pitchClasses: PitchClassOptions

    @Option(help: .text("Memory for each system, as 2GB or 800MB.", value: "size"))
    var maxMemory: MemorySize?

    @OptionGroup var threads: ThreadOptions

    @OptionGroup var jobs: JobOptions
    @OptionGroup var overwriting: FolderOverwriteOptions
    @OptionGroup(title: "Checkpoints") var resuming: ResumeOptions

    mutating func run() throws {
        var overrides = SettingValues()
        overrides[\.iterations] = iterations.map { .number(Double($0)) }
        overrides[\.weights] = weights.map { .text($0) }
        overrides[\.seed] = seed.map { .whole($0) }
        let threads = try threads.count(for: jobs.jobs)
        try parts.check()
        try resuming.checkForMany()
        try systems.lookUp(overrides, reserved: Set(["content", "style"] + controls))
        let compared = try comparedPairs()
        for pair in compared {
            for path in [pair.content, pair.style] where isPipe(path) {
                throw Failure.unusable(path, "a comparison needs the sounds more than once", remedy: "give a file")
            }
            _ = try parts.sounds(content: pair.content, style: pair.style) {
                if !jobs.quiet { Terminal.error.warn($0) }
            }
        }
        let names = compared.map(\.name).filter { !$0.isEmpty }
        let folder = try OutputFolder(
            output,
            inputs: compared.flatMap { [$0.content, $0.style] } + [pairs ?? "", weights ?? ""]
                + systems.systems.map(\.given), inner: names, replaces: !overwriting.noClobber)
        try FolderCommand.own.write(in: folder.path)
        let places = try compared.map { $0.name.isEmpty ? folder : try OutputFolder(folder.file($0.name)) }
        for (pair, place) in zip(compared, places) { try write(pair, to: place, threads: threads) }

        let queue = jobs.queue(for: compared.count * systems.systems.count)
        let memory = maxMemory.map { min($0.bytes, .max / queue.width) * queue.width }
        let shares = queue.shares(threads: threads, memory: memory)
        let results = try queue.run(
            zip(compared, places).flatMap { pair, place in
                systems.systems.map { job($0, pair, in: place, shares) }
            })
        results.finish(folder: folder.path, quiet: jobs.quiet)
        try report(
            try zip(compared, places).compactMap { pair, place in
                try ComparisonResult(
                    pair, results.of(group: pair.name), control: controls.first.map { place.file("\($0).wav") },
                    pitchClasses: pitchClasses.pitchClasses, threads: threads)
            }, to: folder, threads: threads)
    }

    /// Writes what is there of each pair, and ends with the exit code that tells how it went.
    private func report(_ results: [ComparisonResult], to folder: OutputFolder, threads: Int) throws {
        if pairs == nil {
            if let sideBySide = results.first?.sideBySide {
                try write(results[0], sideBySide, to: folder, threads: threads)
            }
        } else if results.contains(where: { $0.sideBySide != nil }) {
            try PairsReport(results).write(to: folder, threads: threads)
        }
        try JobResults(results.flatMap(\.jobs.all)).finish()
    }

    /// The names of sounds that no system makes.
    private var controls: [String] { control ? [SideBySide.controlName] : [] }

    private func comparedPairs() throws -> [ComparedPair] {
        if let pairs {
            guard content == nil, style == nil else {
                throw Failure(
                    .usage, "cannot compare",
                    why: "--pairs names the sounds, and so does \(content == nil ? "--style" : "--content")",
                    remedy: "give --pairs alone")
            }
            return try ComparedPair.all(in: pairs)
        }
        guard jobs.jobs == 1 || systems.systems.count > 1 else {
            throw Failure.unusable(
                "--jobs \(jobs.jobs)", "there is one pair and one system",
                remedy: "leave it out, or give --pairs or more --systems")
        }
        guard (content == nil) == (style == nil) else {
            throw Failure(
                .usage, "cannot compare", why: "--\(content == nil ? "content" : "style") is missing",
                remedy: "give both --content and --style, or neither for the bundled pair")
        }
        let paths =
            if let content, let style { (content: content, style: style) } else { try BundledSounds.pair() }
        return [ComparedPair(content: paths.content, style: paths.style)]
    }

    /// Writes the sounds that no system makes: content, style, and the control where one is wanted.
    private func write(_ pair: ComparedPair, to folder: OutputFolder, threads: Int) throws {
        // What is odd about them was said before.
        let sounds = try parts.sounds(content: pair.content, style: pair.style)
        _ = try folder.write(sounds.content.waveform, "content.wav")
        _ = try folder.write(sounds.style.waveform, "style.wav")
        for name in controls {
            let samples = NoiseControl.sound(
                content: try sounds.content.waveform.judged(), style: try sounds.style.waveform.judged(),
                seed: seed ?? 0, threads: threads)
            let waveform = Waveform(mono: samples, sampleRate: Evaluation.sampleRate)
            _ = try folder.write(waveform.brought(to: PlayedSounds.loudness), "\(name).wav")
        }
    }

    /// A system on a pair.
    private func job(
        _ system: SystemList.System, _ pair: ComparedPair, in folder: OutputFolder, _ shares: [String]
    ) -> Job {
        let result = folder.file("\(system.name).wav")
        let trace = system.settings?.optimisation == nil ? nil : Self.trace(of: result)
        return Job(
            group: pair.name, name: system.name, output: result,
            arguments: [system.argument] + system.overrides.arguments + argument("--trace", trace) + [
                "--duration=inf", "--style-duration=inf", "--content=\(folder.file("content.wav"))",
                "--style=\(folder.file("style.wav"))", "--output=\(result)",
                "--loudness=\(PlayedSounds.loudness)",
            ] + resuming.arguments + shares)
    }

    /// `duel/clean.jsonl` beside `duel/clean.wav`.
    private static func trace(of output: String) -> String { (output as NSString).deletingPathExtension + ".jsonl" }

    /// Writes the table, the JSON and the page of the only pair.
    private func write(
        _ result: ComparisonResult, _ sideBySide: SideBySide, to folder: OutputFolder, threads: Int
    ) throws {
        let remarks = result.jobs.remarks
        let text = ([sideBySide.text] + remarks.map { $0 + "\n" }).joined()
        try OutputFile(path: folder.file("table.txt")).write(text: text)
        try OutputFile(path: folder.file("compare.json")).write(text: try prettyJSON(result.summary))
        // Results are printed before the page is drawn.
        try emit(text)
        let page = folder.file("index.html")
        var overview = sideBySide.section("Side by side")
        overview.command = CommandLine.ownCommand
        try RunsPage(
            title: result.runs.map(\.name).joined(separator: ", "), introduction: remarks,
            overview: [overview],
            runs: try result.runs.map { ($0.name, try RunSection($0.run, besideOthers: true, threads: threads)) }
        ).write(to: try OutputFile(path: page), threads: threads)
        try emit(path: page)
    }
}
