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
        let chosen = try ChosenSettings(
            parts.values, transfer.values, spectrogram.values, encoder.values, format.values, preset: transfer.preset)
        let settings = chosen.settings
        let snapshots = try reports.snapshots(upTo: settings.iterations)
        if reports.printSettings {
            if settings.network.randomNetwork != nil {
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
            let size = settings.transform.size
            Terminal.error.warn("--n-fft \(size) has the prime factor \(factor): its transforms are slow")
        }
        let job = try TransferJob(
            chosen, snapshots: snapshots, form: form, samples: pair.channels[0].count, threads: threads, resources,
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
            + "\(chosen.description), \(job.description)"
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
