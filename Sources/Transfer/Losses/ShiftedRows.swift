// SPDX-License-Identifier: Apache-2.0
import Matrices

/// Rows of a map less one row: sums of their products keep their digits where means are large beside deviations. One slot's.
final class ShiftedRows: @unchecked Sendable {
    /// The rows that were added, and their sum `[C]` less that many times ``origin``.
    private(set) var count = 0
    let sums: AlignedBuffer<Double>
    /// The first row that was added, `[C]`.
    let origin: AlignedBuffer<Float>
    private let columns: Int
    private let block: AlignedBuffer<Float>
    private static let rowsAtOnce = 64

    init(columns: Int) {
        self.columns = columns
        (sums, origin) = (AlignedBuffer(count: columns), AlignedBuffer(count: columns))
        block = AlignedBuffer(count: Self.rowsAtOnce * columns)
    }

    /// Forgets the rows.
    func restart() {
        count = 0
        sums.unsafePointer.update(repeating: 0, count: columns)
    }

    /// Adds rows, and lends them shifted, some at a time.
    func add(_ rows: FeatureRows, _ body: (_ shifted: FeatureRows) -> Void) {
        if count == 0, rows.rows > 0 { origin.unsafePointer.update(from: rows.unsafePointer, count: columns) }
        count += rows.rows
        shift(rows, by: origin.unsafePointer) { shifted, _ in
            for row in 0..<shifted.rows {
                let values = shifted.unsafePointer + row * columns
                for column in 0..<columns { sums.unsafePointer[column] += Double(values[column]) }
            }
            body(shifted)
        }
    }

    /// Lends rows less a row, some at a time, with the number of the first of them.
    func shift(
        _ rows: FeatureRows, by origin: UnsafePointer<Float>, _ body: (_ shifted: FeatureRows, _ first: Int) -> Void
    ) {
        for first in stride(from: 0, to: rows.rows, by: Self.rowsAtOnce) {
            let (count, from) = (min(Self.rowsAtOnce, rows.rows - first), rows.unsafePointer + first * columns)
            let to = block.unsafePointer
            for row in 0..<count {
                for column in 0..<columns {
                    to[row * columns + column] = from[row * columns + column] - origin[column]
                }
            }
            body(FeatureRows(unsafePointer: UnsafePointer(to), rows: count, columns: columns), first)
        }
    }
}
