// SPDX-License-Identifier: Apache-2.0
import COpenBLAS
import Glibc

/// The Cholesky factorisation `A = R^T R` of symmetric positive definite matrices in float64, by LAPACK's `dpotrf` and `dpotri`.
public enum Cholesky {
    /// Replaces the upper triangle of A by that of its inverse. Entries below the diagonal are neither read nor written.
    ///
    /// - Parameters:
    ///   - a: A, row-major `[size, size]`.
    ///   - stride: the distance from one row to the next, at least `size`.
    /// - Returns: `ln det A`; nil where A is not positive definite, or not so after rounding, or not finite: the triangle then
    ///   holds no inverse.
    public static func invert(_ a: UnsafeMutablePointer<Double>, size: Int, stride: Int) -> Double? {
        precondition(stride >= size, "rows that overlap")
        guard size > 0 else { return 0 }
        var info: Int32 = 0
        // LAPACK's matrices are column-major: our upper triangle is its lower one.
        dpotrf_("L", [Int32(size)], a, [Int32(stride)], &info, 1)
        guard info == 0 else { return nil }
        var logDeterminant = 0.0
        for index in 0..<size { logDeterminant += 2 * log(a[index * stride + index]) }
        // A value that is not finite may pass the factorisation, but not its diagonal.
        guard logDeterminant.isFinite else { return nil }
        dpotri_("L", [Int32(size)], a, [Int32(stride)], &info, 1)
        return info == 0 ? logDeterminant : nil
    }
}
