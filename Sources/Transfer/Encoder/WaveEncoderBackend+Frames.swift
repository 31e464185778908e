// SPDX-License-Identifier: Apache-2.0
import Dispatch
import WaveEncoder

/// Runs on frames: ``FramedEncoderPlan`` and ``FramedEncoderObjective`` in place of those on whole sounds.
extension WaveEncoderBackend {
    func framedPlan(
        content: Int, styles: [Int], length: Int, settings: TransferSettings
    ) throws -> FramedEncoderPlan {
        return try FramedEncoderPlan(
            encoder, content: content, styles: styles, length: length, settings: settings, limit: memoryLimit)
    }

    func framedObjective(
        content: [Float], styles: [StyleSignal], length: Int, settings: TransferSettings
    ) throws -> FramedEncoderObjective {
        let plan = try framedPlan(
            content: content.count, styles: styles.map(\.samples.count), length: length, settings: settings)
        return FramedEncoderObjective(
            plan, under: optimised(settings), content: content, styles: styles, settings: settings)
    }

    /// The encoder that x is optimised under. The seed's complement draws one where it is not the given one, so that it
    /// shares no number with the start's noise.
    private func optimised(_ settings: TransferSettings) -> WaveEncoder {
        guard settings.asPublished else { return encoder }
        return WaveEncoder(
            .unitScaled(architecture: encoder.architecture, seed: ~settings.seed), threads: encoder.threads,
            precision: encoder.precision, tileRows: encoder.rowsAtOnce)
    }

    func framedEstimate(
        content: [Float], styles: [StyleSignal], length: Int, settings: TransferSettings
    ) throws -> RunEstimate {
        let plan = try framedPlan(
            content: content.count, styles: styles.map(\.samples.count), length: length, settings: settings)
        let memory = max(AvailableMemory.held + plan.bytes, AvailableMemory.peak)
        // A few frames for each thread, in the same way.
        let hop = plan.frames.hop
        let trialFrames = min(plan.frames.count, 4 * encoder.threads)
        func short(_ samples: [Float]) -> [Float] { Array(samples.prefix(trialFrames * hop)) }
        let shortStyles = styles.map { StyleSignal(short($0.samples), weight: $0.weight) }
        let trial = try FramedEncoderPlan(
            encoder, content: trialFrames * hop, styles: shortStyles.map(\.samples.count), length: length,
            settings: settings, limit: nil, keepsTargets: plan.keepsTargets)
        func timed<Result>(_ work: () throws -> Result) rethrows -> (result: Result, seconds: Double) {
            let begin = DispatchTime.now().uptimeNanoseconds
            let result = try work()
            return (result, Double(DispatchTime.now().uptimeNanoseconds - begin) / 1e9)
        }
        let (network, drawing) = timed { optimised(settings) }
        let (objective, targets) = timed {
            FramedEncoderObjective(
                trial, under: network, content: short(content), styles: shortStyles, settings: settings)
        }
        _ = objective.evaluate(objective.start)
        let times = (0..<3).map { _ in timed { objective.evaluate(objective.start) }.seconds }
        let synthesis = timed { objective.waveform(of: objective.start) { _ in true } }.seconds
        let longer = Double(plan.frames.count) / Double(trial.frames.count)
        return RunEstimate(
            way: plan.way, memory: memory, preparation: drawing + targets * longer,
            evaluation: times.sorted()[1] * longer, evaluations: settings.optimizer.evaluations,
            step: settings.optimizer.lbfgsb != nil
                ? try StepTrial(settings, dimension: plan.frames.dimension).seconds : 0,
            synthesis: synthesis * longer)
    }
}

extension FramedEncoderPlan {
    /// What a frame leaves behind goes when the next one comes.
    var way: RunEstimate.Way { .recompute(window: frames.length) }
}
