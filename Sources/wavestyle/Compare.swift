// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import AudioIO
import Evaluation
import Files
import Finishing
import Foundation
import Matrices
import Report
import Transfer

/// `wavestyle compare`: several systems on one pair of sounds.
struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        _superCommandName: "wavestyle",
        abstract: "Run several systems on one pair, or on many: one table, one page.",
        usage: """
            wavestyle compare --content FILE --style FILE --output DIR [options]
            wavestyle compare --pairs FILE --output DIR [options]
            """,
        discussion: """
            Each system runs by itself, on the whole of both sounds, and writes its result at \
            one loudness, as far as peaks fit. One that fails does not take the others with it. The table's figures \
            are those of 'wavestyle evaluate' on the files in the folder. With --pairs each pair \
            has a folder of its own, and the table also counts which system wins how often; --jobs works on several at once. \
            FILE is JSON, its paths are beside it: \
            {"pairs": [{"name": "one", "content": "a.wav", "style": "b.wav"}]}, with a \
            "description" of each if you like.

              wavestyle compare --content voice.wav --style flute.wav --output duel
              wavestyle compare --systems nsynth-voice,ulyanov,dipani --output duel
              wavestyle compare --pairs pairs.json --control --output check
            """)

    @Option(
        help: ArgumentHelp("The sound to keep. (default: the bundled voice)", valueName: "file"), completion: .file())
    var content: String?

    @Option(
        help: ArgumentHelp("The sound to take the style from. (default: the bundled flute)", valueName: "file"),
        completion: .file())
    var style: String?

    @Option(
        help: ArgumentHelp("Pairs to run on, in place of --content and --style.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var pairs: String?

    @Option(
        help: ArgumentHelp("Where everything goes; made if it is not there.", valueName: "folder"),
        completion: .directory)
    var output: String

    @Option(help: ArgumentHelp("Backends, presets and files of settings.", valueName: "name,..."))
    var systems = SystemList(argument: "nsynth,stft")

    @Flag(
        help: """
            Judge one more sound, control: the content, with noise 10 dB below it that has the style's spectrum. A \
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
        help: ArgumentHelp("Steps of every system. (default: each one's own)", valueName: "count"))
    var iterations: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("Decides all random numbers. (default: 0)", valueName: "seed"))
    var seed: UInt64?

    @OptionGroup var pitchClasses: PitchClassOptions

    @Option(help: ArgumentHelp("Memory for each system, as 2GB or 800MB.", valueName: "size"))
    var maxMemory: MemorySize?

    @OptionGroup var threads: ThreadOptions

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Pairs to work on at a time, which share threads and memory.", valueName: "count"))
    var jobs = 1

    @Flag(help: "Say nothing but errors.")
    var quiet = false

    mutating func run() throws {
        var overrides = SettingValues()
        overrides[\.iterations] = iterations.map { .number(Double($0)) }
        overrides[\.weights] = weights.map { .text($0) }
        overrides[\.seed] = seed.map { .whole($0) }
        let threads = try threads.count(for: jobs)
        try parts.check()
        try systems.lookUp(overrides, reserved: Set(["content", "style"] + controls))
        let compared = try comparedPairs()
        for pair in compared { _ = try pair.sounds(parts) }
        let names = compared.map(\.name).filter { !$0.isEmpty }
        let folder = try OutputFolder(
            output,
            inputs: compared.flatMap { [$0.content, $0.style] } + [pairs ?? "", weights ?? ""]
                + systems.systems.map(\.given), inner: names)
        folder.clear(["table.txt", "compare.json", "index.html"])
        let inner = try compared.map { $0.name.isEmpty ? folder : try OutputFolder(folder.file($0.name)) }
        for place in inner {
            place.clear(
                controls.map { "\($0).wav" }
                    + systems.systems.flatMap { ["\($0.name).wav", "\($0.name).wav.json", "\($0.name).jsonl"] })
        }

        let lanes = Workers(count: min(jobs, compared.count))
        let (compare, memory) = (self, memory(ofJobs: lanes.count))
        let results = try lanes.map(pieces: compared.count) { [overrides] index, _ in
            Result {
                index == 0 || !Interruption.hasCome
                    ? try compare.run(
                        compared[index], in: inner[index], overrides, threads: threads / lanes.count, memory: memory)
                    : nil
            }
        }.compactMap { try $0.get() }
        if pairs == nil {
            if let sideBySide = results[0].sideBySide {
                try write(results[0], sideBySide, to: folder, threads: threads)
            }
        } else if results.contains(where: { $0.sideBySide != nil }) {
            try PairsReport(results).write(to: folder, threads: threads)
        }
        try RunSeries.finish(results.map(\.series))
    }

    /// What `--max-memory` is for a system; nil to leave it to the system.
    private func memory(ofJobs jobs: Int) -> String? {
        if let maxMemory { return maxMemory.text }
        return jobs == 1 ? nil : AvailableMemory.bytes.map { "\($0 / 4 * 3 / jobs)" }
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
        guard jobs == 1 else {
            throw Failure(
                .usage, "cannot use", at: "--jobs \(jobs)", why: "it shares out pairs, and there is one",
                remedy: "leave it out, or give --pairs")
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

    /// Runs every system on one pair, and measures what comes of it.
    private func run(
        _ pair: ComparedPair, in folder: OutputFolder, _ overrides: SettingValues, threads: Int, memory: String?
    ) throws -> ComparisonResult {
        let sounds = try pair.sounds(parts)
        let content = try folder.write(sounds.content.waveform, "content.wav")
        let style = try folder.write(sounds.style.waveform, "style.wav")
        let controlPath = try controls.first.map { name in
            let samples = NoiseControl.sound(
                content: try sounds.content.waveform.judged(), style: try sounds.style.waveform.judged(),
                seed: seed ?? 0, threads: threads)
            let waveform = Waveform(mono: samples, sampleRate: Evaluation.sampleRate)
            return try folder.write(waveform.brought(to: PlayedSounds.loudness), "\(name).wav")
        }
        var series = RunSeries(quiet: quiet, in: pair.name)
        for system in systems.systems {
            let result = folder.file("\(system.name).wav")
            try series.run(
                system.name,
                [system.argument]
                    + (system.backend == .nsynth ? overrides : overrides.without(\.weights)).arguments
                    + [
                        "--duration=inf", "--style-duration=inf", "--content=\(content)", "--style=\(style)",
                        "--output=\(result)", "--trace=\(folder.file("\(system.name).jsonl"))",
                        "--loudness=\(PlayedSounds.loudness)", "--threads=\(threads)",
                    ] + (memory.map { ["--max-memory=\($0)"] } ?? []), to: result)
        }
        return try ComparisonResult(
            pair, series, control: controlPath, pitchClasses: pitchClasses.pitchClasses, threads: threads)
    }

    /// Writes the table, the JSON and the page of the only pair.
    private func write(
        _ result: ComparisonResult, _ sideBySide: SideBySide, to folder: OutputFolder, threads: Int
    ) throws {
        let series = result.series
        let text = ([sideBySide.text] + series.remarks.map { $0 + "\n" }).joined()
        try OutputFile(path: folder.file("table.txt")).write(text: text)
        try OutputFile(path: folder.file("compare.json")).write(text: try prettyJSON(result.summary))
        // What is known is said before the page is drawn.
        try emit(text)
        let page = folder.file("index.html")
        var overview = sideBySide.section("Side by side")
        overview.command = RunSeries.command
        try RunsPage(
            title: series.finished.map(\.name).joined(separator: ", "), introduction: series.remarks,
            overview: [overview],
            runs: try series.finished.map { ($0.name, try RunSection($0.run, besideOthers: true, threads: threads)) }
        ).write(to: try OutputFile(path: page), threads: threads)
        try emit(path: page)
    }
}
