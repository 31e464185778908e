// SPDX-License-Identifier: Apache-2.0
import Matrices

/// An NSynth-style encoder: weights made ready for the fast engine, and the number of threads it may use.
///
/// An encoder gives sessions; a session runs it on clips of one length.
public struct WaveEncoder: Sendable {
    /// The shapes.
    public let architecture: EncoderArchitecture
    /// Threads that compute.
    public let threads: Int
    let weights: PreparedWeights
    let tileRows: Int

    /// Prepares an encoder.
    ///
    /// - Parameters:
    ///   - threads: at least 1.
    ///   - kernels: what computes products; the best of this processor by default.
    ///   - tileRows: samples in a tile of time. By default a tile's features fill 256 KiB; results depend on it in
    ///     rounding only.
    public init(_ weights: EncoderWeights, threads: Int, kernels: KernelLevel = .current, tileRows: Int? = nil) {
        Product.useCallingThreadOnly()
        architecture = weights.architecture
        self.threads = max(threads, 1)
        self.weights = PreparedWeights(weights, kernels: kernels)
        self.tileRows = tileRows ?? min(max(65_536 / architecture.width, 8), 8_192)
    }

    /// Prepares to run on clips of `samples` samples with visitors at `taps`, computing only what those taps need.
    ///
    /// All buffers are allocated here and reused by every run.
    /// - Parameters:
    ///   - samples: T, at least 1.
    ///   - taps: must lie in blocks that the weights have.
    ///   - keepsGradient: whether ``EncoderSession/evaluate(_:visitors:)`` will be called.
    public func session(samples: Int, taps: Set<Tap>, keepsGradient: Bool) -> EncoderSession {
        EncoderSession(self, samples: samples, taps: taps, keepsGradient: keepsGradient)
    }

    /// The activations of a clip at some taps.
    ///
    /// - Parameter x: T samples in companded units.
    /// - Returns: time-major maps `[T, C]` (the encoding `[T / hop, B]`).
    public func activations(of x: [Float], at taps: Set<Tap>) -> [Tap: FeatureMap] {
        let recorders = Dictionary(uniqueKeysWithValues: taps.map { ($0, FeatureRecorder()) })
        session(samples: x.count, taps: taps, keepsGradient: false).read(x, visitors: recorders.mapValues { [$0] })
        return recorders.mapValues(\.map)
    }

    /// Bytes that a session takes, most of them for the first ReLUs, which the way back needs: 512 for each sample and
    /// block at width 128.
    public func memoryNeeded(samples: Int, taps: Set<Tap>, keepsGradient: Bool) -> Int {
        let deepest = taps.map { $0.depth(in: architecture) }.max() ?? Depth(1, .relu1)
        let map = samples * architecture.width * MemoryLayout<Float>.size
        guard keepsGradient else { return 3 * map }
        let blocks = min(deepest.block, architecture.layers)
        let kept = taps.reduce(0) { sum, tap in
            switch tap {
            case .relu1: sum
            case .relu2, .residual: sum + map
            case .bottleneck, .encoding: sum + 2 * samples * architecture.bottleneck * MemoryLayout<Float>.size
            }
        }
        return blocks * (map + map / 32) + 4 * map + kept
    }
}
