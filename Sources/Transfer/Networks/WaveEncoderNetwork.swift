// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices
import MuLaw
import WaveEncoder

/// NSynth's encoder over whole sounds; its input is the companded waveform, `[T]`.
struct WaveEncoderNetwork: TransferNetwork {
    let encoder: WaveEncoder
    let stylePoints: [LayerSelection.WeightedPoint]
    let contentPoints: [LayerSelection.WeightedPoint]
    private(set) var samples: Int
    let strategies: [MemoryStrategy]
    private let scratchFolder: String?
    /// Whether sounds are rounded to mu-law's codes as they are companded.
    private let quantises: Bool

    /// - Parameters:
    ///   - scratchFolder: for targets that do not fit into memory; nil to recompute them.
    /// - Throws: ``Failure`` for layers that the encoder does not have, and for sounds too short for them.
    init(
        _ encoder: WaveEncoder, _ sizes: TransferSizes, settings: TransferSettings, scratchFolder: String?
    ) throws(Failure) {
        self.encoder = encoder
        (stylePoints, contentPoints) = try settings.points(in: encoder.architecture)
        samples = sizes.samples
        quantises = settings.network.preconditioner == nil
        let hop = encoder.architecture.hop
        let pools = (stylePoints + contentPoints).contains { $0.point == .encoding }
        guard !pools || sizes.shortest >= hop else {
            throw Failure(
                .badData, "cannot use the layer", at: "encoding",
                why: "it has one row for each \(hop) samples, and a sound is shorter than that",
                remedy: "give longer sounds or choose another layer")
        }
        let folder = Self.paysToStore(contentPoints.map(\.point), samples: samples, encoder, in: scratchFolder)
        self.scratchFolder = folder
        strategies =
            [.storeAll]
            + [1, 2, 4].map {
                MemoryStrategy(window: encoder.window / $0, targets: folder == nil ? .recomputed : .onDisk)
            }
    }

    var threads: Int { encoder.threads }
    var path: [LayerPoint] { encoder.architecture.path(to: points) }
    func name(of point: LayerPoint) -> String { point.name }

    func input(of sound: [Float]) -> [Float] {
        quantises ? MuLaw.companded(sound) : MuLaw.compressed(sound)
    }

    func inputValues(samples: Int) -> Int { samples }

    func map(at point: LayerPoint, samples: Int) -> MapShape {
        let shape = point.shape(samples: samples, in: encoder.architecture)
        return MapShape(rows: shape.rows, columns: shape.columns, inputRows: samples)
    }

    func session(_ strategy: MemoryStrategy) -> WaveEncoderNetworkSession {
        WaveEncoderNetworkSession(
            encoder.session(
                samples: samples, points: points,
                mode: strategy.window == nil ? .keepAll : .recompute, window: strategy.window),
            self, strategy, samples: samples)
    }

    func readingSession(samples: Int, points: Set<LayerPoint>, _ strategy: MemoryStrategy) -> WaveEncoderNetworkSession
    {
        WaveEncoderNetworkSession(
            encoder.session(samples: samples, points: points, mode: .reading, window: strategy.window), self, strategy,
            samples: samples)
    }

    func operations(_ strategy: MemoryStrategy) -> Double { Double(samples) }

    func shortened(_ strategy: MemoryStrategy) -> Self {
        var short = self
        // A window, or a frame of the encoding.
        short.samples = min(
            samples, max(strategy.window ?? encoder.window, points.contains(.encoding) ? encoder.architecture.hop : 1))
        return short
    }

    /// Content targets in memory, on disk, or beside the run.
    fileprivate func targets(
        of x: [Float], at points: [LayerPoint], _ strategy: MemoryStrategy, beside session: EncoderSession
    ) throws(Failure) -> Targets {
        func reading(window: Int?) -> WaveEncoderNetworkSession {
            readingSession(samples: samples, points: Set(points), MemoryStrategy(window: window))
        }
        if strategy.window == nil { return .maps(reading(window: nil).recorded(x, at: points)) }
        // Only the content's are worth a place on the disk.
        if strategy.targets == .onDisk, points == contentPoints.map(\.point), let scratchFolder {
            return .onDisk(
                try reading(window: strategy.window).onDisk(
                    x, at: points, shape: { map(at: $0, samples: samples) }, inFolder: scratchFolder))
        }
        return .companion(Companion(reading: x, at: Set(points), beside: session))
    }

    fileprivate enum Targets {
        case maps([any FeatureSource])
        case onDisk([StoredMap])
        case companion(Companion)
    }

    /// The folder, if reading maps back from a disk is faster than recomputing them, and the disk has room.
    ///
    /// A network's pass is taken at 200 GFLOP/s, a disk at 300 MB/s: the answer is clear for one deep layer (a tenth) and for
    /// many shallow ones (tenfold), and the numbers in between don't matter much.
    private static func paysToStore(
        _ points: [LayerPoint], samples: Int, _ encoder: WaveEncoder, in folder: String?
    ) -> String? {
        guard let folder, !points.isEmpty, !points.contains(.encoding) else { return nil }
        let architecture = encoder.architecture
        let bytes = points.reduce(0) { sum, point in
            sum + samples * point.shape(samples: 1, in: architecture).columns * MemoryLayout<Float>.size
        }
        let blocks = points.map { $0.block ?? architecture.layers }.max() ?? 0
        let flops = Double(samples) * Double(blocks) * 5 * Double(architecture.width * architecture.width)
        let pays = Double(bytes) / 3e8 < flops / 2e11 && bytes < ScratchFile.room(inFolder: folder) / 2
        return pays ? folder : nil
    }
}

/// An ``EncoderSession`` with the targets beside it.
final class WaveEncoderNetworkSession: NetworkSession {
    typealias Point = LayerPoint

    private let session: EncoderSession
    private let network: WaveEncoderNetwork
    private let strategy: MemoryStrategy
    private var companions: [Companion] = []
    private var stored: [StoredMap] = []
    let slots: Int
    var rowsAtOnce: Int { network.encoder.rowsAtOnce }

    init(_ session: EncoderSession, _ network: WaveEncoderNetwork, _ strategy: MemoryStrategy, samples: Int) {
        (self.session, self.network, self.strategy) = (session, network, strategy)
        slots = network.encoder.slots(samples: samples, window: strategy.window)
    }

    func announce(_ visitors: Visitors) { session.announce(visitors) }

    func read(_ x: [Float], visitors: Visitors) { session.read(x, visitors: visitors) }

    func observe(_ x: [Float], visitors: Visitors) {
        if companions.isEmpty {
            session.read(x, visitors: visitors)
        } else {
            _ = session.evaluate(x, visitors: visitors, companions: companions)
        }
    }

    func evaluate(_ x: [Float], visitors: Visitors) throws -> [Float] {
        let gradient = session.evaluate(x, visitors: visitors, companions: companions)
        for map in stored { try map.check() }
        return gradient
    }

    func targets(of x: [Float], at points: [LayerPoint]) throws -> [any FeatureSource] {
        switch try network.targets(of: x, at: points, strategy, beside: session) {
        case .maps(let maps): return maps
        case .onDisk(let maps):
            stored += maps
            return maps
        case .companion(let companion):
            companions.append(companion)
            return points.map(companion.activations(at:))
        }
    }
}
