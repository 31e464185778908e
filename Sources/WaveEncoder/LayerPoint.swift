// SPDX-License-Identifier: Apache-2.0

/// A layer point: a place in the encoder whose activations can be read, and where a gradient can enter. Blocks count from 1.
public enum LayerPoint: Hashable, Sendable {
    /// The first ReLU of a block, `[T, C]`: relu of the block's input.
    case relu1(Int)
    /// The second ReLU of a block, `[T, C]`: relu of the dilated convolution.
    case relu2(Int)
    /// The output of a block, `[T, C]`: its input plus what it adds.
    case residual(Int)
    /// The 1 x 1 convolution after the last block, `[T, B]`.
    case bottleneck
    /// The bottleneck's mean over windows of `hop` samples, `[T / hop, B]`; a last partial window is dropped.
    case encoding

    /// The block, or nil after the blocks.
    public var block: Int? {
        switch self {
        case .relu1(let block), .relu2(let block), .residual(let block): block
        case .bottleneck, .encoding: nil
        }
    }

    /// The path of the activations in an HDF5 file, as `block10/relu2`.
    public var datasetPath: String {
        switch self {
        case .relu1(let block): "block\(block)/relu1"
        case .relu2(let block): "block\(block)/relu2"
        case .residual(let block): "block\(block)/residual"
        case .bottleneck: "bottleneck"
        case .encoding: "encoding"
        }
    }

    /// As a selection of layers names it: `relu2:10`.
    public var name: String {
        switch self {
        case .relu1(let block): "relu1:\(block)"
        case .relu2(let block): "relu2:\(block)"
        case .residual(let block): "residual:\(block)"
        case .bottleneck, .encoding: datasetPath
        }
    }

    /// T and C of the feature map here for `samples` samples.
    public func shape(samples: Int, in architecture: EncoderArchitecture) -> (rows: Int, columns: Int) {
        switch self {
        case .relu1, .relu2, .residual: (samples, architecture.width)
        case .bottleneck: (samples, architecture.bottleneck)
        case .encoding: (samples / architecture.hop, architecture.bottleneck)
        }
    }

    /// The place along the signal's path, from which follows what need not be computed.
    func depth(in architecture: EncoderArchitecture) -> Depth {
        switch self {
        case .relu1(let block): Depth(block, .relu1)
        case .relu2(let block): Depth(block, .relu2)
        case .residual(let block): Depth(block, .residual)
        case .bottleneck, .encoding: Depth(architecture.layers + 1, .relu1)
        }
    }
}

extension EncoderArchitecture {
    /// All layer points in the signal's order, to the deepest of some.
    public func path(to points: some Sequence<LayerPoint>) -> [LayerPoint] {
        guard let deepest = points.map({ $0.depth(in: self) }).max() else { return [] }
        let all = (1..<layers + 1).flatMap { [LayerPoint.relu1($0), .relu2($0), .residual($0)] } + [.bottleneck]
        return all.filter { $0.depth(in: self) <= deepest }
    }
}

/// How deep the signal must go: a block and a place in it. After the last block comes the bottleneck, as the first place of
/// one more block.
struct Depth: Comparable {
    enum Place: Int, Comparable {
        case relu1, relu2, residual
        static func < (a: Place, b: Place) -> Bool { a.rawValue < b.rawValue }
    }

    let block: Int
    let place: Place

    init(_ block: Int, _ place: Place) {
        self.block = block
        self.place = place
    }

    static func < (a: Depth, b: Depth) -> Bool { (a.block, a.place) < (b.block, b.place) }
}
