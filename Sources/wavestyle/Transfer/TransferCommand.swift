// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Foundation
import Transfer

/// The root command's work: two files, a job, a file.
struct TransferCommand {
    let sounds: SoundOptions
    let parts: PartOptions
    let transfer: TransferOptions
    let encoder: EncoderOptions
    let resources: ResourceOptions
    let output: OutputOptions
    let format: FormatOptions
    let reports: ReportOptions

    func run() throws {
        // Whatever can be refused is refused before anything is computed.
        let settings = try transfer.settings(snapshots: reports.snapshots, format)
        _ = try encoder.threadCount()
        try parts.check()
        let paths = try inputs()
        let outputs = try TransferOutputs(
            output.output ?? "stylized.wav", format, trace: reports.trace, snapshots: reports.snapshots,
            inputs: [paths.content, paths.style] + [encoder.weights].compactMap { $0 })
        let pair = try SoundPair(content: paths.content, style: paths.style, parts, clip: format.clip) { warning in
            if !reports.quiet { Terminal.error.warn(warning) }
        }
        let recorded = RunRecord.Settings(settings, parts, transfer, resources, format)
        let job = try TransferJob(settings, recorded: recorded, encoder, resources, quiet: reports.quiet)

        try outputs.check(channels: pair.channels.count)
        // Where it is quiet, nobody is told; and the trial takes a moment.
        let backend = try job.backend(output: outputs.path)
        let estimate = reports.quiet && !resources.dryRun ? nil : try job.estimate(pair, by: backend)
        if resources.dryRun {
            return try emit(reports.json ? try prettyJSON(estimate) : (estimate?.text ?? "") + "\n")
        }
        let bundled = sounds.content == nil ? " (the bundled voice and flute)" : ""
        let start =
            "\(seconds(pair.channels[0].count)) of content, \(seconds(pair.styleMix.count)) of style\(bundled), "
            + job.description
        Interruption.listen()
        let record = try job.run(
            pair, by: backend, to: outputs, announcing: [start] + [estimate?.text].compactMap { $0 })
        let stopped = record.results.contains(where: \.wasStopped)
        if stopped, !reports.quiet {
            let iterations = record.results.map { "\($0.iteration)" }.joined(separator: ", ")
            Terminal.error.say("Stopped: this is the best so far (iteration \(iterations)).")
        }
        try emit(reports.json ? try record.json() : outputs.path + "\n")
        if stopped { throw ExitCode(Failure.Kind.interrupted.exitCode) }
    }

    private func inputs() throws(Failure) -> (content: String, style: String) {
        switch (sounds.content, sounds.style) {
        case (let content?, let style?): return (content, style)
        case (nil, nil): return try BundledSounds.pair()
        case (_?, nil), (nil, _?):
            throw Failure(
                .usage, "cannot run", why: "--\(sounds.content == nil ? "content" : "style") is missing",
                remedy: "give both --content and --style, or neither for the bundled pair")
        }
    }

    private func seconds(_ samples: Int) -> String {
        String(format: "%.2f s", Double(samples) / Double(WaveEncoderBackend.sampleRate))
    }
}
