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
        content: Int, styles: [Int], settings: TransferSettings, way: RunEstimate.Way? = nil
    ) throws(Failure) -> SpectrogramPlan {
        try settings.validate()
        return try SpectrogramPlan(
            network, content: content, styles: styles, settings: settings, limit: way == nil ? memoryLimit : nil,
            scratch: scratchFolder, way: way)
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
        func timed<Result>(_ work: () throws -> Result) rethrows -> (Result, seconds: Double) {
            let begin = DispatchTime.now().uptimeNanoseconds
            let result = try work()
            return (result, Double(DispatchTime.now().uptimeNanoseconds - begin) / 1e9)
        }
        // Some frames of the content against the styles, or as many of them: a few steps, and a few of the search for phases.
        let length = 512 * settings.hop
        let short = Array(content.prefix(length))
        let shortStyles = styles.map { StyleSignal(Array($0.samples.prefix(length)), weight: $0.weight) }
        let trial = try self.plan(
            content: short.count, styles: shortStyles.map(\.samples.count), settings: settings, way: plan.way)
        let (objective, targets) = try timed {
            try SpectrogramObjective(trial, content: short, styles: shortStyles)
        }
        var iterate = try Iterate(of: objective, at: objective.start)
        var optimizer = settings.makeOptimizer()
        var times: [Double] = []
        for _ in 0..<3 where settings.iterations > 0 {
            let (next, time) = try timed { try optimizer.step(from: iterate, of: objective) }
            iterate = next ?? iterate
            times.append(time)
        }
        if times.isEmpty { times = [try timed { try objective.evaluate(iterate.x) }.seconds] }
        var search = settings.phase
        search.iterations = 1
        let synthesis = try timed { try objective.waveform(of: iterate.x, by: search) }.seconds

        let longer = Double(plan.frames) / Double(trial.frames)
        let styleLonger = Double(plan.styleFrames.reduce(0, +)) / Double(max(trial.styleFrames.reduce(0, +), 1))
        return RunEstimate(
            way: plan.way, memory: memory, preparation: targets * max(longer, styleLonger),
            evaluation: times.sorted()[times.count / 2] * longer,
            evaluationsOfStep: settings.optimizer.evaluationsOfStep,
            synthesis: synthesis / 2 * longer * Double(settings.phase.iterations + 1))
    }
}
