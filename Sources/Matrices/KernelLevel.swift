// SPDX-License-Identifier: Apache-2.0
import COpenBLAS
import CVectorKernels
import Glibc

/// Which kernels compute products: the hand-written ones of this package, or BLAS's.
public enum KernelLevel: String, CaseIterable, Sendable {
    /// OpenBLAS, on any processor.
    case blas
    /// 256-bit vectors with fused multiply-add.
    case avx2
    /// 512-bit vectors.
    case avx512

    /// The best level of this processor, or the one named by `WAVESTYLE_KERNELS` (`blas`, `avx2`, `avx512`) if the
    /// processor supports it.
    public static let current = available.first { $0.rawValue == requested } ?? available.last ?? .blas

    /// OpenBLAS's version and the kernels that it has chosen.
    public static var blasDescription: String {
        [openblas_get_config(), openblas_get_corename()].compactMap { $0.map { String(cString: $0) } }
            .joined(separator: " ")
    }

    /// The value of `WAVESTYLE_KERNELS`.
    public static var requested: String? {
        getenv("WAVESTYLE_KERNELS").map { String(cString: $0) }
    }

    /// The levels of this processor, slowest first.
    public static var available: [KernelLevel] {
        switch vk_best_level() {
        case vk_avx512: [.blas, .avx2, .avx512]
        case vk_avx2: [.blas, .avx2]
        default: [.blas]
        }
    }

    /// The level in C, if its kernels support matrices of this many columns.
    func kernels(columns: Int) -> vk_level? {
        guard columns > 0, columns % Int(vk_column_unit) == 0 else { return nil }
        switch self {
        case .blas: return nil
        case .avx2: return vk_avx2
        case .avx512: return vk_avx512
        }
    }
}
