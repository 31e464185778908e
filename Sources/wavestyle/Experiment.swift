// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import AudioIO
import Evaluation
import Files
import Foundation
import Report
import Transfer

/// `wavestyle experiment`: a published experiment, in both directions where it has two.
struct Experiment: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "experiment",
        _superCommandName: "wavestyle",
        abstract: "Run a published experiment: sounds, losses, figures and a page.",
        usage: "wavestyle experiment NAME [--content SOUND] [--style SOUND] [options]",
        discussion: """
            The experiments of Boemer, Gong and Homma, Audio Transfer Learning with Voices \
            (2018): pitch-to-pitch, pitch-to-chord, chord-to-pitch (each also the way back) \
            and voice-to-instrument. Without sounds of your own it takes bundled notes, and \
            a sine for the pitch of the chord experiments. Several --content or --style are \
            stacked to a chord. With --notes they may be notes of NSynth's dataset, as \
            FAMILY[-SOURCE]:PITCH[:VELOCITY]. What is not given is as in the preset of the \
            experiment: nsynth-pitch, nsynth-chord or nsynth-voice.

              wavestyle experiment pitch-to-chord
              wavestyle experiment pitch-to-pitch --content c3.wav --style c5.wav
              wavestyle experiment pitch-to-pitch --notes nsynth-test \\
                --content vocal:48 --style vocal-acoustic:60:100
            """)

    @Argument(help: ArgumentHelp("The experiment.", valueName: "name"))
    var name: ExperimentKind

    @Option(
        parsing: .singleValue, help: ArgumentHelp("The first sound; several make a chord.", valueName: "file|note"),
        completion: .file())
    var content: [String] = []

    @Option(
        parsing: .singleValue, help: ArgumentHelp("The second sound; several make a chord.", valueName: "file|note"),
        completion: .file())
    var style: [String] = []

    @Option(
        help: ArgumentHelp("A folder of NSynth's dataset: examples.json and audio/.", valueName: "folder"),
        completion: .directory)
    var notes: String?

    @Option(
        help: ArgumentHelp("Where everything goes. (default: the experiment's name)", valueName: "folder"),
        completion: .directory)
    var output: String?

    @OptionGroup(title: "Transfer") var transfer: TransferOptions
    @OptionGroup(title: "Network") var encoder: EncoderOptions

    @Flag(help: "Say nothing but errors.")
    var quiet = false

    mutating func run() throws {
        let given = transfer.values.over(encoder.values)
        let preset = transfer.preset ?? name.preset
        if transfer.preset == nil, let backend = transfer.backend?.value.plain, backend != BackendName.nsynth.rawValue {
            throw Failure(
                .usage, "cannot use", at: "--backend \(backend)",
                why: "the experiment's preset, \(preset), is on nsynth",
                remedy: "choose a --preset on \(backend), as ulyanov")
        }
        let settings = try TransferSettings(given, preset: preset)
        let threads = try encoder.threads.count()
        let roles = name.roles
        let library = try notes.map { path throws(Failure) in try NoteLibrary(path) }
        let sources = (
            content: try ExperimentSource(content, roles.content, library),
            style: try ExperimentSource(style, roles.style, library)
        )
        let sounds = (content: try sources.content.waveform(), style: try sources.style.waveform())
        let names = [(roles.content, roles.style)] + (name.goesBothWays ? [(roles.style, roles.content)] : [])
        let folder = try OutputFolder(
            output ?? name.rawValue,
            inputs: sources.content.files + sources.style.files + [preset, settings.weights ?? ""],
            inner: names.map { ExperimentDirection.name($0, $1) })
        folder.clear(["table.txt", "experiment.json", "index.html"])
        let ends = [
            ExperimentEnd(
                role: roles.content, path: try folder.write(sounds.content, "\(roles.content.name).wav"),
                pitchClasses: sources.content.pitchClasses),
            ExperimentEnd(
                role: roles.style, path: try folder.write(sounds.style, "\(roles.style.name).wav"),
                pitchClasses: sources.style.pitchClasses),
        ]
        var directions = [ExperimentDirection(from: ends[0], to: ends[1])]
        if name.goesBothWays { directions.append(ExperimentDirection(from: ends[1], to: ends[0])) }

        var series = RunSeries(quiet: quiet)
        for direction in directions {
            let inner = try OutputFolder(folder.file(direction.name))
            inner.clear(inner.names { $0.hasPrefix("result.") })
            inner.clear(["trace.jsonl", "settings.json", "spectrograms.png"])
            let result = inner.file("result.wav")
            try series.run(
                direction.name,
                ["--preset=\(preset)"] + given.arguments
                    + direction.arguments(to: result, iterations: settings.iterations)
                    + ["--threads=\(threads)"], to: result)
        }
        if !series.finished.isEmpty {
            let runs = try series.finished.map { name, run in
                try ExperimentRun(
                    run, directions.first { $0.name == name } ?? directions[0], of: self.name, threads: threads)
            }
            try ExperimentReport(
                kind: name, iterations: settings.iterations, runs: runs, failures: series.remarks,
                isPublished: try name.isPublished(settings)
            ).write(to: folder, threads: threads)
        }
        try series.finish()
    }
}
