// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Files
import WaveEncoder

/// Raw waveforms: x is the companded sound itself, the network NSynth's encoder (Boemer, Gong, Homma: Audio Transfer
/// Learning with Voices, 2018).
public struct WaveEncoderBackend: TransferBackend {
    /// NSynth's rate, in hertz.
    public static let sampleRate = 16_000
    public var sampleRate: Int { Self.sampleRate }
    private let encoder: WaveEncoder
    private let memoryLimit: Int?
    private let cache: TargetCache

    /// - Parameters:
    ///   - memoryLimit: bytes that a run may add to what the process holds already; nil for any number. Activations are
    ///     kept while that fits, and computed again window by window where it does not.
    ///   - cache: targets that are known already, and where new ones go.
    public init(_ encoder: WaveEncoder, memoryLimit: Int? = nil, cache: TargetCache = TargetCache()) {
        self.encoder = encoder
        self.memoryLimit = memoryLimit
        self.cache = cache
    }

    public func objective(
        content: [Float], style: [Float], settings: TransferSettings
    ) throws -> any TransferObjective {
        try settings.validate()
        let plan = try EncoderPlan(
            encoder, content: content.count, style: style.count, settings: settings, limit: memoryLimit)
        return WaveEncoderObjective(plan, content: content, style: style, settings: settings, cache: cache)
    }

    public func estimate(content: [Float], style: [Float], settings: TransferSettings) throws -> RunEstimate {
        try settings.validate()
        let plan = try EncoderPlan(
            encoder, content: content.count, style: style.count, settings: settings, limit: memoryLimit)
        // A short piece of the run, in the same way; every cost grows with the samples.
        let length = encoder.samplesForTrial
        let (short, shortStyle) = (Array(content.prefix(length)), Array(style.prefix(length)))
        let trial = try EncoderPlan(
            encoder, content: short.count, style: shortStyle.count, settings: settings, limit: nil, way: plan.way)
        let memory = AvailableMemory.held + plan.bytes
        let begin = DispatchTime.now().uptimeNanoseconds
        func seconds() -> Double { Double(DispatchTime.now().uptimeNanoseconds - begin) / 1e9 }
        let objective = WaveEncoderObjective(
            trial, content: short, style: shortStyle, settings: settings, cache: TargetCache())
        let prepared = seconds()
        // The first evaluation also touches memory for the first time.
        _ = objective.evaluate(objective.start)
        let touched = seconds()
        let times = (0..<3).map { _ in
            let before = seconds()
            _ = objective.evaluate(objective.start)
            return seconds() - before
        }
        let evaluation = times.sorted()[1]
        let longer = Double(plan.samples) / Double(trial.samples)
        let styleLonger = Double(plan.styleSamples) / Double(trial.styleSamples)
        return RunEstimate(
            way: plan.way, memory: memory,
            preparation: prepared * max(longer, styleLonger) + (touched - prepared - evaluation) * longer,
            evaluation: evaluation * longer)
    }
}
