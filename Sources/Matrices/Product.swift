// SPDX-License-Identifier: Apache-2.0
import COpenBLAS
import CVectorKernels

/// Products of dense row-major matrices through OpenBLAS's `sgemm` and `dgemm`.
public enum Product {
    /// Makes OpenBLAS compute in the calling thread: our threads each run their own products.
    public static func useCallingThreadOnly() {
        openblas_set_num_threads(1)
    }

    /// The kernels that OpenBLAS chose for this processor, as `Haswell` or `SkylakeX`.
    public static var kernelName: String {
        String(cString: openblas_get_corename())
    }

    /// `c = a b` or `c += a b`, with `a` `[m, k]`, `b` `[k, n]`, `c` `[m, n]`.
    ///
    /// - Parameters:
    ///   - transposed: `b` is stored as `[n, k]`.
    ///   - adding: add to `c` instead of replacing it.
    public static func multiply(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, transposed: Bool = false,
        into c: UnsafeMutablePointer<Float>, adding: Bool, m: Int, n: Int, k: Int
    ) {
        guard m > 0 else { return }
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, transposed ? CblasTrans : CblasNoTrans, Int32(m), Int32(n), Int32(k), 1, a,
            Int32(k), b, Int32(transposed ? k : n), adding ? 1 : 0, c, Int32(n))
    }

    /// `c = a b` in float64, with `a` `[m, k]`, `b` `[k, n]`, `c` `[m, n]`.
    public static func multiply(
        _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, into c: UnsafeMutablePointer<Double>, m: Int, n: Int,
        k: Int
    ) {
        guard m > 0 else { return }
        cblas_dgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(m), Int32(n), Int32(k), 1, a, Int32(k), b, Int32(n), 0, c,
            Int32(n))
    }

    /// Adds `rows^T rows` to `gram` `[C, C]`, or replaces it: its upper triangle; below it, values are unspecified.
    ///
    /// With BLAS the upper half of the channels is multiplied with all, the lower half only with itself: three quarters of the
    /// full product.
    public static func gram(
        of rows: FeatureRows, into gram: UnsafeMutablePointer<Float>, adding: Bool, kernels: KernelLevel = .current
    ) {
        let columns = rows.columns
        if let level = kernels.kernels(columns: columns) {
            vk_gram(level, rows.unsafePointer, gram, adding ? 1 : 0, Int64(rows.rows), Int64(columns))
            return
        }
        let half = columns < 16 ? columns : columns / 2
        for (first, count) in [(0, half), (half, columns - half)] where count > 0 {
            cblas_sgemm(
                CblasRowMajor, CblasTrans, CblasNoTrans, Int32(count), Int32(columns - first), Int32(rows.rows), 1,
                rows.unsafePointer + first, Int32(columns), rows.unsafePointer + first, Int32(columns), adding ? 1 : 0,
                gram + first * columns + first, Int32(columns))
        }
    }
}
