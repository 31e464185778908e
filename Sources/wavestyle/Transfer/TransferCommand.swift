// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Foundation
import Transfer

/// The root command's work: two files or more, a job, a file.
struct TransferCommand {
    let sounds: SoundOptions
    let parts: PartOptions
    let channels: ChannelOptions
    let transfer: TransferOptions
    let spectrogram: SpectrogramOptions
    let encoder: EncoderOptions
    let resources: ResourceOptions
    let output: OutputOptions
    let format: FormatOptions
    let monitoring: MonitorOptions
    let reports: ReportOptions

    func run() throws {
        // Whatever can be refused is refused before anything is computed.
        let given = [parts.values, transfer.values, spectrogram.values, encoder.values, format.values].reduce(
            SettingValues()
        ) { $1.over($0) }
        var settings = try TransferSettings(given, preset: transfer.preset)
        settings.snapshots = Set(reports.snapshots?.numbers ?? [])
        try settings.validate()
        if reports.printSettings {
            if settings.backend == .stft, settings.weights == nil {
                _ = try settings.depth(in: settings.architecture())
            }
            return try emit(Preset(settings).json)
        }
        let threads = try encoder.threads.count()
        try parts.check()
        let paths = try inputs()
        try monitoring.check(styles: paths.styles.count)
        let path = output.output ?? "stylized.wav"
        let form = try SoundForm(path, channels, format, settings)
        let outputs = try TransferOutputs(
            path, form, trace: reports.trace, snapshots: reports.snapshots, report: reports.report,
            inputs: [paths.content] + paths.styles.map(\.path)
                + [settings.weights, transfer.preset].compactMap { $0 })
        let pair = try SoundPair(
            content: paths.content, styles: paths.styles, parts, form, settings: settings
        ) { warning in
            if !reports.quiet { Terminal.error.warn(warning) }
        }
        if let factor = settings.slowFactor, !reports.quiet {
            Terminal.error.warn("--n-fft \(settings.fftSize) has the prime factor \(factor): its transforms are slow")
        }
        let job = try TransferJob(
            settings, form: form, samples: pair.channels[0].count, threads: threads, resources,
            monitoring: MonitorPlan(monitoring), quiet: reports.quiet)

        try outputs.check(pair)
        // Where it is quiet, nobody is told; and the trial takes a moment.
        let backend = try job.backend(for: pair, output: outputs.path)
        let estimate = reports.quiet && !resources.dryRun ? nil : try job.estimate(pair, by: backend)
        if resources.dryRun {
            return try emit(reports.json ? try prettyJSON(estimate) : (estimate?.text ?? "") + "\n")
        }
        let bundled = sounds.content == nil ? " (the bundled voice and flute)" : ""
        let rate = settings.workingRate
        let start =
            "\(seconds(pair.channels[0].count, rate)) of content, "
            + "\(seconds(pair.styles.reduce(0) { $0 + $1.samples.count }, rate)) of style\(bundled), "
            + "\(given.system(preset: transfer.preset) ?? "backend \(settings.backend.rawValue)"), \(job.description)"
        Interruption.listen()
        let record = try job.run(
            pair, by: backend, to: outputs, announcing: [start] + [estimate?.text].compactMap { $0 })
        let stopped = record.results.contains(where: \.wasStopped)
        if stopped, !reports.quiet {
            let iterations = record.results.map { "\($0.iteration)" }.joined(separator: ", ")
            Terminal.error.say("Stopped: this is the best so far (iteration \(iterations)).")
        }
        try reports.json ? emit(record.json()) : emit(path: outputs.path)
        if let page = outputs.reportFile {
            let run = (FinishedRun.name(outputs.path), try FinishedRun(outputs.path, trace: outputs.traceText))
            try RunsPage(title: run.0, of: [run], threads: threads).write(to: page, threads: threads)
        }
        if stopped { throw ExitCode(Failure.Kind.interrupted.exitCode) }
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

    private func seconds(_ samples: Int, _ rate: Int) -> String {
        String(format: "%.2f s", Double(samples) / Double(rate))
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
