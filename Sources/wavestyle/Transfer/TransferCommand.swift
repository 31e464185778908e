// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import AudioIO
import Files
import Foundation
import Matrices
import Transfer
import WaveEncoder
import WeightLoader

/// The root command's work: files to waveforms, a run for each channel, a waveform to a file.
struct TransferCommand {
    private let sounds: SoundOptions
    private let transfer: TransferOptions
    private let encoder: EncoderOptions
    private let output: OutputOptions
    private let reports: ReportOptions
    private let terminal = Terminal.error

    init(
        _ sounds: SoundOptions, _ transfer: TransferOptions, _ encoder: EncoderOptions, _ output: OutputOptions,
        _ reports: ReportOptions
    ) {
        self.sounds = sounds
        self.transfer = transfer
        self.encoder = encoder
        self.output = output
        self.reports = reports
    }

    func run() throws {
        // Whatever can be refused is refused before anything is computed.
        let settings = try settings()
        let threads = try encoder.threadCount()
        let paths = try inputs()
        let outputs = try TransferOutputs(
            output, reports, inputs: [paths.content, paths.style] + [encoder.weights].compactMap { $0 })
        let content = try InputSound(
            paths.content, start: sounds.start, duration: sounds.duration, clip: output.clip, warn: warn)
        let style = try InputSound(
            paths.style, start: sounds.styleStart, duration: sounds.styleDuration, clip: output.clip, warn: warn)
        let weights = try encoder.load()
        let backend = WaveEncoderBackend(WaveEncoder(weights.weights, threads: threads))
        let channels = try content.channels(sounds.channels, at: backend.sampleRate)
        let styleMix = try style.channels(.mix, at: backend.sampleRate)[0]
        try outputs.check(channels: channels.count)

        let pair = sounds.content == nil ? " (the bundled voice and flute)" : ""
        let start =
            "\(seconds(channels[0].count)) of content, \(seconds(styleMix.count)) of style\(pair), "
            + "weights \(weights.name), threads: \(threads), kernels: \(KernelLevel.current.rawValue)"
        Interruption.listen()
        let run = TransferRun(backend, settings: settings)
        let outcomes = try channels.enumerated().map { index, channel in
            try transfer(
                channel, style: styleMix, by: run, number: channels.count > 1 ? index + 1 : nil, to: outputs,
                announcing: index == 0 ? start : nil)
        }

        let result = Waveform(channels: outcomes.map(\.waveform), sampleRate: backend.sampleRate)
        var record = RunRecord(
            content: content.record, style: style.record, weights: RunRecord.Weights(weights),
            settings: RunRecord.Settings(settings, sounds, transfer, output), threads: threads,
            kernels: KernelLevel.current.rawValue, output: outputs.path, peak: 0,
            results: outcomes.map(RunRecord.Result.init))
        try outputs.write(result, record: &record, warn: warn)
        let stopped = outcomes.contains(where: \.wasStopped)
        if stopped {
            let iterations = outcomes.map { "\($0.iteration)" }.joined(separator: ", ")
            say("Stopped: this is the best so far (iteration \(iterations)).")
        }
        try emit(reports.json ? try record.json() : outputs.path + "\n")
        if stopped { throw ExitCode(Failure.Kind.interrupted.exitCode) }
    }

    /// Runs one channel.
    ///
    /// - Parameters:
    ///   - number: the channel's, from 1, where there are several.
    ///   - announcement: said once the sounds and settings have turned out usable.
    private func transfer(
        _ channel: [Float], style: [Float], by run: TransferRun, number: Int?, to outputs: TransferOutputs,
        announcing announcement: String?
    ) throws -> TransferRun.Outcome {
        let progress = ProgressDisplay(
            terminal, iterations: run.settings.iterations, label: number.map { "channel \($0)  " } ?? "")
        let outcome = try run.run(content: channel, style: style, shouldStop: { Interruption.hasCome }) { event in
            switch event {
            case .prepared: if let announcement { say(announcement) }
            case .accepted(let line):
                outputs.trace(line, channel: number)
                if !reports.quiet { progress.show(line) }
            case .snapshot(let iteration, let waveform):
                outputs.keep(snapshot: waveform, at: iteration)
            }
        }
        if outcome.wasStopped, !reports.quiet { progress.interrupt() }
        return outcome
    }

    private func settings() throws -> TransferSettings {
        if transfer.fit != nil, transfer.loss == .gram {
            throw Failure(
                .usage, "cannot use", at: "--fit", why: "--loss gram takes a style of any length",
                remedy: "leave it out, or use --loss l2")
        }
        var settings = TransferSettings(layers: try LayerSelection(transfer.layers))
        settings.loss = transfer.loss
        settings.contentLayer = try transfer.contentLayer.map { text in try LayerSelection(text) }
        settings.alpha = transfer.alpha
        settings.learningRate = transfer.learningRate
        settings.iterations = transfer.iterations
        settings.start = transfer.start
        settings.startNoise = transfer.startNoise
        settings.seed = transfer.seed
        settings.fit = transfer.fit ?? .trim
        settings.snapshots = Set(reports.snapshots?.numbers ?? [])
        settings.roundsCodes = output.roundCodes
        try settings.validate()
        return settings
    }

    private func inputs() throws(Failure) -> (content: String, style: String) {
        for (option, value) in [("--start", sounds.start), ("--style-start", sounds.styleStart)] {
            guard value >= 0, value.isFinite else {
                throw Failure(.usage, "cannot use", at: "\(option) \(value)", why: "it must be 0 or more seconds")
            }
        }
        for (option, value) in [("--duration", sounds.duration), ("--style-duration", sounds.styleDuration)] {
            guard value.map({ $0 > 0 && $0.isFinite }) ?? true else {
                throw Failure(
                    .usage, "cannot use", at: "\(option) \(value ?? 0)", why: "it must be more than 0 seconds")
            }
        }
        switch (sounds.content, sounds.style) {
        case (let content?, let style?): return (content, style)
        case (nil, nil): return try BundledSounds.pair()
        case (_?, nil), (nil, _?):
            throw Failure(
                .usage, "cannot run", why: "--\(sounds.content == nil ? "content" : "style") is missing",
                remedy: "give both --content and --style, or neither for the bundled pair")
        }
    }

    private func say(_ text: String) {
        if !reports.quiet { terminal.say(text) }
    }

    private func warn(_ text: String) {
        if !reports.quiet { terminal.warn(text) }
    }

    private func seconds(_ samples: Int) -> String {
        String(format: "%.2f s", Double(samples) / 16_000)
    }
}

extension RunRecord.Settings {
    init(_ settings: TransferSettings, _ sounds: SoundOptions, _ transfer: TransferOptions, _ output: OutputOptions) {
        self.init(
            backend: transfer.backend.rawValue, optimizer: transfer.optimizer.rawValue, loss: settings.loss.rawValue,
            layers: settings.layers.description, contentLayer: settings.contentLayer?.description,
            alpha: settings.alpha, learningRate: settings.learningRate, iterations: settings.iterations,
            start: settings.start.description, startNoise: settings.startNoise, seed: settings.seed,
            fit: settings.fit.rawValue, channels: sounds.channels.rawValue, clip: output.clip.rawValue,
            roundCodes: settings.roundsCodes, outputRate: output.outputRate,
            sampleFormat: output.sampleFormat?.rawValue)
    }
}
