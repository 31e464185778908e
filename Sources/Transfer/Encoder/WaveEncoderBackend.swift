// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Files
import WaveEncoder

/// Raw waveforms: x is the companded sound itself, the network NSynth's encoder (Boemer, Gong, Homma: Audio Transfer
/// Learning with Voices, 2018). Where settings give a ``TransferSettings/frameLength``, x is the frames of the sound (P. K.
/// Mital: Time Domain Neural Audio Style Transfer, 2017).
public struct WaveEncoderBackend: TransferBackend {
    /// NSynth's rate, in hertz.
    public static let sampleRate = 16_000
    public var sampleRate: Int { Self.sampleRate }
    let encoder: WaveEncoder
    let memoryLimit: Int?
    private let scratchFolder: String?
    private let cache: TargetCache

    /// - Parameters:
    ///   - memoryLimit: bytes that a run may add to what the process holds already; nil for any number. Activations are
    ///     kept while that fits, and computed again window by window where it does not.
    ///   - scratchFolder: where the targets of long sounds may lie while a run lasts, if that is faster than computing them
    ///     again; nil for nowhere.
    ///   - cache: targets that are known already, and where new ones go.
    public init(
        _ encoder: WaveEncoder, memoryLimit: Int? = nil, scratchFolder: String? = nil,
        cache: TargetCache = TargetCache()
    ) {
        self.encoder = encoder
        self.memoryLimit = memoryLimit
        self.scratchFolder = scratchFolder
        self.cache = cache
    }

    /// How a run on sounds of these lengths would deal with activations.
    ///
    /// - Throws: as ``objective(content:style:settings:)``.
    public func way(content: Int, styles: [Int], settings: TransferSettings) throws -> RunEstimate.Way {
        if let length = settings.frameLength {
            return try framedPlan(content: content, styles: styles, length: length, settings: settings).way
        }
        return try plan(content: content, styles: styles, settings: settings).way
    }

    private func plan(content: Int, styles: [Int], settings: TransferSettings) throws -> EncoderPlan {
        return try EncoderPlan(
            encoder, content: content, styles: styles, settings: settings, limit: memoryLimit, scratch: scratchFolder)
    }

    public func objective(
        content: [Float], styles: [StyleSignal], settings: TransferSettings
    ) throws -> any TransferObjective {
        if let length = settings.frameLength {
            return try framedObjective(content: content, styles: styles, length: length, settings: settings)
        }
        let plan = try plan(content: content.count, styles: styles.map(\.samples.count), settings: settings)
        return try WaveEncoderObjective(plan, content: content, styles: styles, settings: settings, cache: cache)
    }

    public func estimate(
        content: [Float], styles: [StyleSignal], settings: TransferSettings
    ) throws -> RunEstimate {
        if let length = settings.frameLength {
            return try framedEstimate(content: content, styles: styles, length: length, settings: settings)
        }
        let plan = try plan(content: content.count, styles: styles.map(\.samples.count), settings: settings)
        // A short piece of the run, in the same way: a window, or a frame of the encoding.
        let length = max(
            EncoderPlan.window(plan.way, encoder), plan.taps.contains(.encoding) ? encoder.architecture.hop : 1)
        let short = Array(content.prefix(length))
        let shortStyles = styles.map { StyleSignal(Array($0.samples.prefix(length)), weight: $0.weight) }
        let trial = try EncoderPlan(
            encoder, content: short.count, styles: shortStyles.map(\.samples.count), settings: settings, limit: nil,
            scratch: plan.contentFolder, way: plan.way)
        let memory = max(AvailableMemory.held + plan.bytes, AvailableMemory.peak)
        func seconds(_ work: () throws -> Void) rethrows -> Double {
            let begin = DispatchTime.now().uptimeNanoseconds
            try work()
            return Double(DispatchTime.now().uptimeNanoseconds - begin) / 1e9
        }
        let objective = try WaveEncoderObjective(
            trial, content: short, styles: shortStyles, settings: settings, cache: TargetCache())
        let first = try seconds { _ = try objective.evaluate(objective.start) }
        let times = try (0..<3).map { _ in try seconds { _ = try objective.evaluate(objective.start) } }
        let longer = Double(plan.samples) / Double(trial.samples)
        let evaluation = times.sorted()[1] * longer

        // Reading for a target is the way forward alone: so much of an evaluation, by the products that each takes.
        let (share, touching) = plan.way == .keepAll ? (0.45, max(first - times[1], 0) * longer) : (0.32, 0)
        let readsContent = !plan.contentTaps.isEmpty && (plan.way == .keepAll || plan.contentFolder != nil)
        let balances = settings.balance == .auto ? plan.samples : 0
        let read =
            (plan.stepwise && plan.way != .keepAll ? 0 : plan.styleSamples) + (readsContent ? plan.samples : 0)
            + balances
        return RunEstimate(
            way: plan.way, memory: memory,
            preparation: share * evaluation * Double(read) / Double(plan.samples) + touching, evaluation: evaluation,
            evaluations: settings.optimizer.evaluations,
            step: settings.optimizer.lbfgsb != nil
                ? try StepTrial(settings, dimension: settings.dimension(samples: plan.samples)).seconds : 0,
            synthesis: 0)
    }
}
