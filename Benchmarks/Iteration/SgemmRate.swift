// SPDX-License-Identifier: Apache-2.0
import COpenBLAS
import Matrices

/// What the machine gives to large products, as a yardstick.
enum SgemmRate {
    /// FLOP/s of OpenBLAS's `sgemm` on 2048 x 2048 matrices with its own threads: the best of seven.
    static func measure(threads: Int) -> Double {
        let size = 2_048
        openblas_set_num_threads(Int32(threads))
        defer { openblas_set_num_threads(1) }
        var generator = SeededGenerator(seed: 1)
        let matrices = (0..<2).map { _ in AlignedBuffer((0..<size * size).map { _ in generator.uniform() }) }
        let product = AlignedBuffer<Float>(count: size * size)
        let times = (0..<7).map { _ in
            seconds {
                Product.multiply(
                    matrices[0].unsafePointer, matrices[1].unsafePointer, into: product.unsafePointer, adding: false,
                    m: size, n: size,
                    k: size)
            }
        }
        return 2 * Double(size * size * size) / (times.min() ?? .infinity)
    }
}
