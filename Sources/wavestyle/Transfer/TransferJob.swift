// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Matrices
import Transfer

/// What several transfers share in one process.
struct SharedEngine {
    /// The network made ready.
    let engine: TransferEngine
    /// Bytes for each of several that run at a time, as it was when the first began; nil for what is there when it begins.
    let memoryLimit: Int?
}

/// A transfer's work: the settings, and the prepared network.
struct TransferJob {
    private let chosen: ChosenSettings
    private let snapshots: Set<Int>
    private let form: SoundForm
    private let resources: ResourceOptions
    private let engine: TransferEngine
    private let monitoring: MonitorPlan
    private let memoryShare: Int?
    var settings: TransferSettings { chosen.settings }

    /// Loads the weights, unless they are there.
    ///
    /// - Parameters:
    ///   - snapshots: iterations whose sound is written too.
    ///   - samples: of the content.
    ///   - shared: what there is already; nil to load it.
    /// - Throws: ``Failure``, also for layers that the weights don't have.
    init(
        _ chosen: ChosenSettings, snapshots: Set<Int>, form: SoundForm, samples: Int, threads: Int,
        _ resources: ResourceOptions, monitoring: MonitorPlan, sharing shared: SharedEngine?
    ) throws {
        (self.chosen, self.snapshots) = (chosen, snapshots)
        self.form = form
        self.resources = resources
        self.monitoring = monitoring
        engine = try shared?.engine ?? TransferEngine(chosen.settings, samples: samples, threads: threads, resources)
        memoryShare = shared?.memoryLimit
    }

    /// The engine in few words.
    var description: String { engine.description }

    /// What a transfer would take.
    func estimate(_ sounds: SoundPair, by backend: TransferBackend) throws -> EstimateReport {
        var estimate = try backend.estimate(
            content: sounds.channels[0], styles: sounds.styles, settings: settings)
        estimate.memory += memoryBeside(sounds)
        return EstimateReport(estimate, settings: settings, snapshots: snapshots, channels: sounds.channels.count)
    }

    /// Runs, channel by channel, and writes what comes out.
    ///
    /// - Parameters:
    ///   - backend: as ``backend(for:output:)`` made it.
    ///   - announcements: told once the sounds and settings have turned out usable.
    func run(
        _ sounds: SoundPair, by backend: TransferBackend, to outputs: TransferOutputs,
        announcing announcements: [String], tell: (RunEvent) -> Void
    ) throws -> RunRecord {
        let run = TransferRun(backend, settings: settings)
        let several = sounds.channels.count > 1
        let outcomes = try sounds.channels.enumerated().map { index, channel in
            try transfer(
                channel, styles: sounds.styles, by: run, number: several ? index + 1 : nil, to: outputs,
                announcing: index == 0 ? announcements : [], tell: tell)
        }
        let result = Waveform(channels: outcomes.map(\.waveform), sampleRate: backend.sampleRate)
        var record = RunRecord(
            sounds, chosen, form, resources, monitoring, weights: engine.weights, threads: engine.threads,
            output: outputs.path)
        record.strategy = outcomes.first?.strategy
        record.results = outcomes.map(RunRecord.Result.init)
        record.peakMemory = AvailableMemory.peak
        try outputs.write(result, finish: try sounds.finish(), record: &record) { tell(.warning(text: $0)) }
        return record
    }

    /// What computes, within the memory that is there now and not needed for the sounds themselves.
    ///
    /// - Parameter output: targets that don't fit into memory are stored next to it, or where its folder will be created.
    func backend(for sounds: SoundPair, output: String) throws -> TransferBackend {
        var folder = Folder.parent(of: output)
        while !fileExists(folder) { folder = Folder.parent(of: folder) }
        let limit = try memoryShare ?? resources.memoryLimit()
        return engine.backend(
            settings, memoryLimit: limit.map { max($0 - memoryBeside(sounds), 0) }, scratchFolder: folder)
    }

    /// Bytes to measure the sounds, and to hold the content whose high band is kept.
    private func memoryBeside(_ sounds: SoundPair) -> Int {
        let samples = 2 * sounds.channels[0].count + sounds.styles.reduce(0) { $0 + $1.samples.count }
        let original = sounds.original.map { $0.channels.count * $0.frameCount * MemoryLayout<Float>.size } ?? 0
        return monitoring.memoryNeeded(seconds: Double(samples) / Double(settings.workingRate)) + original
    }

    /// - Parameter number: the channel's, from 1, where there are several.
    private func transfer(
        _ channel: [Float], styles: [StyleSignal], by run: TransferRun, number: Int?, to outputs: TransferOutputs,
        announcing announcements: [String], tell: (RunEvent) -> Void
    ) throws -> TransferRun.Outcome {
        let monitor = try monitoring.monitor(
            content: channel, styles: styles, rate: run.backend.sampleRate, threads: engine.threads)
        let outcome = try run.run(
            content: channel, styles: styles, keep: monitoring.keep.iterate, snapshots: snapshots,
            monitor: monitor, shouldStop: { Interruption.hasCome }
        ) { event in
            switch event {
            case .prepared: announcements.forEach { tell(.message(text: $0)) }
            case .accepted(let line):
                outputs.trace(line, channel: number)
                tell(
                    .iteration(
                        number: line.iteration, of: settings.iterations, channel: number, loss: line.losses.total,
                        seconds: line.seconds))
            case .snapshot(let iteration, let waveform):
                outputs.keep(snapshot: waveform, at: iteration)
            case .reconstructed(let step, let iteration):
                outputs.trace(step, of: iteration, channel: number)
                if step.iteration == 0, Interruption.hasCome {
                    tell(.message(text: "Stopping: estimating phases. Press Ctrl-C again to quit at once."))
                }
                tell(
                    .phases(
                        round: step.iteration, of: settings.network.logSpectrum?.iterations ?? 0, channel: number,
                        distance: step.distance))
            }
        }
        for event in remarks(outcome) { tell(event) }
        return outcome
    }

    /// What is odd about a channel's outcome.
    private func remarks(_ outcome: TransferRun.Outcome) -> [RunEvent] {
        var remarks: [RunEvent] = []
        if !outcome.wasStopped, case .best(let metric) = monitoring.keep, outcome.kept.metrics[metric.rawValue] == nil {
            remarks.append(
                .warning(
                    text: "\(metric.rawValue) is not defined for any of these sounds: iteration "
                        + "\(outcome.kept.iteration) is kept"))
        }
        if let ending = outcome.ending {
            remarks.append(.message(text: "Ended at iteration \(outcome.reached): \(ending)."))
            let missed = snapshots.filter { $0 > outcome.reached }.sorted().map { "\($0)" }
            if !missed.isEmpty {
                remarks.append(.warning(text: "there is no snapshot of iteration \(missed.joined(separator: ", "))"))
            }
        }
        return remarks
    }
}
