// SPDX-License-Identifier: Apache-2.0
import Matrices

/// All that a session keeps between passes, allocated once.
final class Buffers: Sendable {
    /// The input with a zero on either side, `[T, 1]`.
    let signal: FeatureMap
    /// The residual stream, `[T, C]`.
    let en: FeatureMap
    /// First ReLUs. For the way back one of each block; without it two, used in turn.
    private let first: [FeatureMap]
    /// Whether an entry of a block's second ReLU is positive: one bit each, in the order of the entries.
    private let secondBits: [AlignedBuffer<UInt8>]
    /// Activations that a visitor's gradient is taken at, besides the first ReLUs.
    private let kept: [Tap: FeatureMap]
    /// The bottleneck, `[T, B]`, where a tap needs it.
    let z: FeatureMap?
    /// The encoding, `[T / hop, B]`.
    let encoding: FeatureMap?

    /// Gradient with respect to the stream, `[T, C]`.
    let enGradient: FeatureMap?
    /// Gradients with respect to the second ReLU's input of a block and of the block below, used in turn, `[T, C]`.
    private let secondGradients: [FeatureMap]
    /// Gradient with respect to the bottleneck, `[T, B]`.
    let zGradient: FeatureMap?
    /// The stream's gradient times the first convolution's taps, `[T, 3]`.
    let tapGradient: FeatureMap?

    /// For each worker, a tile of `[rows, C]`, what its convolution needs, and bits that nobody keeps.
    private let scratch: [AlignedBuffer<Float>]
    private let convolutionScratch: [DilatedConvolution.Scratch]
    private let scratchBits: [AlignedBuffer<UInt8>]

    init(
        _ architecture: EncoderArchitecture, samples: Int, taps: Set<Tap>, depth: Depth, tileRows: Int, workers: Int,
        keepsGradient: Bool
    ) {
        let (width, bottleneck) = (architecture.width, architecture.bottleneck)
        let blocks = min(depth.block, architecture.layers)
        func margin(ofBlock block: Int) -> Int {
            DilatedConvolution.margin(dilation: architecture.dilation(ofBlock: block))
        }
        let widest = (1...blocks).map(margin(ofBlock:)).max() ?? 0
        func map(columns: Int, margin: Int = 0) -> FeatureMap {
            FeatureMap(rows: samples, columns: columns, margin: margin)
        }
        signal = map(columns: 1, margin: 1)
        en = map(columns: width)
        if keepsGradient {
            first = (1...blocks).map { map(columns: width, margin: margin(ofBlock: $0)) }
            secondBits = (1...blocks).map { _ in AlignedBuffer(count: (samples * width + 15) / 16 * 2) }
            kept = Dictionary(
                uniqueKeysWithValues: taps.compactMap { tap in
                    switch tap {
                    case .relu2, .residual: (tap, map(columns: width))
                    case .relu1, .bottleneck, .encoding: nil
                    }
                })
            enGradient = map(columns: width)
            secondGradients = [map(columns: width, margin: widest), map(columns: width, margin: widest)]
            tapGradient = map(columns: 3, margin: 1)
        } else {
            first = [map(columns: width, margin: widest), map(columns: width, margin: widest)]
            secondBits = []
            kept = [:]
            enGradient = nil
            secondGradients = []
            tapGradient = nil
        }
        let behind = depth.block > architecture.layers
        z = behind ? map(columns: bottleneck) : nil
        zGradient = behind && keepsGradient ? map(columns: bottleneck) : nil
        encoding =
            taps.contains(.encoding) ? FeatureMap(rows: samples / architecture.hop, columns: bottleneck) : nil
        scratch = (0..<workers).map { _ in AlignedBuffer(count: tileRows * width) }
        convolutionScratch = (0..<workers).map { _ in DilatedConvolution.Scratch(rows: tileRows, width: width) }
        scratchBits = (0..<workers).map { _ in AlignedBuffer(count: (tileRows * width + 15) / 16 * 2) }
    }

    func load(signal x: [Float]) {
        signal.pointer(row: 0).update(from: x, count: signal.rows)
    }

    func first(ofBlock block: Int) -> FeatureMap {
        first[secondBits.isEmpty ? block % 2 : block - 1]
    }

    func kept(_ tap: Tap) -> FeatureMap? { kept[tap] }

    /// Where the bits of a tile go: kept for the way back, or thrown away.
    func secondBits(ofBlock block: Int, from row: Int, worker: Int) -> UnsafeMutablePointer<UInt8> {
        secondBits.isEmpty
            ? scratchBits[worker].pointer : secondBits[block - 1].pointer + row * en.columns / 8
    }

    func secondGradient(ofBlock block: Int) -> FeatureMap { secondGradients[block % 2] }

    func scratch(worker: Int) -> UnsafeMutablePointer<Float> { scratch[worker].pointer }

    func convolutionScratch(worker: Int) -> DilatedConvolution.Scratch { convolutionScratch[worker] }
}
