// SPDX-License-Identifier: Apache-2.0
import COpenBLAS

/// The eigenvalues and eigenvectors of a symmetric matrix, by LAPACK's `dsyev`.
package struct SymmetricEigen {
    /// Ascending.
    package let values: [Double]
    /// One a row.
    private let vectors: RealMatrix

    /// nil if LAPACK does not converge, as for values that are not finite.
    package init?(_ matrix: RealMatrix) {
        precondition(matrix.rows == matrix.columns && matrix.rows > 0, "not a square matrix")
        let size = matrix.rows
        guard matrix.values.allSatisfy(\.isFinite) else { return nil }
        // Its block size is at most 64.
        let workSize = 66 * size
        var (a, w) = (matrix.values, [Double](repeating: 0, count: size))
        var work = [Double](repeating: 0, count: workSize)
        var info: Int32 = 0
        // Column-major for LAPACK: the eigenvectors' columns are rows here.
        dsyev_("V", "L", [Int32(size)], &a, [Int32(size)], &w, &work, [Int32(workSize)], &info, 1, 1)
        guard info == 0 else { return nil }
        values = w
        vectors = RealMatrix(rows: size, columns: size, values: a)
    }

    /// The matrix with the same eigenvectors, and f applied to the eigenvalues: `sum_i f(w_i) v_i v_i^T`.
    package func applying(_ f: (Double) -> Double) -> RealMatrix {
        var scaled = vectors
        for (row, value) in values.enumerated() {
            let factor = f(value)
            for column in 0..<scaled.columns { scaled[row, column] *= factor }
        }
        return vectors.transposed(times: scaled)
    }
}
