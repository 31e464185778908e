// SPDX-License-Identifier: Apache-2.0
import Matrices

/// How activations are stored between the forward and the backward pass.
public enum Precision: String, CaseIterable, Sendable {
    /// In single precision.
    case float32
    /// First ReLUs in IEEE half precision, all arithmetic in float32: a third less memory. Measured on 30 random blocks,
    /// the gradient differs by 3e-5 of its norm; activations beyond 65,504 are clamped.
    case mixed
}

/// An NSynth-style encoder: weights prepared for the fast engine, and the number of threads.
///
/// An encoder makes sessions; a session runs it on clips of one length.
public struct WaveEncoder: Sendable {
    /// NSynth's rate, in hertz.
    public static let sampleRate = 16_000
    /// The shapes.
    public let architecture: EncoderArchitecture
    /// Number of threads.
    public private(set) var threads: Int
    /// How activations are stored.
    public let precision: Precision
    let weights: PreparedWeights
    let tileRows: Int

    /// Prepares an encoder.
    ///
    /// - Parameters:
    ///   - threads: at least 1.
    ///   - kernels: the product kernels; by default the best that this processor supports.
    ///   - tileRows: samples in a tile of time. By default a tile's features fill 256 KiB; results depend on it in
    ///     rounding only.
    public init(
        _ weights: EncoderWeights, threads: Int, precision: Precision = .float32, kernels: KernelLevel = .current,
        tileRows: Int? = nil
    ) {
        Product.useCallingThreadOnly()
        architecture = weights.architecture
        self.threads = max(threads, 1)
        self.precision = precision
        self.weights = PreparedWeights(weights, kernels: kernels)
        self.tileRows = TimeTiles.tileRows(near: tileRows ?? min(max(65_536 / architecture.width, 8), 8_192))
    }

    /// The same encoder with another number of threads, at least 1; weights are shared.
    public func with(threads: Int) -> WaveEncoder {
        var encoder = self
        encoder.threads = max(threads, 1)
        return encoder
    }

    /// Samples that enter the network in one step, unless memory is limited: some tiles for each thread. Longer windows take
    /// more memory and were not faster.
    public var window: Int { tileRows * max(8, 4 * threads) }

    /// The most rows that a visitor is shown in one call.
    public var rowsAtOnce: Int { tileRows }

    /// Prepares to run on clips of `samples` samples with visitors at `points`, computing only what those layer points need.
    ///
    /// All buffers are allocated here and reused by every run.
    /// - Parameters:
    ///   - samples: T, at least 1.
    ///   - points: at least one layer point, in blocks that the weights have.
    ///   - mode: what the session is for.
    ///   - window: samples that enter in one step, nil for ``window``; results depend on it in rounding only.
    public func session(
        samples: Int, points: Set<LayerPoint>, mode: EncoderSession.Mode, window: Int? = nil
    ) -> EncoderSession {
        EncoderSession(self, samples: samples, points: points, mode: mode, window: window ?? self.window)
    }

    /// The activations of a clip at some layer points.
    ///
    /// - Parameter x: T samples in companded units.
    /// - Returns: time-major maps `[T, C]` (the encoding `[T / hop, B]`).
    public func activations(of x: [Float], at points: Set<LayerPoint>) -> [LayerPoint: FeatureMap] {
        let recorders = Dictionary(uniqueKeysWithValues: points.map { ($0, FeatureRecorder()) })
        session(samples: x.count, points: points, mode: .reading).read(x, visitors: recorders.mapValues { [$0] })
        return recorders.mapValues(\.map)
    }

    /// The number of slots that visitors of a session are told of (``FeatureTraversal/slots``).
    public func slots(samples: Int, window: Int? = nil) -> Int {
        // Eight for each thread, so that threads finish at nearly the same time.
        max(1, min(8 * threads, (min(window ?? self.window, samples) + tileRows - 1) / tileRows))
    }

    func wavefront(samples: Int, points: Set<LayerPoint>, window: Int) -> Wavefront {
        precondition(!points.isEmpty, "nothing to compute: no layer points")
        precondition(
            points.allSatisfy { (1...architecture.layers).contains($0.block ?? 1) },
            "a layer point is outside the encoder's \(architecture.layers) blocks")
        return Wavefront(
            architecture, samples: samples, window: window,
            depth: points.map { $0.depth(in: architecture) }.max() ?? Depth(1, .relu1),
            pools: points.contains(.encoding))
    }
}
