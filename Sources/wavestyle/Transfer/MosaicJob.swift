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

    func run(
        _ sounds: inout SoundPair, to outputs: TransferOutputs, announcing announcements: [String],
        tell: (RunEvent) -> Void
    ) throws -> RunRecord? {
        try requireMemory(for: sounds)
        let judge = try order.monitoring.judge(
            content: Waveform(channels: sounds.channels, sampleRate: mosaic.sampleRate), style: sounds.styles[0].sound,
            threads: order.engine.threads)
        let finish = try sounds.finish()
        for text in announcements { tell(.message(text: text)) }
        let begin = DispatchTime.now().uptimeNanoseconds
        let outcome = try transform(&sounds, tell: tell)
        let seconds = Double(DispatchTime.now().uptimeNanoseconds - begin) / 1e9
        guard let outcome else { return nil }

        var record = order.record(of: sounds, output: outputs.path)
        var result = Waveform(channels: sounds.channels, sampleRate: mosaic.sampleRate, layout: sounds.layout)
        // The only copy is changed where it lies.
        sounds.channels = []
        let figures = try judge?(result) ?? [:]
        record.results = [
            RunRecord.Result(wasStopped: false, seconds: seconds, totalSeconds: seconds, last: figures)
        ]
        record.mosaic = outcome
        record.peakMemory = AvailableMemory.peak
        try outputs.write(&result, as: sounds.format, tags: order.tags(of: sounds), finish: finish, record: &record) {
            tell(.warning(text: $0))
        }
        return record
    }

    /// - Throws: ``Failure`` where it does not fit.
    private func requireMemory(for sounds: SoundPair) throws(Failure) {
        let needed = mosaic.memoryNeeded(content: sounds.channels, styles: sounds.mosaicStyles).values.reduce(0, +)
        guard needed > memoryLimit ?? .max else { return }
        throw Failure.tooLittleMemory(
            needed: needed, allowed: memoryLimit ?? 0,
            remedy: "allow more (--max-memory), or shorten the sounds (--duration, --style-duration)")
    }

    /// Makes the mosaic, and tells each hundredth of it.
    ///
    /// - Returns: nil after Ctrl-C.
    private func transform(_ sounds: inout SoundPair, tell: (RunEvent) -> Void) throws -> Mosaic.Outcome? {
        var told = (stage: "", percent: 0)
        let styles = sounds.mosaicStyles
        return try mosaic.run(content: &sounds.channels, styles: styles) { progress in
            let now = (progress.stage, Int(100 * progress.fraction))
            if told != now { tell(.stage(name: progress.stage, fraction: progress.fraction)) }
            told = now
            return !Interruption.hasCome
        }
    }
}

extension SoundPair {
    fileprivate var mosaicStyles: [Mosaic.Style] {
        styles.map { Mosaic.Style(channels: $0.sound.channels, weight: $0.weight) }
    }
}
