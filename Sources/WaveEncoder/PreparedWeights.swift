// SPDX-License-Identifier: Apache-2.0
import Matrices

/// The weights in the layout that the engine reads, shared by every session.
final class PreparedWeights: Sendable {
    struct Block: Sendable {
        let dilated: DilatedConvolution
        /// For the backward pass: `x[t] = sum_k y[t - (k - 1) d] W[k]^T`, a convolution with the taps in reverse.
        let dilatedTransposed: DilatedConvolution
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
        func packed(_ values: [Float], transposed: Bool) -> PackedMatrix {
            PackedMatrix(values, rows: width, columns: width, transposed: transposed, kernels: kernels)
        }
        startKernel = AlignedBuffer(weights.startKernel)
        startBias = AlignedBuffer(weights.startBias)
        blocks = weights.blocks.map { block in
            let taps = (0..<3).map { Array(block.dilatedKernel[$0 * width * width..<($0 + 1) * width * width]) }
            return Block(
                dilated: DilatedConvolution(taps, width: width, kernels: kernels),
                dilatedTransposed: DilatedConvolution(
                    taps.reversed(), transposed: true, width: width, kernels: kernels),
                dilatedBias: AlignedBuffer(block.dilatedBias),
                residual: packed(block.residualKernel, transposed: false),
                residualTransposed: packed(block.residualKernel, transposed: true),
                residualBias: AlignedBuffer(block.residualBias))
        }
        bottleneckKernel = AlignedBuffer(weights.bottleneckKernel)
        bottleneckBias = AlignedBuffer(weights.bottleneckBias)
    }
}
