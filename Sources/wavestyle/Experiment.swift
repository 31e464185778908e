// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import AudioIO
import Files
import Transfer

/// `wavestyle experiment`: a published experiment, in both directions where it has two.
struct Experiment: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "experiment",
        abstract: "Run a published experiment, and write a report.",
        usage: "wavestyle experiment NAME [--content SOUND] [--style SOUND] [options]",
        discussion: """
            The experiments of Boemer, Gong and Homma, Audio Transfer Learning with Voices (2018): pitch-to-pitch, \
            pitch-to-chord, chord-to-pitch (each in both directions) and voice-to-instrument. By default it uses \
            bundled notes, and a sine for the pitch of the chord experiments. Several --content \
            or --style make a chord. A rerun goes on: what is finished is not run again. With --notes they may \
            be notes of NSynth's dataset, as FAMILY[-SOURCE]:PITCH[:VELOCITY]. Other settings are those of the \
            experiment's preset: nsynth-pitch, nsynth-chord or nsynth-voice.

              wavestyle experiment pitch-to-chord
              wavestyle experiment pitch-to-pitch --content c3.wav --style c5.wav
              wavestyle experiment pitch-to-pitch --notes nsynth-test \\
                --content vocal:48 --style vocal-acoustic:60:100
            """)

    @Argument(help: .text("The experiment.", value: "name"))
    var name: ExperimentKind

    @Option(
        parsing: .singleValue, help: .text("The first sound; several make a chord.", value: "file|note"),
        completion: .file())
    var content: [String] = []

    @Option(
        parsing: .singleValue, help: .text("The second sound; several make a chord.", value: "file|note"),
        completion: .file())
    var style: [String] = []

    @Option(
        help: .text("A folder of NSynth's dataset: examples.json and audio/.", value: "folder"), completion: .directory)
    var notes: String?

    @Option(
        help: .text("The results' folder. (default: the experiment's name)", value: "folder"), completion: .directory)
    var output: String?

    @OptionGroup(title: "Transfer") var transfer: TransferOptions
    @OptionGroup(title: "Network") var encoder: EncoderOptions
    @OptionGroup var jobs: JobOptions
    @OptionGroup var overwriting: FolderOverwriteOptions
    @OptionGroup(title: "Checkpoints", visibility: .rare) var resuming: ResumeOptions
    @OptionGroup var help: HelpAllOption

    mutating func run() throws {
        try resuming.checkForMany()
        let given = transfer.values.over(encoder.values)
        let preset = transfer.preset ?? name.preset
        if transfer.preset == nil, let backend = transfer.backend?.value.plain, backend != BackendName.nsynth.rawValue {
            throw Failure.unusable(
                "--backend \(backend)", "the experiment's preset, \(preset), uses --backend nsynth",
                remedy:
                    "choose a --preset on \(backend), as \(backend == MethodName.mosaic.rawValue ? backend : "ulyanov")"
            )
        }
        let settings = try MethodSettings(given, preset: preset)
        let iterations = settings.optimisation?.iterations
        let threads = try encoder.threads.count(for: jobs.jobs)
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
            inputs: sources.content.files + sources.style.files + [preset, settings.optimisation?.weights ?? ""],
            inner: names.map { ExperimentDirection.name($0, $1) }, replaces: !overwriting.noClobber)
        try FolderCommand.own.write(in: folder.path)
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

        let places = try directions.map { try OutputFolder(folder.file($0.name)) }
        let queue = jobs.queue(for: directions.count)
        var results = try queue.run(
            zip(directions, places).map { direction, place in
                let result = place.file("result.wav")
                return Job(
                    name: direction.name, output: result,
                    arguments: ["--preset=\(preset)"] + given.arguments
                        + argument("--keep", transfer.keep?.rule)
                        + direction.arguments(to: result, iterations: iterations)
                        + resuming.arguments + queue.shares(threads: threads, memory: nil))
            })
        let runs = results.runs()
        results.finish(folder: folder.path, quiet: jobs.quiet)
        for (direction, place) in zip(directions, places) {
            // What an earlier experiment left must not pass for this one's. Of one that failed, everything stays as it was.
            guard let run = runs.first(where: { $0.name == direction.name })?.run else { continue }
            place.clear { ($0.hasPrefix("result.") || $0 == "trace.jsonl") && !run.written.contains($0) }
        }
        if !runs.isEmpty {
            try ExperimentReport(
                kind: name, iterations: iterations ?? 0,
                runs: try runs.map { name, run in
                    try ExperimentRun(
                        run, directions.first { $0.name == name } ?? directions[0], of: self.name, threads: threads)
                }, failures: results.remarks, isPublished: try name.isPublished(settings)
            ).write(to: folder, threads: threads)
        }
        try results.finish()
    }
}
