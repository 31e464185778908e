// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Files
import WaveEncoder

/// Raw waveforms: x is the companded sound itself, the network NSynth's encoder (Boemer, Gong, Homma: Audio Transfer
/// Learning with Voices, 2018).
public struct WaveEncoderBackend: TransferBackend {
    public let sampleRate = 16_000
    private let encoder: WaveEncoder
    private let memoryLimit: Int?

    /// - Parameters:
    ///   - memoryLimit: bytes that a run may add to what the process holds already; nil for any number. Activations are
    ///     kept while that fits, and computed again window by window where it does not.
    public init(_ encoder: WaveEncoder, memoryLimit: Int? = nil) {
        self.encoder = encoder
        self.memoryLimit = memoryLimit
    }

    public func objective(
        content: [Float], style: [Float], settings: TransferSettings
    ) throws -> any TransferObjective {
        try settings.validate()
        let plan = try EncoderPlan(
            encoder, content: content.count, style: style.count, settings: settings, limit: memoryLimit)
        return WaveEncoderObjective(plan, content: content, style: style, settings: settings)
    }

    public func estimate(content: [Float], style: [Float], settings: TransferSettings) throws -> RunEstimate {
        try settings.validate()
        let plan = try EncoderPlan(
            encoder, content: content.count, style: style.count, settings: settings, limit: memoryLimit)
        // A short piece of the run, in the same way; every cost grows with the samples.
        let length = EncoderPlan.window(plan.way, encoder)
        let (short, shortStyle) = (Array(content.prefix(length)), Array(style.prefix(length)))
        let trial = try EncoderPlan(
            encoder, content: short.count, style: shortStyle.count, settings: settings, limit: nil, way: plan.way)
        let begin = DispatchTime.now().uptimeNanoseconds
        func seconds() -> Double { Double(DispatchTime.now().uptimeNanoseconds - begin) / 1e9 }
        let objective = WaveEncoderObjective(trial, content: short, style: shortStyle, settings: settings)
        let prepared = seconds()
        _ = objective.evaluate(objective.start)
        let warm = seconds()
        _ = objective.evaluate(objective.start)
        let perSample = (seconds() - warm) / Double(trial.samples)
        return RunEstimate(
            way: plan.way, memory: AvailableMemory.held + plan.bytes,
            preparation: prepared * Double(samples(of: plan)) / Double(samples(of: trial)),
            evaluation: perSample * Double(plan.samples))
    }

    /// Samples that are read for targets.
    private func samples(of plan: EncoderPlan) -> Int {
        plan.styleSamples + (plan.way == .keepAll && !plan.contentTaps.isEmpty ? plan.samples : 0)
    }
}
