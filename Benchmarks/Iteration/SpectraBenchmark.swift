// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import Optimizers
import Spectrogram
import Transfer

/// The spectrogram backend's work, beside its peers: see `Benchmarks/peers/spectra.py`.
struct SpectraBenchmark {
    /// What is measured.
    enum Work: String {
        /// An evaluation of the preset `ulyanov`: a wide random layer, its loss and the gradient.
        case ulyanov
        /// Rounds of Griffin and Lim's method.
        case griffinLim = "griffin-lim"
        /// The same with momentum.
        case fast = "fast-griffin-lim"
    }

    let work: Work
    let threads: Int
    /// Raw float32 files: a content and a style at 22.05 kHz, x as a log spectrogram.
    let content: [Float]
    let style: [Float]
    let x: [Float]
    /// Where the layer's weights go, `[11, 1025, 4096]` in raw float32; nil for nowhere.
    let kernel: String?
    /// Rounds that one 'run' does.
    static let rounds = 500

    /// Prepares, then works once for each line 'run'.
    func serve(say: ([String: Any]) -> Void) throws {
        let settings = try TransferSettings(preset: "ulyanov")
        var record: [String: Any] = ["version": KernelLevel.current.rawValue]
        let once: () throws -> [String: Any]
        switch work {
        case .ulyanov:
            let weights = SpectralWeights.random(
                try settings.architecture(), .ulyanov, hasBias: false, seed: 0, threads: threads)
            if let kernel {
                let values = UnsafeRawBufferPointer(
                    start: weights.kernels[0].unsafePointer, count: weights.kernels[0].count * MemoryLayout<Float>.size)
                try Data(values).write(to: URL(fileURLWithPath: kernel))
            }
            let objective = try TransferBackend(
                SpectralNetwork(weights, frames: settings.frames(samples: content.count), threads: threads),
                sampleRate: settings.workingRate
            ).objective(content: content, styles: [StyleSignal(style)], settings: settings)
            once = {
                let result = try objective.evaluate(x)
                return ["loss": result.losses.total, "gradient_norm": norm(result.gradient)]
            }
        case .griffinLim, .fast:
            let transform = settings.transform
            let magnitudes = LogSpectrogram.magnitudes(
                of: LogSpectrogram.compressed(transform.transform(content)).values,
                frames: transform.frames(samples: content.count), bins: transform.bins)
            let search = PhaseReconstruction(work == .fast ? .fast : .griffinLim, iterations: Self.rounds)
            once = {
                var distance = 0.0
                _ = search.signal(of: magnitudes, by: transform, samples: content.count, threads: threads) {
                    distance = $0.distance
                    return true
                }
                return ["loss": distance]
            }
        }
        for _ in 0..<2 { record.merge(try once()) { $1 } }
        say(["ready": true])
        while let line = readLine(), line != "quit" { say(["seconds": try seconds { _ = try once() }]) }
        record["peak_bytes"] = AvailableMemory.peak
        say(record)
    }
}
