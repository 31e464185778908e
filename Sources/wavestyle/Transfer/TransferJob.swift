// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Matrices
import Transfer

/// An optimisation's work, channel by channel.
struct TransferJob: TransferWork {
    let order: WorkOrder
    let settings: TransferSettings
    let backend: TransferBackend
    /// Iterations whose sound is written too.
    let snapshots: Set<Int>

    func estimate(_ sounds: SoundPair) throws -> EstimateReport {
        var estimate = try backend.estimate(
            content: sounds.channels[0], styles: sounds.styleSignals, settings: settings)
        estimate.memory += order.memoryBeside(sounds)
        return EstimateReport(estimate, settings: settings, snapshots: snapshots, channels: sounds.channels.count)
    }

    func run(
        _ sounds: inout SoundPair, to outputs: TransferOutputs, announcing announcements: [String],
        tell: (RunEvent) -> Void
    ) throws -> RunRecord? {
        let run = TransferRun(backend, settings: settings)
        let several = sounds.channels.count > 1
        let styles = sounds.styleSignals
        let outcomes = try sounds.channels.enumerated().map { index, channel in
            try transfer(
                channel, styles: styles, by: run, number: several ? index + 1 : nil, to: outputs,
                announcing: index == 0 ? announcements : [], tell: tell)
        }
        var result = Waveform(
            channels: outcomes.map(\.waveform), sampleRate: backend.sampleRate, layout: sounds.layout)
        var record = order.record(of: sounds, output: outputs.path)
        record.strategy = outcomes.first?.strategy
        record.results = outcomes.map(RunRecord.Result.init)
        record.peakMemory = AvailableMemory.peak
        try outputs.write(
            &result, as: sounds.format, tags: order.tags(of: sounds), finish: try sounds.finish(), record: &record
        ) {
            tell(.warning(text: $0))
        }
        return record
    }

    /// - Parameter number: the channel's, from 1, where there are several.
    private func transfer(
        _ channel: [Float], styles: [StyleSignal], by run: TransferRun, number: Int?, to outputs: TransferOutputs,
        announcing announcements: [String], tell: (RunEvent) -> Void
    ) throws -> TransferRun.Outcome {
        var parts = 1
        let outcome = try run.run(
            content: channel, styles: styles, keep: order.monitoring.keep?.iterate ?? .last, snapshots: snapshots,
            monitor: try monitor(channel, styles), shouldStop: { Interruption.hasCome }
        ) { event in
            switch event {
            case .prepared(let count):
                parts = count
                announcements.forEach { tell(.message(text: $0)) }
            case .accepted(let line):
                outputs.trace(line, channel: number)
                tell(
                    .iteration(
                        number: line.iteration, of: parts * settings.iterations, channel: number,
                        loss: line.losses.total,
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

    /// Measures the sounds of a channel's run; nil where nothing is to be measured.
    private func monitor(_ channel: [Float], _ styles: [StyleSignal]) throws -> SoundMonitor? {
        func waveform(_ samples: [Float]) -> Waveform { Waveform(mono: samples, sampleRate: backend.sampleRate) }
        let judge = try order.monitoring.judge(
            content: waveform(channel), style: waveform(styles[0].samples), threads: order.engine.threads)
        return judge.flatMap { judge in
            order.monitoring.interval.map { SoundMonitor(interval: $0) { try judge(waveform($0)) } }
        }
    }

    /// What is odd about a channel's outcome.
    private func remarks(_ outcome: TransferRun.Outcome) -> [RunEvent] {
        var remarks: [RunEvent] = []
        if !outcome.wasStopped, case .best(let metric) = order.monitoring.keep,
            outcome.kept.metrics[metric.rawValue] == nil
        {
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

extension SoundPair {
    fileprivate var styleSignals: [StyleSignal] {
        styles.map { StyleSignal($0.sound.channels[0], weight: $0.weight) }
    }
}
