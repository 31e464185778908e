// SPDX-License-Identifier: Apache-2.0
import COpenBLAS

/// A float64 matrix, row-major.
package struct RealMatrix: Sendable {
    package let rows: Int
    package let columns: Int
    package private(set) var values: [Double]

    /// A matrix of zeros.
    package init(rows: Int, columns: Int) {
        self.init(rows: rows, columns: columns, values: [Double](repeating: 0, count: rows * columns))
    }

    package init(rows: Int, columns: Int, values: [Double]) {
        precondition(values.count == rows * columns, "a matrix of another size")
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    /// A feature map's values.
    package init(_ map: FeatureMap) {
        self.init(rows: map.rows, columns: map.columns, values: map.values.map(Double.init))
    }

    package subscript(row: Int, column: Int) -> Double {
        get { values[row * columns + column] }
        set { values[row * columns + column] = newValue }
    }

    package func column(_ column: Int) -> [Double] {
        (0..<rows).map { self[$0, column] }
    }

    package func firstColumns(_ count: Int) -> RealMatrix {
        var result = RealMatrix(rows: rows, columns: count)
        for row in 0..<rows {
            for column in 0..<count { result[row, column] = self[row, column] }
        }
        return result
    }

    package func mapValues(_ transform: (Double) -> Double) -> RealMatrix {
        RealMatrix(rows: rows, columns: columns, values: values.map(transform))
    }

    /// The mean of each column.
    package var columnMeans: [Double] {
        var sums = [Double](repeating: 0, count: columns)
        for row in 0..<rows {
            for column in 0..<columns { sums[column] += self[row, column] }
        }
        return sums.map { $0 / Double(rows) }
    }

    package var trace: Double {
        (0..<min(rows, columns)).reduce(0) { $0 + self[$1, $1] }
    }

    package var frobeniusNorm: Double {
        values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }

    package static func + (a: RealMatrix, b: RealMatrix) -> RealMatrix {
        precondition((a.rows, a.columns) == (b.rows, b.columns), "matrices of different sizes")
        return RealMatrix(rows: a.rows, columns: a.columns, values: zip(a.values, b.values).map { $0 + $1 })
    }

    package static func - (a: RealMatrix, b: RealMatrix) -> RealMatrix {
        precondition((a.rows, a.columns) == (b.rows, b.columns), "matrices of different sizes")
        return RealMatrix(rows: a.rows, columns: a.columns, values: zip(a.values, b.values).map { $0 - $1 })
    }

    package static func * (a: RealMatrix, b: RealMatrix) -> RealMatrix {
        product(a, transposed: false, b)
    }

    /// `self^T b`.
    package func transposed(times b: RealMatrix) -> RealMatrix {
        Self.product(self, transposed: true, b)
    }

    private static func product(_ a: RealMatrix, transposed: Bool, _ b: RealMatrix) -> RealMatrix {
        let (m, k) = transposed ? (a.columns, a.rows) : (a.rows, a.columns)
        precondition(k == b.rows, "matrices with incompatible sizes")
        var c = RealMatrix(rows: m, columns: b.columns)
        cblas_dgemm(
            CblasRowMajor, transposed ? CblasTrans : CblasNoTrans, CblasNoTrans, Int32(m), Int32(b.columns), Int32(k),
            1, a.values, Int32(a.columns), b.values, Int32(b.columns), 0, &c.values, Int32(b.columns))
        return c
    }
}
