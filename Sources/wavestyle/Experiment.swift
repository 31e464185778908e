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
        if transfer.preset == nil, let backend = transfer.backend, backend != .nsynth {
            throw Failure(
                .usage, "cannot use", at: "--backend \(backend.rawValue)",
                why: "the experiment's preset, \(preset), is on nsynth",
                remedy: "choose a --preset on \(backend.rawValue), as ulyanov")
        }
        let settings = try TransferSettings(given, preset: preset)
        let threads = try encoder.threads.count()
        let roles = name.roles
        let library = try notes.map { path throws(Failure) in try NoteLibrary(path) }
        let sources = (
            content: try ExperimentSource(content, roles.content, library),
            style: try ExperimentSource(style, roles.style, library)
        )
        let names = [(roles.content, roles.style)] + (name.goesBothWays ? [(roles.style, roles.content)] : [])
        let folder = try OutputFolder(
            output ?? name.rawValue,
            inputs: sources.content.files + sources.style.files + [preset, settings.weights ?? ""],
            inner: names.map { ExperimentDirection.name($0, $1) })
        folder.clear(["table.txt", "experiment.json", "index.html"])
        let ends = try [(roles.content, sources.content), (roles.style, sources.style)].map { role, source in
            ExperimentEnd(
                role: role, path: try folder.write(try source.waveform(), "\(role.name).wav"),
                pitchClasses: source.pitchClasses)
        }
        var directions = [ExperimentDirection(from: ends[0], to: ends[1])]
        if name.goesBothWays { directions.append(ExperimentDirection(from: ends[1], to: ends[0])) }

        var series = RunSeries(quiet: quiet)
        for direction in directions {
            let result = try OutputFolder(folder.file(direction.name)).file("result.wav")
            try series.run(
                direction.name,
                ["--preset", preset] + given.arguments
                    + direction.arguments(to: result, iterations: settings.iterations)
                    + ["--threads", "\(threads)"], to: result)
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

/// One of the two sounds, as it was written.
struct ExperimentEnd {
    let role: ExperimentSound
    let path: String
    let pitchClasses: Set<Int>?
}

/// One run of an experiment: which of the two sounds is the content.
struct ExperimentDirection {
    let from: ExperimentEnd
    let to: ExperimentEnd

    /// As `low-to-high`: its folder's.
    var name: String { Self.name(from.role, to.role) }

    /// As `Low to high`.
    var title: String { "\(from.role.title) to \(to.role.title.lowercased())" }

    static func name(_ from: ExperimentSound, _ to: ExperimentSound) -> String { "\(from.name)-to-\(to.name)" }

    /// Sounds, snapshots at the paper's iterations (of 100), a trace with metrics.
    func arguments(to result: String, iterations: Int) -> [String] {
        let steps = ExperimentKind.snapshots.map { Int((Double($0 * iterations) / 100).rounded()) }
        let trace = ((result as NSString).deletingLastPathComponent as NSString).appendingPathComponent("trace.jsonl")
        return [
            "--content", from.path, "--style", to.path, "--output", result, "--trace", trace,
            "--snapshots", Set(steps).sorted().map { "\($0)" }.joined(separator: ","),
            "--monitor", "style-distance,content-waveform,chroma,flatness", "--every", "\(max(iterations / 20, 1))",
        ] + (to.pitchClasses.map { $0.isEmpty ? [] : ["--pitch-classes", PitchClass.list($0)] } ?? [])
    }
}

/// Where one of the two sounds comes from.
struct ExperimentSource {
    private enum Origin {
        case files([String])
        case sine
    }
    private let origin: Origin
    /// What is read.
    var files: [String] { if case .files(let paths) = origin { paths } else { [] } }
    /// Where they are known, 0 for C.
    let pitchClasses: Set<Int>?

    /// Finds what was given, or else the experiment's own.
    ///
    /// - Parameter given: files, or notes where there is a library.
    /// - Throws: ``Failure``.
    init(_ given: [String], _ role: ExperimentSound, _ library: NoteLibrary?) throws(Failure) {
        var (files, pitches) = ([String](), [Int]())
        if !given.isEmpty {
            for text in given {
                guard let library, let query = NoteLibrary.Query(text) else {
                    files.append(text)
                    continue
                }
                let note = try library.note(query)
                files.append(note.path)
                pitches.append(note.pitch)
            }
        } else if let library, let dataset = role.dataset, let query = NoteLibrary.Query(dataset.query) {
            let chord = try library.chord(query, intervals: dataset.intervals)
            (files, pitches) = (chord.map(\.path), chord.map(\.pitch))
        } else {
            switch role.bundled {
            case .sine:
                (origin, pitchClasses) = (.sine, nil)
                return
            case .voice: files = [try BundledSounds.pair().content]
            case .flute: (files, pitches) = ([try BundledSounds.pair().style], [69])
            case .notes(let notes):
                for note in notes { files.append(try BundledSounds.note(note.name)) }
                pitches = notes.map(\.pitch)
            }
        }
        origin = .files(files)
        pitchClasses = !pitches.isEmpty && pitches.count == files.count ? Set(pitches.map { $0 % 12 }) : nil
    }

    /// Reads it.
    ///
    /// - Throws: ``Failure``.
    func waveform() throws(Failure) -> Waveform {
        switch origin {
        case .sine: SoundStack.sine()
        case .files(let paths): try SoundStack.stacked(paths)
        }
    }
}
