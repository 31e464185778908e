// SPDX-License-Identifier: Apache-2.0
import Matrices

/// The weights in the aligned memory that the products read, shared by every session.
final class PreparedWeights: Sendable {
    struct Block: Sendable {
        /// `[3, C, C]`
        let dilatedKernel: AlignedBuffer<Float>
        let dilatedBias: AlignedBuffer<Float>
        /// `[C, C]`
        let residualKernel: AlignedBuffer<Float>
        let residualBias: AlignedBuffer<Float>
    }

    /// `[3, C]`
    let startKernel: AlignedBuffer<Float>
    let startBias: AlignedBuffer<Float>
    let blocks: [Block]
    /// `[C, B]`
    let bottleneckKernel: AlignedBuffer<Float>
    let bottleneckBias: AlignedBuffer<Float>

    init(_ weights: EncoderWeights) {
        startKernel = AlignedBuffer(weights.startKernel)
        startBias = AlignedBuffer(weights.startBias)
        blocks = weights.blocks.map { block in
            Block(
                dilatedKernel: AlignedBuffer(block.dilatedKernel), dilatedBias: AlignedBuffer(block.dilatedBias),
                residualKernel: AlignedBuffer(block.residualKernel), residualBias: AlignedBuffer(block.residualBias))
        }
        bottleneckKernel = AlignedBuffer(weights.bottleneckKernel)
        bottleneckBias = AlignedBuffer(weights.bottleneckBias)
    }
}
