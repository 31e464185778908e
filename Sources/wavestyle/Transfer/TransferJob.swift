// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Foundation
import Matrices
import Transfer

/// What the transfers of one command have in common: the settings, and the network made ready.
struct TransferJob {
    private let chosen: ChosenSettings
    private let snapshots: Set<Int>
    private let form: SoundForm
    private let resources: ResourceOptions
    private let engine: TransferEngine
    private let quiet: Bool
    private let monitoring: MonitorPlan
    /// Jobs that run at the same time, this one among them.
    private let jobs: Int
    /// Bytes for each of several jobs, as it was when the first began.
    private let share: Int?
    private let terminal = Terminal.error
    var settings: TransferSettings { chosen.settings }

    /// Loads the weights.
    ///
    /// - Parameters:
    ///   - snapshots: iterations whose sound is written too.
    ///   - samples: of the content, where one only will come.
    ///   - threads: for all jobs.
    ///   - jobs: how many such jobs run at a time, and share threads and memory.
    /// - Throws: ``Failure``, also for layers that the weights don't have.
    init(
        _ chosen: ChosenSettings, snapshots: Set<Int> = [], form: SoundForm, samples: Int? = nil, threads: Int,
        _ resources: ResourceOptions, monitoring: MonitorPlan = .none, quiet: Bool, oneOf jobs: Int = 1
    ) throws {
        (self.chosen, self.snapshots) = (chosen, snapshots)
        self.form = form
        self.resources = resources
        self.quiet = quiet
        self.monitoring = monitoring
        self.jobs = jobs
        engine = try TransferEngine(chosen.settings, samples: samples, threads: threads / jobs, resources)
        share = jobs == 1 ? nil : try resources.memoryLimit().map { $0 / jobs }
    }

    /// The engine in few words.
    var description: String { engine.description }

    /// What a transfer would take.
    ///
    /// - Throws: ``Failure``.
    func estimate(_ sounds: SoundPair, by backend: TransferBackend) throws -> EstimateReport {
        var estimate = try backend.estimate(
            content: sounds.channels[0], styles: sounds.styles, settings: settings)
        estimate.memory += memoryBeside(sounds)
        return EstimateReport(estimate, settings: settings, snapshots: snapshots, channels: sounds.channels.count)
    }

    /// A record of some sounds, without results.
    func record(_ sounds: SoundPair, output: String) -> RunRecord {
        RunRecord(
            content: sounds.content, styles: sounds.styleRecords, weights: engine.weights, preset: chosen.preset,
            changed: chosen.changed, settings: settings.values,
            form: form.record(rate: sounds.outputRate, precision: resources.precision ?? .float32),
            keep: monitoring.keep.description, threads: engine.threads,
            kernels: KernelLevel.current.rawValue, output: output, peak: 0,
            peakMemory: 0, results: [])
    }

    /// Runs, channel by channel, and writes what comes out.
    ///
    /// - Parameters:
    ///   - backend: as ``backend(for:output:)`` made it.
    ///   - announcements: said once the sounds and settings have turned out usable.
    ///   - label: before each line of progress.
    /// - Throws: ``Failure``.
    func run(
        _ sounds: SoundPair, by backend: TransferBackend, to outputs: TransferOutputs,
        announcing announcements: [String] = [], label: String = ""
    ) throws -> RunRecord {
        try outputs.check(sounds)
        let run = TransferRun(backend, settings: settings)
        let several = sounds.channels.count > 1
        let outcomes = try sounds.channels.enumerated().map { index, channel in
            try transfer(
                channel, styles: sounds.styles, by: run, number: several ? index + 1 : nil, to: outputs,
                announcing: index == 0 ? announcements : [], label: label)
        }
        let result = Waveform(channels: outcomes.map(\.waveform), sampleRate: backend.sampleRate)
        var record = record(sounds, output: outputs.path)
        record.strategy = outcomes.first?.strategy
        record.results = outcomes.map(RunRecord.Result.init)
        record.peakMemory = AvailableMemory.peak
        try outputs.write(result, finish: try sounds.finish(), record: &record) { if !quiet { terminal.warn($0) } }
        return record
    }

    /// What computes, within the memory that is there now and not needed for the sounds themselves.
    ///
    /// - Parameter output: targets that don't fit into memory lie beside it, or where its folder will be made.
    /// - Throws: ``Failure``.
    func backend(for sounds: SoundPair, output: String) throws -> TransferBackend {
        var folder = Folder.parent(of: output)
        while !fileExists(folder) { folder = Folder.parent(of: folder) }
        let limit = try share ?? resources.memoryLimit()
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
        announcing announcements: [String], label: String
    ) throws -> TransferRun.Outcome {
        let progress = ProgressDisplay(
            terminal, redraws: jobs == 1, iterations: settings.iterations,
            label: label + (number.map { "channel \($0)  " } ?? ""))
        let monitor = try monitoring.monitor(
            content: channel, styles: styles, rate: run.backend.sampleRate, threads: engine.threads)
        let outcome = try run.run(
            content: channel, styles: styles, keep: monitoring.keep.iterate, snapshots: snapshots,
            monitor: monitor, shouldStop: { Interruption.hasCome }
        ) { event in
            switch event {
            case .prepared: if !quiet { announcements.forEach(terminal.say) }
            case .accepted(let line):
                outputs.trace(line, channel: number)
                if !quiet { progress.show(line) }
            case .snapshot(let iteration, let waveform):
                outputs.keep(snapshot: waveform, at: iteration)
            case .reconstructed(let step, let iteration):
                outputs.trace(step, of: iteration, channel: number)
                if !quiet {
                    if step.iteration == 0, Interruption.hasCome {
                        progress.interrupt()
                        terminal.say("\(label)Stopping: searching for phases, a moment. Ctrl-C again gives up.")
                    }
                    progress.show(step, of: settings.network.logSpectrum?.iterations ?? 0)
                }
            }
        }
        if !quiet {
            if outcome.wasStopped { progress.interrupt() }
            if !outcome.wasStopped, case .best(let metric) = monitoring.keep,
                outcome.kept.metrics[metric.rawValue] == nil
            {
                terminal.warn(
                    "\(metric.rawValue) is not defined for any of these sounds: iteration \(outcome.kept.iteration) is kept"
                )
            }
            if let ending = outcome.ending {
                progress.interrupt()
                terminal.say(
                    "\(label)Ended at iteration \(outcome.reached): \(ending).")
                let missed = snapshots.filter { $0 > outcome.reached }.sorted().map { "\($0)" }
                if !missed.isEmpty {
                    terminal.warn("there is no snapshot of iteration \(missed.joined(separator: ", "))")
                }
            }
        }
        return outcome
    }
}
