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
    /// - Throws: ``Failure``.
    func perform(sharing shared: SharedEngine? = nil, tell: (RunEvent) -> Void) throws -> JobEnding {
        // Whatever can be refused is refused before anything is computed.
        let settings = try settings()
        let threads = try method.encoder.threads.count()
        try method.parts.check()
        let paths = try inputs()
        try monitoring.check(styles: paths.styles.count)
        let form = try SoundForm(path, method.format, settings)
        let outputs = try method.resources.dryRun ? nil : outputs(form, paths, settings)
        let pair = try SoundPair(
            content: paths.content, styles: paths.styles, method.parts, form, settings: settings
        ) { tell(.warning(text: $0)) }
        if let factor = settings.slowFactor {
            tell(.warning(text: "--n-fft \(settings.fftSize) has the prime factor \(factor): its transforms are slow"))
        }
        try form.check(pair)
        if try isFinished(pair, form, settings, shared) { return try end(.finishedBefore, nil) }
        let job = try TransferJob(
            settings, form: form, samples: pair.channels[0].count, threads: threads, method.resources,
            monitoring: MonitorPlan(monitoring), sharing: shared)
        let backend = try job.backend(for: pair, output: path)
        guard let outputs else { return try end(.estimated(report: try job.estimate(pair, by: backend)), nil) }
        // Where it is quiet, nobody is told; and the trial takes a moment.
        let announcements =
            reports.quiet ? [] : [start(pair, settings, job), try job.estimate(pair, by: backend).text]
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

    private func settings() throws(Failure) -> TransferSettings {
        var settings = try TransferSettings(method.given, preset: method.transfer.preset)
        settings.snapshots = Set(reports.snapshots?.numbers ?? [])
        try settings.validate()
        return settings
    }

    private func printSettings() throws {
        let settings = try settings()
        if settings.backend == .stft, settings.weights == nil {
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
        _ pair: SoundPair, _ form: SoundForm, _ settings: TransferSettings, _ shared: SharedEngine?
    ) throws -> Bool {
        guard reports.unlessFinished, FileManager.default.fileExists(atPath: path) else { return false }
        let wanted = RunRecord(
            pair, settings, form, method.resources, MonitorPlan(monitoring),
            weights: try shared?.engine.weights ?? RunRecord.Weights(settings), threads: 1, output: path)
        return FinishedRun.isThere(path, as: wanted, trace: reports.trace, snapshots: settings.snapshots)
    }

    /// What is done, with what.
    private func start(_ pair: SoundPair, _ settings: TransferSettings, _ job: TransferJob) -> String {
        func seconds(_ samples: Int) -> String {
            String(format: "%.2f s", Double(samples) / Double(settings.workingRate))
        }
        let bundled = sounds.content == nil ? " (the bundled voice and flute)" : ""
        return "\(seconds(pair.channels[0].count)) of content, "
            + "\(seconds(pair.styles.reduce(0) { $0 + $1.samples.count })) of style\(bundled), "
            + (method.given.system(preset: method.transfer.preset) ?? "backend \(settings.backend.rawValue)")
            + ", \(job.description)"
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
        try emit(reports.json ? (record ?? FinishedRun(path).record).json() : path + "\n")
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

extension TransferSettings {
    /// The settings that options ask for, over a preset's.
    ///
    /// - Parameter preset: a name or a file; nil for ``Preset/clean`` where the options name no other method, and the
    ///   backend's published form where they do.
    /// - Throws: ``Failure``.
    init(_ given: SettingValues..., preset: String?) throws(Failure) {
        let given = given.reduce(SettingValues()) { $1.over($0) }
        try self.init(
            given,
            over: try preset.map { name throws(Failure) in try Preset(named: name).settings }
                ?? (given.nameNoMethod ? Preset.clean.settings : SettingValues()))
    }
}

extension SettingValues {
    /// What can be turned with any method, and what `clean` alone has.
    private static let knobs: Set<Setting> = [
        .weights, .alpha, .iterations, .seed, .duration, .styleDuration, .contentLoss, .envelopeBands, .balance,
        .meanSpectrumWeight, .spectralStyleWeight, .preconditionerFloor, .preconditionerWindow, .preconditionerSpectrum,
    ]

    /// Whether ``Preset/clean`` is meant where no preset is given.
    fileprivate var nameNoMethod: Bool { Set(settings).isSubset(of: Self.knobs) }

    /// The preset that lies below these options, in words; nil where none does.
    fileprivate func system(preset: String?) -> String? {
        (preset ?? (nameNoMethod ? Preset.clean.name : nil)).map { "preset \($0)" }
    }
}
