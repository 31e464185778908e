// SPDX-License-Identifier: Apache-2.0

/// The numbers that shape an NSynth-style encoder (Engel et al., Neural Audio Synthesis of Musical Notes with WaveNet
/// Autoencoders, 2017; Magenta's `h512_bo16`). They come from the weights or their manifest entry.
public struct EncoderArchitecture: Hashable, Codable, Sendable {
    /// Taps of the first and of the dilated convolutions.
    public static let kernelSize = 3

    /// Channels of the residual stream, C.
    public var width: Int
    /// Residual blocks.
    public var layers: Int
    /// Blocks before the dilation starts again at 1: block i has dilation `2^((i - 1) mod stages)`.
    public var stages: Int
    /// Channels of the bottleneck.
    public var bottleneck: Int
    /// Window and stride of the average pool after the bottleneck, in samples.
    public var hop: Int

    /// NSynth's own encoder: width 128, 30 blocks in stages of 10, bottleneck 16, hop 512.
    public static let nsynth = EncoderArchitecture(width: 128, layers: 30, stages: 10, bottleneck: 16, hop: 512)

    /// Creates an architecture; ``problem`` tells whether it is valid.
    public init(width: Int, layers: Int, stages: Int = 10, bottleneck: Int = 16, hop: Int = 512) {
        self.width = width
        self.layers = layers
        self.stages = stages
        self.bottleneck = bottleneck
        self.hop = hop
    }

    /// Why no encoder can have these numbers, or nil. The limits keep sizes far from overflow.
    public var problem: String? {
        let limits: [(name: String, value: Int, range: ClosedRange<Int>)] = [
            ("width", width, 1...4096), ("layers", layers, 1...512), ("stages", stages, 1...20),
            ("bottleneck", bottleneck, 1...4096), ("hop", hop, 1...1_048_576),
        ]
        return limits.first { !$0.range.contains($0.value) }.map {
            "\($0.name) is \($0.value), outside \($0.range.lowerBound) to \($0.range.upperBound)"
        }
    }

    /// The dilation of block `block`, which counts from 1.
    public func dilation(ofBlock block: Int) -> Int {
        1 << ((block - 1) % stages)
    }

    /// Samples to each side that reach the output of block `blocks`: 3,070 for all 30 of NSynth's.
    public func halo(throughBlock blocks: Int) -> Int {
        1 + (0..<blocks).reduce(0) { $0 + dilation(ofBlock: $1 + 1) }
    }

    /// The number of weights and biases: 1,976,336 for NSynth's.
    public var parameterCount: Int {
        let block = 3 * width * width + width + width * width + width
        return 3 * width + width + layers * block + width * bottleneck + bottleneck
    }
}
