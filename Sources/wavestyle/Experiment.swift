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
        let settings = try TransferSettings(given, preset: preset)
        let threads = try encoder.threads.count()
        let roles = name.roles
        let library = try notes.map { path throws(Failure) in try NoteLibrary(path) }
        let sources = (
            content: try ExperimentSource(content, roles.content, library),
            style: try ExperimentSource(style, roles.style, library)
        )
        let folder = try OutputFolder(output ?? name.rawValue)
        let ends = try [(roles.content, sources.content), (roles.style, sources.style)].map { role, source in
            let path = folder.file("\(role.name).wav")
            try AudioFile.write(try source.waveform(), to: path, as: try AudioFormat(path: path, sampleFormat: nil))
            return ExperimentEnd(role: role, path: path, pitchClasses: source.pitchClasses)
        }
        Interruption.listen()
        var directions = [(ends[0], ends[1])]
        if name.goesBothWays { directions.append((ends[1], ends[0])) }
        let runs = try directions.map { from, to in
            try run(from, to, preset: preset, settings: settings, given: given, threads: threads, in: folder)
        }
        try ExperimentReport(kind: name, iterations: settings.iterations, runs: runs).write(
            to: folder, threads: threads)
    }

    /// Runs one direction as a child, which writes what any run writes.
    private func run(
        _ from: ExperimentEnd, _ to: ExperimentEnd, preset: String, settings: TransferSettings, given: SettingValues,
        threads: Int, in folder: OutputFolder
    ) throws -> ExperimentRun {
        let name = "\(from.role.name)-to-\(to.role.name)"
        let inner = try OutputFolder(folder.file(name))
        let result = inner.file("result.wav")
        let steps = ExperimentKind.snapshots.map { Int((Double($0 * settings.iterations) / 100).rounded()) }
        let arguments =
            ["--preset", preset] + given.arguments + [
                "--content", from.path, "--style", to.path, "--output", result,
                "--trace", inner.file("trace.jsonl"),
                "--snapshots", Set(steps).sorted().map { "\($0)" }.joined(separator: ","),
                "--monitor", "style-distance,content-waveform,chroma,flatness",
                "--every", "\(max(settings.iterations / 20, 1))", "--threads", "\(threads)",
            ] + (to.pitchClasses.map { ["--pitch-classes", PitchClass.list($0)] } ?? [])
        let ending = try ChildRun(arguments: arguments).run { line in
            if !quiet { Terminal.error.say("\(name)  \(line)") }
        }
        if let ending { try ending.fail(name) }
        return ExperimentRun(
            title: "\(from.role.title) to \(to.role.title.lowercased())",
            published: self.name.published(from: from.role.name, to: to.role.name),
            section: try RunSection(try FinishedRun(result), pitchClasses: to.pitchClasses, threads: threads))
    }
}

/// One of the two sounds, as it was written.
struct ExperimentEnd {
    let role: ExperimentSound
    let path: String
    let pitchClasses: Set<Int>?
}

/// Where one of the two sounds comes from.
struct ExperimentSource {
    private enum Origin {
        case files([String])
        case sine
    }
    private let origin: Origin
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
