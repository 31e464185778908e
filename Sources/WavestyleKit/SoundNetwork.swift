// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Foundation
import Matrices
import MuLaw
import Transfer
import WaveEncoder
import WeightLoader

/// NSynth's encoder for sounds: activations, and the gradient of losses on them.
///
///     let network = try SoundNetwork()
///     let x = try network.input(voice)
///     let maps = try network.activations(of: x, at: "relu1:1-3,residual:10")
///     let gram = maps[.relu1(3)]?.gram
///
/// Its input is x `[T]`, the companded sound at 16 kHz (`MuLaw`); maps are `[T, C]`, one row for each sample.
public struct SoundNetwork: Sendable {
    /// In hertz.
    public static let sampleRate = WaveEncoder.sampleRate
    /// The engine, for everything else.
    public let encoder: WaveEncoder

    /// Loads weights.
    ///
    /// - Parameters:
    ///   - weights: a name or a file; nil for the random ones that come with the program. See `WeightLibrary`.
    ///   - threads: nil for one on each processor.
    /// - Throws: `Failure` of kind `noInput` or `badData`.
    public init(weights: String? = nil, threads: Int? = nil) throws(Failure) {
        encoder = WaveEncoder(
            try WeightLibrary().load(weights).weights, threads: threads ?? ProcessInfo.processInfo.activeProcessorCount)
    }

    /// x of a sound: mixed, at 16 kHz, companded and quantised.
    ///
    /// - Throws: `Failure` for a rate that is not within a factor of 256 of 16 kHz.
    public func input(_ sound: Waveform) throws(Failure) -> [Float] {
        MuLaw.companded(try sound.mixedDown().resampled(to: Self.sampleRate).channels[0])
    }

    /// Activations at some layers.
    ///
    /// - Parameters:
    ///   - x: `[T]`.
    ///   - layers: as `relu1:1-5,relu2:30,bottleneck`.
    /// - Returns: maps `[T, C]`; the bottleneck's `[T, B]`, the encoding's `[T / hop, B]`.
    /// - Throws: `Failure` of kind `usage` for layers that do not exist.
    public func activations(of x: [Float], at layers: String) throws(Failure) -> [LayerPoint: FeatureMap] {
        let points = try LayerSelection(layers).resolved(in: encoder.architecture).map(\.point)
        return encoder.activations(of: x, at: Set(points))
    }

    /// Losses at x, and the gradient of their sum with respect to x, by a forward and a backward pass.
    ///
    /// - Parameters:
    ///   - x: `[T]`.
    ///   - losses: for each layer `GramLoss`, `SquaredErrorLoss` and the like, or a ``MapLoss``. Their values are multiplied by their
    ///     weights.
    /// - Returns: the sum, and `[T]`.
    public func evaluate(_ x: [Float], losses: [LayerPoint: [any FeatureLoss]]) -> (loss: Double, gradient: [Float]) {
        precondition(!losses.isEmpty, "nothing to evaluate")
        let session = encoder.session(samples: x.count, points: Set(losses.keys), mode: .keepAll)
        let gradient = session.evaluate(x, visitors: losses.mapValues { $0 })
        return (losses.values.joined().reduce(0) { $0 + $1.weight * $1.value }, gradient)
    }
}

extension FeatureMap {
    /// `F^T F / T`, row-major `[C, C]`.
    public var gram: [Double] {
        let matrix = GramMatrix()
        matrix.begin(FeatureTraversal(rows: rows, columns: columns, slots: 1, summing: .reading))
        for start in stride(from: 0, to: rows, by: 1_024) {
            matrix.read(self[start..<min(start + 1_024, rows)], from: start, slot: 0)
            matrix.settle()
        }
        matrix.end()
        return matrix.values
    }
}
