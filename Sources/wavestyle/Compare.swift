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
            one loudness. One that fails does not take the others with it. The table's figures \
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

    @OptionGroup(title: "Parts") var parts: PartOptions

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Steps of every system. (default: each one's own)", valueName: "count"))
    var iterations: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("Decides all random numbers. (default: 0)", valueName: "seed"))
    var seed: UInt64?

    @Option(
        help: ArgumentHelp(
            "The pitch classes that chroma counts, as C,E,G. (default: those with most of the style's energy)",
            valueName: "classes"), transform: PitchClass.parse)
    var pitchClasses: Set<Int>?

    @OptionGroup var threads: ThreadOptions

    @Flag(help: "Say nothing but errors.")
    var quiet = false

    mutating func run() throws {
        var overrides = SettingValues()
        overrides.add(iterations, .iterations)
        if let seed { overrides[.seed] = .whole(seed) }
        let threads = try threads.count()
        try parts.check()
        try systems.check(overrides)
        guard (content == nil) == (style == nil) else {
            throw Failure(
                .usage, "cannot compare", why: "--\(content == nil ? "content" : "style") is missing",
                remedy: "give both --content and --style, or neither for the bundled pair")
        }
        let bundled = try BundledSounds.pair()
        let sounds = [
            try JudgedSound(content ?? bundled.content, start: parts.start, duration: parts.finiteDuration),
            try JudgedSound(style ?? bundled.style, start: parts.styleStart, duration: parts.finiteStyleDuration),
        ]
        let folder = try OutputFolder(output)
        let paths = ["content.wav", "style.wav"].map(folder.file)
        for (path, sound) in zip(paths, sounds) {
            try AudioFile.write(
                sound.waveform.limited(by: .rescale).waveform, to: path,
                as: try AudioFormat(path: path, sampleFormat: nil))
        }

        Interruption.listen()
        var finished: [(name: String, run: FinishedRun)] = []
        var failures: [(name: String, ending: ChildRun.Ending)] = []
        for system in systems.systems where !Interruption.hasCome {
            let result = folder.file("\(system.name).wav")
            let arguments =
                system.arguments + overrides.arguments + [
                    "--duration=inf", "--style-duration=inf", "--content", paths[0], "--style", paths[1],
                    "--output", result, "--trace", folder.file("\(system.name).jsonl"),
                    "--loudness", "\(PlayedSounds.loudness)", "--threads", "\(threads)",
                ]
            let ending = try ChildRun(arguments: arguments).run { line in
                if !quiet { Terminal.error.say("\(system.name)  \(line)") }
            }
            if let ending, ending.status != Failure.Kind.interrupted.exitCode {
                failures.append((system.name, ending))
                Terminal.error.fail("\(system.name): \(ending.reason)")
            } else {
                finished.append((system.name, try FinishedRun(result)))
            }
        }
        if !finished.isEmpty { try write(finished, failures, to: folder, threads: threads) }
        if Interruption.hasCome { throw ExitCode(Failure.Kind.interrupted.exitCode) }
        let codes = Set(failures.map(\.ending.status))
        if let code = codes.first { throw ExitCode(codes.count == 1 ? code : Failure.Kind.badData.exitCode) }
    }

    private func write(
        _ finished: [(name: String, run: FinishedRun)], _ failures: [(name: String, ending: ChildRun.Ending)],
        to folder: OutputFolder, threads: Int
    ) throws {
        let sideBySide = try SideBySide(finished, pitchClasses: pitchClasses, threads: threads)
        let failed = failures.map { "\($0.name) failed: \($0.ending.reason)" }
        let text = ([sideBySide.text] + failed.map { $0 + "\n" }).joined()
        try OutputFile(path: folder.file("table.txt")).write(text: text)
        try OutputFile(path: folder.file("compare.json")).write(
            text: try prettyJSON(
                Summary(
                    figures: sideBySide.scores,
                    systems: finished.map { .init(name: $0.name, record: $0.run.record) },
                    failures: Dictionary(uniqueKeysWithValues: failures.map { ($0.name, $0.ending.reason) }))))
        let page = folder.file("index.html")
        try RunsPage(
            title: finished.map(\.name).joined(separator: ", "), introduction: failed,
            overview: [sideBySide.section("Side by side")],
            runs: try finished.map { ($0.name, try RunSection($0.run, besideOthers: true, threads: threads)) }
        ).write(to: try OutputFile(path: page), threads: threads)
        try emit(text + page + "\n")
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

/// Systems to compare, as `nsynth,ulyanov,mine.json`.
struct SystemList: ExpressibleByArgument, CustomStringConvertible {
    /// A backend with its defaults, or a preset.
    struct System {
        /// Of its files.
        let name: String
        let arguments: [String]
    }

    let description: String
    let systems: [System]

    init(argument: String) {
        description = argument
        systems = argument.split(separator: ",", omittingEmptySubsequences: false).map { part in
            let text = String(part)
            return BackendName(rawValue: text) == nil
                ? System(name: FinishedRun.name(text), arguments: ["--preset", text])
                : System(name: text, arguments: ["--backend", text])
        }
    }

    /// Checks that there are such systems, and that their files have names of their own.
    ///
    /// - Throws: ``Failure``.
    func check(_ overrides: SettingValues) throws(Failure) {
        var names: Set<String> = ["content", "style"]
        for system in systems {
            guard names.insert(system.name).inserted else {
                throw Failure(
                    .usage, "cannot use", at: "--systems \(description)",
                    why: "\(system.name).wav would be written twice", remedy: "leave one out, or rename its file")
            }
            if system.arguments[0] == "--preset" { _ = try TransferSettings(overrides, preset: system.arguments[1]) }
        }
    }
}
