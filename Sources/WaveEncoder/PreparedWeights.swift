// SPDX-License-Identifier: Apache-2.0
import Matrices

/// The weights as the engine reads them, shared by every session.
final class PreparedWeights: Sendable {
    struct Block: Sendable {
        /// For each tap `[C in, C out]`.
        let dilated: [PackedMatrix]
        /// For each tap `[C out, C in]`: the way back.
        let dilatedTransposed: [PackedMatrix]
        let dilatedBias: AlignedBuffer<Float>
        /// `[C in, C out]`
        let residual: PackedMatrix
        /// `[C out, C in]`
        let residualTransposed: PackedMatrix
        let residualBias: AlignedBuffer<Float>
    }

    /// `[3, C]`
    let startKernel: AlignedBuffer<Float>
    let startBias: AlignedBuffer<Float>
    let blocks: [Block]
    /// `[C, B]`
    let bottleneckKernel: AlignedBuffer<Float>
    let bottleneckBias: AlignedBuffer<Float>

    init(_ weights: EncoderWeights, kernels: KernelLevel) {
        let width = weights.architecture.width
        func packed(_ values: some Collection<Float>, transposed: Bool = false) -> PackedMatrix {
            PackedMatrix(Array(values), rows: width, columns: width, transposed: transposed, kernels: kernels)
        }
        startKernel = AlignedBuffer(weights.startKernel)
        startBias = AlignedBuffer(weights.startBias)
        blocks = weights.blocks.map { block in
            let taps = (0..<3).map { block.dilatedKernel[$0 * width * width..<($0 + 1) * width * width] }
            return Block(
                dilated: taps.map { packed($0) }, dilatedTransposed: taps.map { packed($0, transposed: true) },
                dilatedBias: AlignedBuffer(block.dilatedBias), residual: packed(block.residualKernel),
                residualTransposed: packed(block.residualKernel, transposed: true),
                residualBias: AlignedBuffer(block.residualBias))
        }
        bottleneckKernel = AlignedBuffer(weights.bottleneckKernel)
        bottleneckBias = AlignedBuffer(weights.bottleneckBias)
    }
}
