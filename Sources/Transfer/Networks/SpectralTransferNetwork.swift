// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices
import Spectrogram

/// A network on spectrograms; its input is a log spectrogram, or parts of frames, `[frames, bins]`.
struct SpectralTransferNetwork: TransferNetwork {
    let network: SpectralNetwork
    let stylePoints: [LayerSelection.Weighted<SpectralLayerPoint>]
    let contentPoints: [LayerSelection.Weighted<SpectralLayerPoint>]
    let layout: any FrameLayout
    let fitsStyles: Bool
    private(set) var samples: Int
    private let scratchFolder: String?

    /// Rows of the last layer in a tile, where it is not stored.
    private static let tile = 1_024

    /// - Parameter scratchFolder: for targets that do not fit into memory.
    /// - Throws: ``Failure`` for layers that the network does not have, and for sounds too short for them.
    init(
        _ network: SpectralNetwork, _ sizes: TransferSizes, _ own: SpectralSettings, settings: TransferSettings,
        scratchFolder: String?
    ) throws(Failure) {
        // A file's shapes do not tell parts.
        var architecture = network.architecture
        architecture.parts = own.parts
        self.network = network
        self.scratchFolder = scratchFolder
        stylePoints = try settings.stylePoints(in: architecture)
        contentPoints = try settings.contentPoints(in: architecture)
        fitsStyles = own.parts > 1
        layout =
            own.parts > 1
            ? FramePartsLayout(own, threads: network.threads)
            : SpectrogramLayout(own.transform, threads: network.threads)
        samples = sizes.samples
        let shortest = layout.frames(samples: sizes.shortest)
        guard shortest > 0 else {
            throw Failure(
                .badData, "cannot cut the sounds into frames",
                why: "\(sizes.shortest) samples are fewer than the \(own.hop) from one frame to the next",
                remedy: "give longer sounds or a smaller --hop")
        }
        for case .layer(let layer) in Set((stylePoints + contentPoints).map(\.point))
        where architecture.rows(of: layer, frames: shortest) < 1 {
            throw Failure(
                .badData, "cannot run", why: "a sound has \(shortest) frames, too few for layer \(layer)",
                remedy: "give longer sounds, a smaller --hop or --kernel, or --padding same")
        }
    }

    var threads: Int { network.threads }
    var path: [SpectralLayerPoint] { [.input] + (1..<network.depth + 1).map { .layer($0) } }
    func name(of point: SpectralLayerPoint) -> String {
        switch point {
        case .input: "input"
        case .channels: "magnitudes"
        case .layer(let layer): (network.architecture.layers[layer - 1].hasReLU ? "relu" : "conv") + "\(layer)"
        }
    }
    var comparesRows: Bool { true }
    var inputPoint: SpectralLayerPoint? { fitsStyles ? nil : .input }
    var frames: Int { layout.frames(samples: samples) }

    var strategies: [MemoryStrategy] {
        let targets: MemoryStrategy.Targets = scratchFolder == nil ? .stored : .onDisk
        return [.storeAll]
            + [Self.tile, Self.tile / 4].map {
                MemoryStrategy(window: $0 * layout.hop, targets: targets)
            }
    }

    func input(of sound: [Float]) -> [Float] { layout.input(of: sound) }

    func inputValues(samples: Int) -> Int { layout.frames(samples: samples) * network.architecture.bins }

    func map(at point: SpectralLayerPoint, samples: Int) -> MapShape {
        let (frames, architecture) = (layout.frames(samples: samples), network.architecture)
        return switch point {
        case .input: MapShape(rows: frames, columns: architecture.bins, inputRows: frames)
        case .channels(let channels): MapShape(rows: frames, columns: channels.count, inputRows: frames)
        case .layer(let layer):
            MapShape(
                rows: architecture.rows(of: layer, frames: frames), columns: architecture.layers[layer - 1].filters,
                inputRows: frames)
        }
    }

    func session(_ strategy: MemoryStrategy) -> SpectralNetworkSession {
        SpectralNetworkSession(
            SpectralSession(network, frames: frames, points: points, rowsAtOnce: rows(strategy), gradient: true), self,
            strategy)
    }

    func readingSession(
        samples: Int, points: Set<SpectralLayerPoint>, _ strategy: MemoryStrategy
    ) -> SpectralNetworkSession {
        SpectralNetworkSession(
            SpectralSession(
                network, frames: layout.frames(samples: samples), points: points,
                rowsAtOnce: rows(strategy) ?? Self.tile, gradient: false), self, strategy)
    }

    /// Rows of the last layer that are processed at once; nil for all.
    private func rows(_ strategy: MemoryStrategy) -> Int? { strategy.window.map { $0 / layout.hop } }

    /// Multiplications, half of a direct convolution's, as Winograd's.
    func operations(_ strategy: MemoryStrategy) -> Double {
        let (architecture, depth) = (network.architecture, network.depth)
        return (1..<depth + 1).reduce(Double(frames * architecture.bins)) { sum, number in
            let rows = architecture.rows(of: number, frames: frames)
            let layer = architecture.layers[number - 1]
            let products = Double(rows * layer.kernel) * Double(architecture.inputs(of: number) * layer.filters) / 2
            let isComputedTwice = number == depth && self.rows(strategy).map { $0 < rows } ?? false
            return sum + products * (isComputedTwice ? 3 : 2)
        }
    }

    func shortened(_ strategy: MemoryStrategy) -> Self {
        // Between channels, a Gram loss has work that does not grow with the frames: many of them hide it.
        let needed = points.reduce(1) { needed, point in
            if case .layer(let layer) = point {
                max(needed, network.architecture.framesNeeded(for: layer))
            } else {
                needed
            }
        }
        var short = self
        short.samples = min(samples, max(2_048, 2 * needed) * layout.hop)
        return short
    }

    fileprivate func onDisk(
        _ x: [Float], at points: [SpectralLayerPoint], _ strategy: MemoryStrategy
    ) throws(Failure) -> [StoredMap]? {
        guard strategy.targets == .onDisk, let scratchFolder else { return nil }
        return try readingSession(samples: samples, points: Set(points), strategy).onDisk(
            x, at: points, shape: { map(at: $0, samples: samples) }, inFolder: scratchFolder)
    }
}

/// A ``SpectralSession`` with the targets beside it.
final class SpectralNetworkSession: NetworkSession {
    typealias Point = SpectralLayerPoint

    private let session: SpectralSession
    private let network: SpectralTransferNetwork
    private let strategy: MemoryStrategy
    private var stored: [StoredMap] = []
    var slots: Int { network.threads }
    /// A slot's part of what is done at once: of a tile of the last layer, or of a whole map.
    var rowsAtOnce: Int { (network.frames + slots - 1) / slots }

    init(_ session: SpectralSession, _ network: SpectralTransferNetwork, _ strategy: MemoryStrategy) {
        (self.session, self.network, self.strategy) = (session, network, strategy)
    }

    func announce(_ visitors: Visitors) { session.announce(visitors) }

    func read(_ x: [Float], visitors: Visitors) { session.read(x, visitors: visitors) }

    func observe(_ x: [Float], visitors: Visitors) { session.read(x, visitors: visitors) }

    func evaluate(_ x: [Float], visitors: Visitors) throws -> [Float] {
        let gradient = session.evaluate(x, visitors: visitors)
        for map in stored { try map.check() }
        return gradient
    }

    func targets(of x: [Float], at points: [SpectralLayerPoint]) throws -> [any FeatureSource] {
        // The styles' rows are always in memory.
        guard points == network.contentPoints.map(\.point), let maps = try network.onDisk(x, at: points, strategy)
        else {
            return network.readingSession(samples: network.samples, points: Set(points), strategy)
                .recorded(x, at: points)
        }
        stored += maps
        return maps
    }
}
