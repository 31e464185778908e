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

    func checkpointBytes(_ sounds: SoundPair) throws -> Int {
        let state = try backend.checkpointBytes(
            content: sounds.channels[0], styles: sounds.styleSignals, settings: settings)
        // Channels that are finished, and those of snapshots; in parts, what is put together as it grows.
        return state + (1 + snapshots.count) * sounds.channels.count * sounds.frames * MemoryLayout<Float>.size
    }

    func run(
        _ sounds: inout SoundPair, to outputs: TransferOutputs, checkpoints: RunCheckpoints?,
        announcing announcements: [String], tell: (RunEvent) -> Void
    ) throws -> RunRecord? {
        let progress = RunProgress(sounds, settings, outputs, checkpoints, order)
        try progress.begin { tell(.warning(text: $0)) }
        let run = TransferRun(backend, settings: settings)
        for index in progress.saved.outcomes.count..<sounds.channels.count {
            let outcome = try transfer(
                sounds.channels[index], styles: sounds.styleSignals, by: run, progress,
                announcing: index == 0 || progress.isContinued ? announcements : [], tell: tell)
            progress.end(outcome)
        }
        let outcomes = progress.saved.outcomes
        let form = try progress.form()
        var result = form.waveform(outcomes.map(\.waveform))
        var record = order.record(of: sounds, output: outputs.path)
        record.strategy = outcomes.first?.strategy
        record.results = outcomes.map(RunRecord.Result.init)
        record.peakMemory = AvailableMemory.peak
        record.snapshots = progress.saved.written.sorted { $0.iteration < $1.iteration }
        try outputs.write(&result, form, record: &record) { tell(.warning(text: $0)) }
        if let failure = outcomes.compactMap(\.failure).first {
            throw Failure(
                failure.kind, failure.what, at: outputs.path,
                why: "\(failure.why); what was best before is in the file",
                remedy: failure.remedy)
        }
        return record
    }

    private func transfer(
        _ channel: [Float], styles: [StyleSignal], by run: TransferRun, _ progress: RunProgress,
        announcing announcements: [String], tell: (RunEvent) -> Void
    ) throws -> TransferRun.Outcome {
        let outcome = try run.run(
            content: channel, styles: styles, keep: order.monitoring.keep?.iterate ?? .last, snapshots: snapshots,
            monitor: try monitor(channel, styles), from: progress.takeState(),
            checkpoint: { try progress.save($0, $1) }, shouldStop: { Interruption.hasCome }
        ) { event in
            switch event {
            case .prepared(let count):
                progress.parts = count
                announcements.forEach { tell(.message(text: $0)) }
            case .accepted(let line):
                try progress.trace(line.json(channel: progress.channel))
                tell(
                    .iteration(
                        number: line.iteration, of: progress.parts * settings.iterations, channel: progress.channel,
                        loss: line.losses.total,
                        seconds: line.seconds))
            case .snapshot(let iteration, let waveform):
                try progress.keep(snapshot: waveform, at: iteration) { tell(.warning(text: $0)) }
            case .reconstructed(let step, let iteration):
                try progress.trace(step.json(of: iteration, channel: progress.channel))
                if step.iteration == 0, Interruption.hasCome {
                    tell(.message(text: "Stopping: estimating phases. Press Ctrl-C again to quit at once."))
                }
                tell(
                    .phases(
                        round: step.iteration, of: settings.network.logSpectrum?.iterations ?? 0,
                        channel: progress.channel,
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
        if let ending = outcome.ending, outcome.failure == nil {
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
    var styleSignals: [StyleSignal] {
        styles.map { StyleSignal($0.sound.channels[0], weight: $0.weight) }
    }
}
