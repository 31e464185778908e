// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Foundation
import Matrices
import Optimizers
import Transfer
import WaveEncoder
import WeightLoader

/// What the transfers of one command have in common: the settings, and the encoder made ready.
struct TransferJob {
    private let settings: TransferSettings
    private let recorded: RunRecord.Settings
    private let resources: ResourceOptions
    private let weights: LoadedWeights
    private let engine: WaveEncoder
    private let cache = TargetCache()
    private let quiet: Bool
    /// Jobs that run at the same time, this one among them.
    private let jobs: Int
    /// Bytes for each of several jobs, as it was when the first began.
    private let share: Int?
    private let terminal = Terminal.error

    /// Loads the weights.
    ///
    /// - Parameter jobs: how many such jobs run at a time, and share threads and memory.
    /// - Throws: ``Failure``, also for layers that the weights don't have.
    init(
        _ settings: TransferSettings, recorded: RunRecord.Settings, _ encoder: EncoderOptions,
        _ resources: ResourceOptions, quiet: Bool, oneOf jobs: Int = 1
    ) throws {
        self.settings = settings
        self.recorded = recorded
        self.resources = resources
        self.quiet = quiet
        weights = try encoder.load()
        self.jobs = jobs
        let threads = try encoder.threadCount() / jobs
        engine = WaveEncoder(weights.weights, threads: threads, precision: resources.precision)
        share = jobs == 1 ? nil : try resources.memoryLimit().map { $0 / jobs }
        _ = try settings.layers.resolved(in: engine.architecture)
        _ = try settings.contentLayer?.resolved(in: engine.architecture)
    }

    /// The encoder in few words.
    var description: String {
        "weights \(weights.name), threads: \(engine.threads), kernels: \(KernelLevel.current.rawValue)"
    }

    /// What a transfer would take.
    ///
    /// - Throws: ``Failure``.
    func estimate(_ pair: SoundPair, by backend: WaveEncoderBackend) throws -> EstimateReport {
        let estimate = try backend.estimate(
            content: pair.channels[0], style: pair.styleMix, settings: settings)
        return EstimateReport(estimate, iterations: settings.iterations, channels: pair.channels.count)
    }

    /// A pair's record, without results.
    func record(_ pair: SoundPair, output: String) -> RunRecord {
        RunRecord(
            content: pair.content, style: pair.style, weights: RunRecord.Weights(weights),
            settings: recorded, threads: engine.threads, kernels: KernelLevel.current.rawValue, output: output, peak: 0,
            peakMemory: 0, results: [])
    }

    /// Runs, channel by channel, and writes what comes out.
    ///
    /// - Parameters:
    ///   - backend: as ``backend(output:)`` made it.
    ///   - announcements: said once the sounds and settings have turned out usable.
    ///   - label: before each line of progress.
    /// - Throws: ``Failure``.
    func run(
        _ pair: SoundPair, by backend: WaveEncoderBackend, to outputs: TransferOutputs,
        announcing announcements: [String] = [], label: String = ""
    ) throws -> RunRecord {
        try outputs.check(channels: pair.channels.count)
        let run = TransferRun(backend, settings: settings)
        let several = pair.channels.count > 1
        let outcomes = try pair.channels.enumerated().map { index, channel in
            try transfer(
                channel, style: pair.styleMix, by: run, number: several ? index + 1 : nil, to: outputs,
                announcing: index == 0 ? announcements : [], label: label)
        }
        let result = Waveform(channels: outcomes.map(\.waveform), sampleRate: WaveEncoderBackend.sampleRate)
        var record = record(pair, output: outputs.path)
        record.way = EstimateReport.Way(
            try backend.way(content: pair.channels[0].count, style: pair.styleMix.count, settings: settings))
        record.results = outcomes.map(RunRecord.Result.init)
        record.peakMemory = AvailableMemory.peak
        try outputs.write(result, record: &record) { if !quiet { terminal.warn($0) } }
        return record
    }

    /// What computes, within the memory that is there now.
    ///
    /// - Parameter output: targets that don't fit into memory lie beside it, or where its folder will be made.
    /// - Throws: ``Failure``.
    func backend(output: String) throws -> WaveEncoderBackend {
        var folder = URL(fileURLWithPath: output).deletingLastPathComponent()
        while !FileManager.default.fileExists(atPath: folder.path), folder.path != "/" {
            folder.deleteLastPathComponent()
        }
        return WaveEncoderBackend(
            engine, memoryLimit: try share ?? resources.memoryLimit(), scratchFolder: folder.path, cache: cache)
    }

    /// - Parameter number: the channel's, from 1, where there are several.
    private func transfer(
        _ channel: [Float], style: [Float], by run: TransferRun, number: Int?, to outputs: TransferOutputs,
        announcing announcements: [String], label: String
    ) throws -> TransferRun.Outcome {
        let progress = ProgressDisplay(
            terminal, redraws: jobs == 1, iterations: settings.iterations,
            label: label + (number.map { "channel \($0)  " } ?? ""))
        let outcome = try run.run(content: channel, style: style, shouldStop: { Interruption.hasCome }) { event in
            switch event {
            case .prepared: if !quiet { announcements.forEach(terminal.say) }
            case .accepted(let line):
                outputs.trace(line, channel: number)
                if !quiet { progress.show(line) }
            case .snapshot(let iteration, let waveform):
                outputs.keep(snapshot: waveform, at: iteration)
            }
        }
        if outcome.wasStopped, !quiet { progress.interrupt() }
        return outcome
    }
}

extension TransferOptions {
    /// The settings that these options and some others ask for.
    ///
    /// - Throws: ``Failure`` of kind `usage`.
    func settings(snapshots: IterationList?, _ format: FormatOptions) throws -> TransferSettings {
        if fit != nil, loss == .gram {
            throw Failure(
                .usage, "cannot use", at: "--fit", why: "--loss gram takes a style of any length",
                remedy: "leave it out, or use --loss l2")
        }
        var settings = TransferSettings(layers: try LayerSelection(layers))
        settings.loss = loss
        settings.contentLayer = try contentLayer.map { text in try LayerSelection(text) }
        settings.alpha = alpha
        settings.learningRate = learningRate
        settings.iterations = iterations
        settings.start = start
        settings.startNoise = startNoise
        settings.seed = seed
        settings.fit = fit ?? .trim
        settings.snapshots = Set(snapshots?.numbers ?? [])
        settings.roundsCodes = format.roundCodes
        try settings.validate()
        return settings
    }
}

extension RunRecord.Settings {
    init(
        _ settings: TransferSettings, _ parts: PartOptions, _ transfer: TransferOptions, _ resources: ResourceOptions,
        _ format: FormatOptions
    ) {
        self.init(
            backend: transfer.backend.rawValue, optimizer: transfer.optimizer.rawValue, loss: settings.loss.rawValue,
            layers: settings.layers.description, contentLayer: settings.contentLayer?.description,
            alpha: settings.alpha, learningRate: settings.learningRate, iterations: settings.iterations,
            start: settings.start.description, startNoise: settings.startNoise, seed: settings.seed,
            fit: settings.fit.rawValue, channels: parts.channels.rawValue, clip: format.clip.rawValue,
            roundCodes: settings.roundsCodes, outputRate: format.outputRate,
            sampleFormat: format.sampleFormat?.rawValue, precision: resources.precision.rawValue)
    }
}
