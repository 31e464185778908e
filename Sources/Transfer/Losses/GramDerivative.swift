// SPDX-License-Identifier: Apache-2.0
import Matrices

/// A symmetric matrix D, `[C, C]`, and the gradient `F D` of a loss that sees F by its Gram matrix alone.
final class GramDerivative: Sendable {
    private let columns: Int
    private let values: AlignedBuffer<Float>
    private let packed: PackedMatrix

    init(columns: Int) {
        self.columns = columns
        values = AlignedBuffer(count: columns * columns)
        packed = PackedMatrix(rows: columns, columns: columns)
    }

    /// Sets D from its upper triangle: `entry` is called once for each `row <= column`.
    func set(_ entry: (_ row: Int, _ column: Int) -> Double) {
        let values = values.unsafePointer
        // In squares that a cache holds: both triangles are written.
        let side = 64
        for firstRow in stride(from: 0, to: columns, by: side) {
            for firstColumn in stride(from: firstRow, to: columns, by: side) {
                for row in firstRow..<min(firstRow + side, columns) {
                    for column in max(row, firstColumn)..<min(firstColumn + side, columns) {
                        let value = Float(entry(row, column))
                        values[row * columns + column] = value
                        values[column * columns + row] = value
                    }
                }
            }
        }
        packed.pack(values)
    }

    /// `gradient += rows D`.
    func addProduct(with rows: FeatureRows, to gradient: MutableFeatureRows) {
        packed.multiply(rows.unsafePointer, into: gradient.unsafePointer, adding: true, m: rows.rows)
    }
}
