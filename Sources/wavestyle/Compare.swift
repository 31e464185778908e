// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import AudioIO
import Evaluation
import Files
import Foundation
import Report
import Transfer

/// `wavestyle compare`: several systems on one pair of sounds.
struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        _superCommandName: "wavestyle",
        abstract: "Run several systems on one pair: one table, one page.",
        usage: "wavestyle compare --content FILE --style FILE --output DIR [options]",
        discussion: """
            Each system runs by itself, on the whole of both sounds, and writes its result at \
            one loudness, as far as peaks fit. One that fails does not take the others with it. The table's figures \
            are those of 'wavestyle evaluate' on the files in the folder.

              wavestyle compare --content voice.wav --style flute.wav --output duel
              wavestyle compare --systems nsynth-voice,ulyanov,dipani --output duel
            """)

    @Option(
        help: ArgumentHelp("The sound to keep. (default: the bundled voice)", valueName: "file"), completion: .file())
    var content: String?

    @Option(
        help: ArgumentHelp("The sound to take the style from. (default: the bundled flute)", valueName: "file"),
        completion: .file())
    var style: String?

    @Option(
        help: ArgumentHelp("Where everything goes; made if it is not there.", valueName: "folder"),
        completion: .directory)
    var output: String

    @Option(help: ArgumentHelp("Backends, presets and files of settings.", valueName: "name,..."))
    var systems = SystemList(argument: "nsynth,stft")

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

    @Flag(help: "Say nothing but errors.")
    var quiet = false

    mutating func run() throws {
        var overrides = SettingValues()
        overrides.add(iterations, .iterations)
        overrides.add(weights, .weights)
        if let seed { overrides[.seed] = .whole(seed) }
        let threads = try threads.count()
        try parts.check()
        try systems.lookUp(overrides)
        guard (content == nil) == (style == nil) else {
            throw Failure(
                .usage, "cannot compare", why: "--\(content == nil ? "content" : "style") is missing",
                remedy: "give both --content and --style, or neither for the bundled pair")
        }
        let paths =
            if let content, let style { (content: content, style: style) } else { try BundledSounds.pair() }
        let sounds = [
            try JudgedSound(paths.content, start: parts.start, duration: parts.finiteDuration),
            try JudgedSound(paths.style, start: parts.styleStart, duration: parts.finiteStyleDuration),
        ]
        let folder = try OutputFolder(
            output, inputs: [paths.content, paths.style, weights ?? ""] + systems.systems.map(\.given))
        folder.clear(
            ["table.txt", "compare.json", "index.html"]
                + systems.systems.flatMap { ["\($0.name).wav", "\($0.name).wav.json", "\($0.name).jsonl"] })
        let content = try folder.write(sounds[0].waveform, "content.wav")
        let style = try folder.write(sounds[1].waveform, "style.wav")

        var series = RunSeries(quiet: quiet)
        for system in systems.systems {
            let result = folder.file("\(system.name).wav")
            try series.run(
                system.name,
                [system.argument]
                    + (system.backend == .nsynth ? overrides : overrides.filter { $0 != .weights }).arguments
                    + [
                        "--duration=inf", "--style-duration=inf", "--content=\(content)", "--style=\(style)",
                        "--output=\(result)", "--trace=\(folder.file("\(system.name).jsonl"))",
                        "--loudness=\(PlayedSounds.loudness)", "--threads=\(threads)",
                    ] + (maxMemory.map { ["--max-memory=\($0.text)"] } ?? []), to: result)
        }
        if !series.finished.isEmpty { try write(series, to: folder, threads: threads) }
        try series.finish()
    }

    private func write(_ series: RunSeries, to folder: OutputFolder, threads: Int) throws {
        let sideBySide = try SideBySide(series.finished, pitchClasses: pitchClasses.pitchClasses, threads: threads)
        let text = ([sideBySide.text] + series.remarks.map { $0 + "\n" }).joined()
        try OutputFile(path: folder.file("table.txt")).write(text: text)
        try OutputFile(path: folder.file("compare.json")).write(
            text: try prettyJSON(
                Summary(
                    figures: sideBySide.scores,
                    systems: series.finished.map { .init(name: $0.name, record: $0.run.record) },
                    failures: Dictionary(uniqueKeysWithValues: series.failures.map { ($0.name, $0.ending.reason) }))))
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
        try emit(page + "\n")
    }

    private struct Summary: Encodable {
        struct System: Encodable {
            let name: String
            let record: RunRecord
        }
        let figures: ScoreTable
        let systems: [System]
        let failures: [String: String]
    }
}
