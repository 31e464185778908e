// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices

/// A network made ready for the sounds of one transfer. An objective knows networks by this alone: one conformance adds one.
///
/// The network's *input* is what a sound becomes before it enters: a companded waveform, frames, a log spectrogram; row-major.
protocol TransferNetwork: Sendable {
    associatedtype Point: Hashable & Sendable
    associatedtype Session: NetworkSession where Session.Point == Point

    /// Threads that it computes on.
    var threads: Int { get }
    /// Samples of the content that are optimised.
    var samples: Int { get }
    /// Whether a style must be brought to the content's length, whatever it is compared by.
    var fitsStyles: Bool { get }
    /// Whether statistics may be formed between rows instead of channels: the loss then sees a map whole.
    var comparesRows: Bool { get }
    /// Where style and content are compared; nowhere for a term without a weight.
    var stylePoints: [LayerSelection.Weighted<Point>] { get }
    var contentPoints: [LayerSelection.Weighted<Point>] { get }
    /// The point that shows the input itself, where it is a log spectrogram.
    var inputPoint: Point? { get }
    /// All points from the input to the deepest one in use, in the signal's order.
    var path: [Point] { get }
    /// As a selection of layers names it.
    func name(of point: Point) -> String
    /// What may be done for memory, in the order of speed.
    var strategies: [MemoryStrategy] { get }

    /// The input of a sound, at the network's rate.
    func input(of sound: [Float]) -> [Float]
    /// Values of the input of a sound of so many samples.
    func inputValues(samples: Int) -> Int
    /// The map at a point for a sound of so many samples.
    func map(at point: Point, samples: Int) -> MapShape
    /// For the input of the content's length, with gradients.
    func session(_ strategy: MemoryStrategy) -> Session
    /// For the input of a sound of so many samples, without.
    func readingSession(samples: Int, points: Set<Point>, _ strategy: MemoryStrategy) -> Session
    /// For the content's length and the weights that x is optimised under, at all points of ``path``, without gradients.
    func pathSession(_ strategy: MemoryStrategy) -> Session
    /// Operations of an evaluation, in units of the network's own.
    func operations(_ strategy: MemoryStrategy) -> Double
    /// The same network for shorter sounds, on which the time of a run is tried. What depends on lengths is decided as for the
    /// whole sounds.
    func shortened(_ strategy: MemoryStrategy) -> Self
}

extension TransferNetwork {
    var points: Set<Point> { Set((stylePoints + contentPoints).map(\.point)) }
    var comparesRows: Bool { false }
    var fitsStyles: Bool { false }
    var inputPoint: Point? { nil }
    func pathSession(_ strategy: MemoryStrategy) -> Session {
        readingSession(samples: samples, points: Set(path), strategy)
    }
}

/// The size of a feature map `[rows, columns]`.
struct MapShape: Equatable {
    let rows: Int
    let columns: Int
    /// Rows of the network's input.
    let inputRows: Int

    /// By what this map's Gram matrix is divided.
    func divisor(_ divisor: GramDivisor) -> Double {
        divisor.value(rows: rows, columns: columns, frames: inputRows)
    }
}

/// A network's buffers for inputs of one length.
protocol NetworkSession: AnyObject {
    associatedtype Point: Hashable & Sendable
    typealias Visitors = [Point: [any FeatureVisitor]]

    /// Slots that visitors are told of, and the most rows that they are shown at once.
    var slots: Int { get }
    var rowsAtOnce: Int { get }

    /// Tells visitors what maps they will see.
    func announce(_ visitors: Visitors)
    /// The forward pass.
    func read(_ x: [Float], visitors: Visitors)
    /// The same with all targets at hand.
    func observe(_ x: [Float], visitors: Visitors)
    /// Forward and backward pass: the gradient on x of what the visitors compute.
    ///
    /// - Throws: ``Failure`` where targets cannot be read.
    func evaluate(_ x: [Float], visitors: Visitors) throws -> [Float]
    /// Maps of x that others are compared with row by row in ``evaluate(_:visitors:)``, by the session's strategy.
    ///
    /// - Throws: ``Failure`` where there is no place for them.
    func targets(of x: [Float], at points: [Point]) throws -> [any FeatureSource]
}

extension NetworkSession {
    /// Shows the maps of x, or, while memory is only planned, nothing but their sizes.
    func show(_ x: [Float], to visitors: Visitors) {
        guard !visitors.isEmpty else { return }
        if MemoryLedger.isPlanning { announce(visitors) } else { read(x, visitors: visitors) }
    }

    /// Maps of x in memory.
    func recorded(_ x: [Float], at points: [Point]) -> [any FeatureSource] {
        let recorders = points.map { _ in FeatureRecorder() }
        show(x, to: Dictionary(uniqueKeysWithValues: zip(points, recorders.map { [$0] })))
        return recorders.map(\.map)
    }

    /// Maps of x in scratch files.
    func onDisk(
        _ x: [Float], at points: [Point], shape: (Point) -> MapShape, inFolder folder: String
    ) throws(Failure) -> [StoredMap] {
        var maps: [StoredMap] = []
        for point in points {
            let shape = shape(point)
            maps.append(
                try StoredMap(
                    rows: shape.rows, columns: shape.columns, slots: slots, rowsAtOnce: rowsAtOnce, inFolder: folder))
        }
        show(x, to: Dictionary(uniqueKeysWithValues: zip(points, maps.map { [$0] })))
        for map in maps { try map.check() }
        return maps
    }
}
