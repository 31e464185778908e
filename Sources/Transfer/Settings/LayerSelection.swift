// SPDX-License-Identifier: Apache-2.0
import Files
import Spectrogram
import WaveEncoder

/// Layers chosen by text, as `relu1`, `relu1:1-5,relu2:30` or `relu1:1-5@0.2`.
///
///     selection = item { "," item }
///     item      = layer [ ":" blocks ] [ "@" weight ]
///     blocks    = block | block "-" block | "-" block | block "-"
///     layer     = "relu1" | "relu2" | "residual" | "bottleneck" | "encoding"
///
/// On spectrograms, layers are named by their number, and a range of them is one item:
///
///     layer     = "input" | "magnitudes" | ( "relu" | "conv" ) number [ "-" number ]
///
/// Magnitudes are the input's, all of it where it has nothing else.
///
/// Blocks count from 1; without blocks an item means all of them. With one end open they go from the first, or to the last; then
/// a network may have fewer: `-10` are its first ten, as far as there are. Weights are relative (1 where none is given):
/// resolved weights sum to 1.
public struct LayerSelection: Equatable, Sendable, CustomStringConvertible {
    /// The grammar in one line, for error messages.
    public static let grammar =
        "layers are relu1, relu2, residual, bottleneck or encoding, with blocks and a weight as in relu1:1-5@0.2,relu2:30"

    /// The text it was parsed from.
    public let description: String
    private let items: [Item]

    /// The grammar on spectrograms in one line, for error messages.
    public static let spectralGrammar =
        "layers are input, magnitudes, relu1, relu2, ... (conv1, ... without ReLUs), with ranges and a weight as in relu1-4,relu8@0.5"

    private struct Item: Equatable {
        let text: String
        let layer: Layer
        var blocks: ClosedRange<Int>?
        /// Whether the blocks may end beyond the network's last.
        var isOpen = false
        var weight: Double?
    }

    private enum Layer: String {
        case relu1, relu2, residual, bottleneck, encoding
        // On spectrograms.
        case relu, conv, input, magnitudes

        static let ofEncoder: [Layer] = [.relu1, .relu2, .residual, .bottleneck, .encoding]
        var hasBlocks: Bool { self != .bottleneck && self != .encoding }
    }

    /// A layer point with its share of the loss.
    public struct Weighted<Point: Hashable & Sendable>: Equatable, Sendable {
        /// Where.
        public let point: Point
        /// Its share: all shares sum to 1.
        public let weight: Double
    }

    /// A layer point of the encoder with its share.
    public typealias WeightedPoint = Weighted<LayerPoint>

    /// The first ReLU of every block of the encoder; on spectrograms the first layer.
    static func first(in backend: BackendName, hasReLU: Bool) -> LayerSelection {
        let text = hasReLU ? "relu1" : "conv1"
        return LayerSelection(
            description: text,
            items: [
                backend == .nsynth
                    ? Item(text: text, layer: .relu1) : Item(text: text, layer: hasReLU ? .relu : .conv, blocks: 1...1)
            ])
    }

    private init(description: String, items: [Item]) { (self.description, self.items) = (description, items) }

    /// Parses a selection.
    ///
    /// - Throws: ``Failure`` of kind `usage`, with the grammar.
    public init(_ text: String, for backend: BackendName = .nsynth) throws(Failure) {
        description = text
        var items: [Item] = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            items.append(
                backend == .nsynth ? try Self.parse(String(item)) : try Self.parseSpectral(String(item)))
        }
        self.items = items
    }

    /// Whether any item has a weight of its own.
    public var isWeighted: Bool { items.contains { $0.weight != nil } }

    /// The layer points in an encoder, in the order given.
    ///
    /// - Throws: ``Failure`` of kind `usage` for blocks that the encoder does not have and for layers chosen twice.
    public func resolved(in architecture: EncoderArchitecture) throws(Failure) -> [WeightedPoint] {
        var points: [WeightedPoint] = []
        for item in items {
            let blocks = item.blocks ?? 1...architecture.layers
            let needed = item.isOpen ? blocks.lowerBound : blocks.upperBound
            guard needed <= architecture.layers else {
                throw Self.unusable(
                    item.text, "block \(needed) does not exist: the weights have \(architecture.layers) blocks")
            }
            let present = blocks.clamped(to: 1...architecture.layers)
            let chosen: [LayerPoint] =
                switch item.layer {
                case .relu1: present.map { .relu1($0) }
                case .relu2: present.map { .relu2($0) }
                case .residual: present.map { .residual($0) }
                case .bottleneck: [.bottleneck]
                case .encoding: [.encoding]
                case .relu, .conv, .input, .magnitudes: []
                }
            points += chosen.map { WeightedPoint(point: $0, weight: item.weight ?? 1) }
        }
        return try shares(points) { $0.datasetPath }
    }

    /// The layer points in a network on spectrograms, in the order given.
    ///
    /// - Throws: ``Failure`` of kind `usage` for layers that the network does not have, and for those chosen twice.
    public func resolved(in architecture: SpectralArchitecture) throws(Failure) -> [Weighted<SpectralLayerPoint>] {
        var points: [Weighted<SpectralLayerPoint>] = []
        for item in items {
            for number in item.blocks ?? 0...0 {
                guard number > 0 else {
                    let isWhole = item.layer == .input || architecture.parts == 1
                    points.append(
                        Weighted(point: isWhole ? .input : .channels(architecture.magnitudes), weight: item.weight ?? 1)
                    )
                    continue
                }
                guard number <= architecture.layers.count else {
                    throw Self.unusable(
                        item.text, "layer \(number) does not exist: the network has \(architecture.layers.count)",
                        Self.spectralGrammar)
                }
                let name = architecture.layers[number - 1].hasReLU ? Layer.relu : .conv
                guard item.layer == name else {
                    throw Self.unusable(
                        item.text, "layer \(number) has \(name == .relu ? "a" : "no") ReLU",
                        "choose \(name.rawValue)\(number)")
                }
                points.append(Weighted(point: .layer(number), weight: item.weight ?? 1))
            }
        }
        return try shares(points) { point in
            switch point {
            case .layer(let number): "layer \(number)"
            case .input: "the input"
            case .channels: "the magnitudes"
            }
        }
    }

    /// The same with weights that sum to 1.
    private func shares<Point>(
        _ points: [Weighted<Point>], name: (Point) -> String
    ) throws(Failure) -> [Weighted<Point>] {
        var seen: Set<Point> = []
        if let twice = points.first(where: { !seen.insert($0.point).inserted }) {
            throw Self.unusable(description, "\(name(twice.point)) is chosen twice")
        }
        let sum = points.reduce(0) { $0 + $1.weight }
        return points.map { Weighted(point: $0.point, weight: $0.weight / sum) }
    }

    private static func parse(_ text: String) throws(Failure) -> Item {
        let (whole, weight) = try weighted(text, grammar)
        let parts = whole.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first, !name.isEmpty else { throw unusable(text, "a layer's name is missing") }
        guard let layer = Layer(rawValue: String(name)), Layer.ofEncoder.contains(layer) else {
            throw unusable(text, "there is no layer '\(name)'")
        }
        var blocks: ClosedRange<Int>?
        var isOpen = false
        if parts.count == 2 {
            guard layer.hasBlocks else { throw unusable(text, "\(layer.rawValue) is after the blocks and has none") }
            let given = parts[1]
            isOpen = given.count > 1 && (given.hasPrefix("-") || given.hasSuffix("-"))
            let closed = !isOpen ? given : given.hasPrefix("-") ? "1" + given : given + "\(Int.max)"
            blocks = try range(closed, of: text, "block", grammar)
        }
        return Item(text: text, layer: layer, blocks: blocks, isOpen: isOpen, weight: weight)
    }

    private static func parseSpectral(_ text: String) throws(Failure) -> Item {
        let (whole, weight) = try weighted(text, spectralGrammar)
        if let layer = [Layer.input, .magnitudes].first(where: { $0.rawValue == whole }) {
            return Item(text: text, layer: layer, blocks: nil, weight: weight)
        }
        for layer in [Layer.relu, .conv] where whole.hasPrefix(layer.rawValue) {
            let numbers = whole.dropFirst(layer.rawValue.count)
            return Item(
                text: text, layer: layer, blocks: try range(numbers, of: text, "layer", spectralGrammar), weight: weight
            )
        }
        throw unusable(
            text, whole.isEmpty ? "a layer's name is missing" : "there is no layer '\(whole)'", spectralGrammar)
    }

    /// An item without its weight, and its weight.
    private static func weighted(_ text: String, _ grammar: String) throws(Failure) -> (Substring, Double?) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return (parts.first ?? "", nil) }
        guard let value = Double(parts[1]), (1e-6...1e6).contains(value) else {
            throw unusable(text, "'\(parts[1])' is not a weight between 0.000001 and 1000000", grammar)
        }
        return (parts[0], value)
    }

    /// A number, or two with a dash.
    private static func range(
        _ range: Substring, of text: String, _ what: String, _ grammar: String
    ) throws(Failure) -> ClosedRange<Int> {
        let ends = range.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = ends.compactMap { $0.allSatisfy(\.isNumber) ? Int($0) : nil }
        guard numbers.count == ends.count, let first = numbers.first, let last = numbers.last else {
            throw unusable(text, "'\(range)' is not a \(what) or a range of \(what)s", grammar)
        }
        guard first >= 1 else { throw unusable(text, "\(what)s count from 1", grammar) }
        guard first <= last else { throw unusable(text, "the range \(range) is empty", grammar) }
        return first...last
    }

    private static func unusable(_ text: String, _ why: String, _ remedy: String = grammar) -> Failure {
        Failure(.usage, "cannot use the layers", at: text, why: why, remedy: remedy)
    }
}
