// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices
import MuLaw
import Spectrogram
import WaveEncoder

/// NSynth's encoder over frames that it sees one by one (P. K. Mital: Time Domain Neural Audio Style Transfer, 2017); its input is
/// `[frames, length]` in companded units. A Gram matrix is that of all frames' rows.
struct FramedEncoderNetwork: TransferNetwork {
    /// What targets are computed by.
    let encoder: WaveEncoder
    let stylePoints: [LayerSelection.WeightedPoint]
    let contentPoints: [LayerSelection.WeightedPoint]
    private(set) var frames: HannFrames
    /// Decides the weights that x is optimised under, where those are others; nil where they are the encoder's.
    private let seed: UInt64?

    /// - Throws: ``Failure`` for layers that the encoder does not have, and for sounds and frames too short.
    init(
        _ encoder: WaveEncoder, _ sizes: TransferSizes, _ own: FrameSettings, settings: TransferSettings
    ) throws(Failure) {
        self.encoder = encoder
        (stylePoints, contentPoints) = try settings.points(in: encoder.architecture)
        seed = own.asPublished ? settings.seed : nil
        frames = HannFrames(samples: sizes.samples, length: own.length, hop: own.hop)
        guard frames.count > 0 else {
            throw Failure(
                .badData, "cannot cut the sounds into frames",
                why: "\(sizes.samples) samples are fewer than the \(frames.hop) from one frame to the next",
                remedy: "give longer sounds or a smaller --frame-hop")
        }
        let hop = encoder.architecture.hop
        if own.length < hop, (stylePoints + contentPoints).contains(where: { $0.point == .encoding }) {
            throw Failure(
                .badData, "cannot use the layer", at: "encoding",
                why: "it has one row for each \(hop) samples, and a frame has \(own.length)",
                remedy: "give a larger --frame-length or choose another layer")
        }
    }

    var threads: Int { encoder.threads }
    var path: [LayerPoint] { encoder.architecture.path(to: points) }
    func name(of point: LayerPoint) -> String { point.name }
    var samples: Int { frames.samples }
    var fitsStyles: Bool { true }

    /// What a frame leaves goes when the next one comes.
    var strategies: [MemoryStrategy] {
        [.stored, .recomputed].map { MemoryStrategy(window: frames.length, targets: $0) }
    }

    func input(of sound: [Float]) -> [Float] { MuLaw.companded(frames.cut(sound)) }

    func inputValues(samples: Int) -> Int { frames.dimension }

    func map(at point: LayerPoint, samples: Int) -> MapShape {
        let shape = point.shape(samples: frames.length, in: encoder.architecture)
        return MapShape(rows: frames.count * shape.rows, columns: shape.columns, inputRows: frames.dimension)
    }

    func session(_ strategy: MemoryStrategy) -> FramedNetworkSession {
        FramedNetworkSession(framed(optimised, points, .keepAll), self, strategy)
    }

    func readingSession(samples: Int, points: Set<LayerPoint>, _ strategy: MemoryStrategy) -> FramedNetworkSession {
        FramedNetworkSession(framed(encoder, points, .reading), self, strategy)
    }

    func pathSession(_ strategy: MemoryStrategy) -> FramedNetworkSession {
        FramedNetworkSession(framed(optimised, Set(path), .reading), self, strategy)
    }

    private func framed(_ encoder: WaveEncoder, _ points: Set<LayerPoint>, _ mode: EncoderSession.Mode) -> FramedSession
    {
        FramedSession(encoder, frames: frames.count, length: frames.length, points: points, mode: mode)
    }

    /// The encoder that x is optimised under. The seed's complement draws one where it is not the given one, so that it
    /// shares no number with the start's noise.
    private var optimised: WaveEncoder {
        guard let seed else { return encoder }
        return WaveEncoder(
            .unitScaled(architecture: encoder.architecture, seed: ~seed), threads: encoder.threads,
            precision: encoder.precision, tileRows: encoder.rowsAtOnce)
    }

    func operations(_ strategy: MemoryStrategy) -> Double { Double(frames.count) }

    /// A few frames for each thread.
    func shortened(_ strategy: MemoryStrategy) -> Self {
        var short = self
        let count = min(frames.count, 4 * encoder.threads)
        short.frames = HannFrames(samples: count * frames.hop, length: frames.length, hop: frames.hop)
        return short
    }
}

/// A ``FramedSession`` with the targets beside it.
final class FramedNetworkSession: NetworkSession {
    typealias Point = LayerPoint

    private let session: FramedSession
    private let network: FramedEncoderNetwork
    private let strategy: MemoryStrategy
    private var companions: [FrameCompanion] = []
    var slots: Int { session.slots }
    var rowsAtOnce: Int { min(network.encoder.rowsAtOnce, session.length) }

    init(_ session: FramedSession, _ network: FramedEncoderNetwork, _ strategy: MemoryStrategy) {
        (self.session, self.network, self.strategy) = (session, network, strategy)
    }

    func announce(_ visitors: Visitors) { session.announce(visitors) }

    func read(_ x: [Float], visitors: Visitors) { session.read(x, visitors: visitors) }

    func observe(_ x: [Float], visitors: Visitors) { _ = evaluate(x, visitors: visitors) }

    func evaluate(_ x: [Float], visitors: Visitors) -> [Float] {
        session.evaluate(x, visitors: visitors, companions: companions)
    }

    func targets(of x: [Float], at points: [LayerPoint]) -> [any FeatureSource] {
        guard strategy.targets == .recomputed else {
            return network.readingSession(samples: network.samples, points: Set(points), strategy)
                .recorded(x, at: points)
        }
        let companion = FrameCompanion(network.encoder, reading: x, at: Set(points), beside: session)
        companions.append(companion)
        return points.map(companion.activations(at:))
    }
}
