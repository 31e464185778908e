// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Dispatch
import Files
import Matrices
import Mosaic
import Transfer

/// A mosaic, which takes the place of its content in memory.
struct MosaicJob: TransferWork {
    let order: WorkOrder
    let mosaic: Mosaic
    /// Bytes that it may allocate; nil for any number.
    let memoryLimit: Int?

    func estimate(_ sounds: SoundPair) throws -> EstimateReport {
        let held = AvailableMemory.held
        let estimate = try mosaic.estimate(content: sounds.channels, styles: sounds.mosaicStyles)
        try requireMemory(for: sounds)
        let needed = estimate.requests.values.reduce(0, +)
        return EstimateReport(
            estimate, memory: max(held + needed + order.memoryBeside(sounds), AvailableMemory.peak))
    }

    /// A mosaic is made anew: its checkpoint only says how.
    func checkpointBytes(_ sounds: SoundPair) -> Int { 100_000 }

    func run(
        _ sounds: inout SoundPair, to outputs: TransferOutputs, checkpoints: RunCheckpoints?,
        announcing announcements: [String], tell: (RunEvent) -> Void
    ) throws -> RunRecord? {
        try requireMemory(for: sounds)
        let judge = try order.monitoring.judge(
            content: Waveform(channels: sounds.channels, sampleRate: mosaic.sampleRate), style: sounds.styles[0].sound,
            threads: order.engine.threads)
        let form = try order.writtenForm(of: sounds)
        for text in announcements { tell(.message(text: text)) }
        let begin = DispatchTime.now().uptimeNanoseconds
        let outcome = try transform(&sounds, checkpoints, tell: tell)
        let seconds = Double(DispatchTime.now().uptimeNanoseconds - begin) / 1e9
        guard let outcome else { return nil }

        var record = order.record(of: sounds, output: outputs.path)
        var result = form.waveform(sounds.channels)
        // The only copy is changed where it lies.
        sounds.channels = []
        let figures = try judge?(result) ?? [:]
        record.results = [
            RunRecord.Result(wasStopped: false, seconds: seconds, totalSeconds: seconds, last: figures)
        ]
        record.mosaic = outcome
        record.peakMemory = AvailableMemory.peak
        try outputs.write(&result, form, record: &record) { tell(.warning(text: $0)) }
        return record
    }

    /// - Throws: ``Failure`` where it does not fit.
    private func requireMemory(for sounds: SoundPair) throws(Failure) {
        let styles = sounds.mosaicStyles
        func needed(_ longest: (content: Int, style: Int)?) -> Int {
            mosaic.memoryNeeded(content: sounds.channels, styles: styles, longest: longest).values.reduce(0, +)
        }
        guard let limit = memoryLimit, needed(nil) > limit else { return }
        let likely = Double(limit) / Double(needed(nil))
        let duration = Failure.secondsThatFit(of: sounds.frames, sampleRate: mosaic.sampleRate, likely: likely) {
            needed(($0, .max)) <= limit
        }
        let longest = max(sounds.frames, sounds.styles.map(\.sound.frameCount).max() ?? 0)
        let both = Failure.secondsThatFit(of: longest, sampleRate: mosaic.sampleRate, likely: likely) {
            needed(($0, $0)) <= limit
        }
        throw Failure.tooLittleMemory(
            needed: needed(nil), allowed: limit,
            shorter: duration.map { "--duration \($0)" } ?? both.map { "--duration \($0) --style-duration \($0)" })
    }

    /// Makes the mosaic, and tells each hundredth of it.
    ///
    /// - Returns: nil after Ctrl-C.
    private func transform(
        _ sounds: inout SoundPair, _ checkpoints: RunCheckpoints?, tell: (RunEvent) -> Void
    ) throws -> Mosaic.Outcome? {
        var told = (stage: "", percent: 0)
        let styles = sounds.mosaicStyles
        var failure: (any Error)?
        let outcome = try mosaic.run(content: &sounds.channels, styles: styles) { progress in
            do {
                try checkpoints?.save(.step) { (RunCheckpoint.Progress(), 0, 0) }
            } catch {
                failure = error
                return false
            }
            let now = (progress.stage, Int(100 * progress.fraction))
            if told != now { tell(.stage(name: progress.stage, fraction: progress.fraction)) }
            told = now
            return !Interruption.hasCome
        }
        if let failure { throw failure }
        return outcome
    }
}

extension SoundPair {
    fileprivate var mosaicStyles: [Mosaic.Style] {
        styles.map { Mosaic.Style(channels: $0.sound.channels, weight: $0.weight) }
    }
}
