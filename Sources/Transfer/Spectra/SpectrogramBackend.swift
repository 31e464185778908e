// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Files
import Optimizers
import Spectrogram

/// Log magnitude spectrograms under a network over time, and phases found at the end (Ulyanov and Lebedev: Audio Texture
/// Synthesis and Style Transfer, 2016).
public struct SpectrogramBackend: TransferBackend {
    public let sampleRate: Int
    private let network: SpectralNetwork
    private let memoryLimit: Int?
    private let scratchFolder: String?

    /// - Parameters:
    ///   - network: made ready for the settings that will come.
    ///   - sampleRate: in hertz.
    ///   - memoryLimit: bytes that a run may add to what the process holds already; nil for any number.
    ///   - scratchFolder: where the content's maps may lie while a run lasts, if memory does not hold them.
    public init(
        _ network: SpectralNetwork, sampleRate: Int, memoryLimit: Int? = nil, scratchFolder: String? = nil
    ) {
        self.network = network
        self.sampleRate = sampleRate
        self.memoryLimit = memoryLimit
        self.scratchFolder = scratchFolder
    }

    private func plan(
        content: Int, styles: [Int], settings: TransferSettings, like model: SpectrogramPlan? = nil
    ) throws(Failure) -> SpectrogramPlan {
        return try SpectrogramPlan(
            network, content: content, styles: styles, settings: settings, limit: model == nil ? memoryLimit : nil,
            scratch: scratchFolder, way: model?.way, frameTaps: model?.frameTaps)
    }

    public func way(content: Int, styles: [Int], settings: TransferSettings) throws -> RunEstimate.Way {
        try plan(content: content, styles: styles, settings: settings).way
    }

    public func objective(
        content: [Float], styles: [StyleSignal], settings: TransferSettings
    ) throws -> any TransferObjective {
        let plan = try plan(content: content.count, styles: styles.map(\.samples.count), settings: settings)
        return try SpectrogramObjective(plan, content: content, styles: styles)
    }

    public func estimate(
        content: [Float], styles: [StyleSignal], settings: TransferSettings
    ) throws -> RunEstimate {
        let plan = try plan(content: content.count, styles: styles.map(\.samples.count), settings: settings)
        let memory = max(AvailableMemory.held + plan.bytes, AvailableMemory.peak)
        // Some frames of the content against as many of the styles: a few evaluations and rounds of the search.
        // Between channels, a Gram loss has work that does not grow with the frames: more of them hide it.
        let betweenFrames = plan.styleTaps.allSatisfy { plan.frameTaps.contains($0.tap) }
        let length = max(betweenFrames ? 1_024 : 2_048, 2 * plan.framesNeeded) * settings.hop
        let short = Array(content.prefix(length))
        let shortStyles = styles.map { StyleSignal(Array($0.samples.prefix(length)), weight: $0.weight) }
        let trial = try self.plan(
            content: short.count, styles: shortStyles.map(\.samples.count), settings: settings, like: plan)
        let (objective, targets) = try Self.timed {
            try SpectrogramObjective(trial, content: short, styles: shortStyles)
        }
        let iterate = try Iterate(of: objective, at: objective.start)
        let times = try (0..<3).map { _ in try Self.timed { try objective.evaluate(iterate.x) }.seconds }
        let evaluation = times.sorted()[1]
        // Real spectra meet their bounds more often than the trial: twice its time was measured. A waveform has none.
        let bounded = settings.optimizer.lbfgsb != nil && settings.variable == .spectrum ? 2.0 : 1
        let step = settings.iterations > 0 ? bounded * (try StepTrial(settings, dimension: plan.dimension).seconds) : 0
        let longer = Double(plan.frames) / Double(trial.frames)
        let read = Double(plan.frames + plan.styleFrames.reduce(0, +))
        return RunEstimate(
            way: plan.way, memory: memory,
            preparation: targets * read / Double(trial.frames + trial.styleFrames.reduce(0, +)),
            evaluation: evaluation * plan.operations / trial.operations,
            evaluations: settings.optimizer.evaluations, step: step,
            synthesis: try longer * synthesisSeconds(of: objective, iterate.x, settings))
    }

    /// Seconds for the way back to a waveform.
    private func synthesisSeconds(
        of objective: SpectrogramObjective, _ x: [Float], _ settings: TransferSettings
    ) throws -> Double {
        guard settings.variable == .spectrum else { return 0 }
        // What does not grow with the rounds falls out of the difference of two searches.
        let searches = try [1, 5].map { rounds in
            var search = settings.phase
            search.iterations = rounds
            return try Self.timed { try objective.waveform(of: x, by: search) }.seconds
        }
        let round = max(searches[1] - searches[0], 0) / 4
        return max(searches[0] - 2 * round, 0) + Double(settings.phase.iterations + 1) * round
    }

    private static func timed<Result>(_ work: () throws -> Result) rethrows -> (Result, seconds: Double) {
        let begin = DispatchTime.now().uptimeNanoseconds
        let result = try work()
        return (result, Double(DispatchTime.now().uptimeNanoseconds - begin) / 1e9)
    }
}
