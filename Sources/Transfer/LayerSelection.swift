// SPDX-License-Identifier: Apache-2.0
import Files
import WaveEncoder

/// Layers chosen by text, as `relu1`, `relu1:1-5,relu2:30` or `relu1:1-5@0.2`.
///
///     selection = item { "," item }
///     item      = layer [ ":" block [ "-" block ] ] [ "@" weight ]
///     layer     = "relu1" | "relu2" | "residual" | "bottleneck" | "encoding"
///
/// Blocks count from 1; without blocks an item means all of them. Weights are relative (1 where none is given): resolved
/// weights sum to 1.
public struct LayerSelection: Equatable, Sendable, CustomStringConvertible {
    /// The grammar in one line, for error messages.
    public static let grammar =
        "layers are relu1, relu2, residual, bottleneck or encoding, with blocks and a weight as in relu1:1-5@0.2,relu2:30"

    /// The text it was parsed from.
    public let description: String
    private let items: [Item]

    private struct Item: Equatable {
        let text: String
        let layer: Layer
        let blocks: ClosedRange<Int>?
        let weight: Double?
    }

    private enum Layer: String {
        case relu1, relu2, residual, bottleneck, encoding
        var hasBlocks: Bool { self != .bottleneck && self != .encoding }
    }

    /// A tap with its share of the loss.
    public struct WeightedTap: Equatable, Sendable {
        /// Where.
        public let tap: Tap
        /// Its share: all shares sum to 1.
        public let weight: Double
    }

    /// Parses a selection.
    ///
    /// - Throws: ``Failure`` of kind `usage`, with the grammar.
    public init(_ text: String) throws(Failure) {
        description = text
        var items: [Item] = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            items.append(try Self.parse(String(item)))
        }
        self.items = items
    }

    /// Whether any item has a weight of its own.
    public var isWeighted: Bool { items.contains { $0.weight != nil } }

    /// The taps in an encoder, in the order given.
    ///
    /// - Throws: ``Failure`` of kind `usage` for blocks that the encoder does not have and for layers chosen twice.
    public func resolved(in architecture: EncoderArchitecture) throws(Failure) -> [WeightedTap] {
        var taps: [WeightedTap] = []
        for item in items {
            let blocks = item.blocks ?? 1...architecture.layers
            guard blocks.upperBound <= architecture.layers else {
                throw Self.unusable(
                    item.text,
                    "block \(blocks.upperBound) does not exist: the weights have \(architecture.layers) blocks")
            }
            let chosen: [Tap] =
                switch item.layer {
                case .relu1: blocks.map { .relu1($0) }
                case .relu2: blocks.map { .relu2($0) }
                case .residual: blocks.map { .residual($0) }
                case .bottleneck: [.bottleneck]
                case .encoding: [.encoding]
                }
            taps += chosen.map { WeightedTap(tap: $0, weight: item.weight ?? 1) }
        }
        var seen: Set<Tap> = []
        if let twice = taps.first(where: { !seen.insert($0.tap).inserted }) {
            throw Self.unusable(description, "\(twice.tap.datasetPath) is chosen twice")
        }
        let sum = taps.reduce(0) { $0 + $1.weight }
        return taps.map { WeightedTap(tap: $0.tap, weight: $0.weight / sum) }
    }

    private static func parse(_ text: String) throws(Failure) -> Item {
        let weighted = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        let parts = (weighted.first ?? "").split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first, !name.isEmpty else { throw unusable(text, "a layer's name is missing") }
        guard let layer = Layer(rawValue: String(name)) else { throw unusable(text, "there is no layer '\(name)'") }

        var weight: Double?
        if weighted.count == 2 {
            guard let value = Double(weighted[1]), (1e-6...1e6).contains(value) else {
                throw unusable(text, "'\(weighted[1])' is not a weight between 0.000001 and 1000000")
            }
            weight = value
        }

        var blocks: ClosedRange<Int>?
        if parts.count == 2 {
            guard layer.hasBlocks else { throw unusable(text, "\(layer.rawValue) lies behind the blocks") }
            let ends = parts[1].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            let numbers = ends.compactMap { $0.allSatisfy(\.isNumber) ? Int($0) : nil }
            guard numbers.count == ends.count, let first = numbers.first, let last = numbers.last else {
                throw unusable(text, "'\(parts[1])' is not a block or a range of blocks")
            }
            guard first >= 1 else { throw unusable(text, "blocks count from 1") }
            guard first <= last else { throw unusable(text, "the range \(parts[1]) is empty") }
            blocks = first...last
        }
        return Item(text: text, layer: layer, blocks: blocks, weight: weight)
    }

    private static func unusable(_ text: String, _ why: String) -> Failure {
        Failure(.usage, "cannot use the layers", at: text, why: why, remedy: grammar)
    }
}
