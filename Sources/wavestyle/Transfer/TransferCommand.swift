// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Foundation
import Transfer

/// The main job, `wavestyle` or `wavestyle transfer`: two sounds or more, a run, a sound.
struct TransferCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transfer", abstract: "Give one sound the style of another.")

    @OptionGroup(title: "Sounds") var sounds: SoundOptions
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup var method: MethodOptions
    @OptionGroup(title: "Monitoring") var monitoring: MonitorOptions
    @OptionGroup(title: "Reports") var reports: ReportOptions

    func run() throws {
        if reports.printSettings { return try printSettings() }
        let (events, quiet, display) = (reports.events, reports.quiet, ProgressDisplay(redraws: true))
        func tell(_ event: RunEvent) {
            if events { event.write() } else if !quiet { display.show(event) }
        }
        do {
            let ending = try perform(tell: tell)
            tell(.ended(how: ending))
            if ending == .stopped { throw ExitCode(Failure.Kind.interrupted.exitCode) }
        } catch let failure as Failure where events {
            tell(.ended(how: JobEnding(failure)))
            throw ExitCode(failure.kind.exitCode)
        }
    }

    /// Does it, and says on standard output what came of it, unless events are to go there.
    ///
    /// - Parameters:
    ///   - shared: what there is already, where others run in this process; nil to load it.
    ///   - tell: told how it goes, but for the ending.
    func perform(sharing shared: SharedEngine? = nil, tell: (RunEvent) -> Void) throws -> JobEnding {
        // Everything that can be refused is refused before anything is computed.
        let (chosen, snapshots) = (try chosen(), try snapshots())
        let settings = chosen.settings
        let threads = try method.encoder.threads.count()
        try method.parts.check()
        let paths = try inputs()
        try monitoring.check(styles: paths.styles.count)
        let form = try SoundForm(path, method.format, settings)
        let outputs = try method.resources.dryRun ? nil : outputs(form, paths, settings)
        let pair = try SoundPair(
            content: paths.content, styles: paths.styles, method.parts, form, settings: settings
        ) { tell(.warning(text: $0)) }
        if let factor = settings.network.spectral?.transform.slowFactor {
            let size = settings.transform.size
            tell(.warning(text: "--n-fft \(size) has the prime factor \(factor): its transforms are slow"))
        }
        try form.check(pair)
        if try isFinished(pair, form, chosen, shared) { return try end(.finishedBefore, nil) }
        let job = try TransferJob(
            chosen, snapshots: snapshots, form: form, samples: pair.channels[0].count, threads: threads,
            method.resources, monitoring: MonitorPlan(monitoring), sharing: shared)
        let backend = try job.backend(for: pair, output: path)
        guard let outputs else { return try end(.estimated(report: try job.estimate(pair, by: backend)), nil) }
        // With --quiet there is no estimate: its trial takes a moment.
        let announcements =
            reports.quiet ? [] : [start(pair, chosen, job), try job.estimate(pair, by: backend).text]
        Interruption.listen()
        let record = try job.run(pair, by: backend, to: outputs, announcing: announcements, tell: tell)
        let ending = try end(record.results.contains(where: \.wasStopped) ? .stopped : .finished, record)
        if let page = outputs.reportFile {
            let run = (FinishedRun.name(path), try FinishedRun(path, trace: outputs.traceText))
            try RunsPage(title: run.0, of: [run], threads: threads).write(to: page, threads: threads)
        }
        return ending
    }

    private var path: String { output.output ?? "stylized.wav" }

    private func chosen() throws(Failure) -> ChosenSettings {
        try ChosenSettings(method.given, preset: method.transfer.preset)
    }

    private func snapshots() throws(Failure) -> Set<Int> {
        try reports.snapshots(upTo: chosen().settings.iterations)
    }

    private func printSettings() throws {
        let settings = try chosen().settings
        _ = try snapshots()
        if settings.network.randomNetwork != nil {
            _ = try settings.depth(in: settings.architecture())
        }
        try emit(Preset(settings).json)
    }

    private func outputs(
        _ form: SoundForm, _ paths: (content: String, styles: [StyleFile]), _ settings: TransferSettings
    ) throws -> TransferOutputs {
        try TransferOutputs(
            path, form, trace: reports.trace, snapshots: reports.snapshots, report: reports.report,
            inputs: [paths.content] + paths.styles.map(\.path)
                + [settings.weights, method.transfer.preset].compactMap { $0 })
    }

    /// Whether the output is there as this run would make it. The network is not made for that: it can take longer.
    private func isFinished(
        _ pair: SoundPair, _ form: SoundForm, _ chosen: ChosenSettings, _ shared: SharedEngine?
    ) throws -> Bool {
        guard reports.unlessFinished, fileExists(path) else { return false }
        let wanted = RunRecord(
            pair, chosen, form, method.resources, MonitorPlan(monitoring),
            weights: try shared?.engine.weights ?? RunRecord.Weights(chosen.settings), threads: 1, output: path)
        return FinishedRun.isThere(path, as: wanted, trace: reports.trace, snapshots: try snapshots())
    }

    /// What is done, with what.
    private func start(_ pair: SoundPair, _ chosen: ChosenSettings, _ job: TransferJob) -> String {
        func seconds(_ samples: Int) -> String {
            String(format: "%.2f s", Double(samples) / Double(chosen.settings.workingRate))
        }
        let bundled = sounds.content == nil ? " (the bundled voice and flute)" : ""
        return "\(seconds(pair.channels[0].count)) of content, "
            + "\(seconds(pair.styles.reduce(0) { $0 + $1.samples.count })) of style\(bundled), \(chosen.description), \(job.description)"
    }

    /// Says what came of it on standard output.
    private func end(_ ending: JobEnding, _ record: RunRecord?) throws -> JobEnding {
        if reports.events { return ending }
        if case .estimated(let report) = ending {
            try emit(reports.json ? try prettyJSON(report) : report.text + "\n")
            return ending
        }
        if !reports.quiet, ending == .finishedBefore {
            Terminal.error.say("Nothing to do: \(path) was finished before.")
        } else if !reports.quiet, ending == .stopped, let record {
            let iterations = record.results.map { "\($0.iteration)" }.joined(separator: ", ")
            Terminal.error.say("Stopped: this is the best so far (iteration \(iterations)).")
        }
        try reports.json ? emit((record ?? FinishedRun(path).record).json()) : emit(path: path)
        return ending
    }

    private func inputs() throws(Failure) -> (content: String, styles: [StyleFile]) {
        switch (sounds.content, sounds.style.isEmpty) {
        case (let content?, false): return (content, sounds.style)
        case (nil, true):
            let bundled = try BundledSounds.pair()
            return (bundled.content, [StyleFile(path: bundled.style)])
        case (_?, true), (nil, false):
            throw Failure(
                .usage, "cannot run", why: "--\(sounds.content == nil ? "content" : "style") is missing",
                remedy: "give both --content and --style, or neither for the bundled pair")
        }
    }
}
