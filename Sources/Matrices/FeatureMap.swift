// SPDX-License-Identifier: Apache-2.0

/// A time-major feature map `[T, C]`: row t holds the C channels at time t, one row after the other in memory.
///
/// `margin` rows of zeros on either side let a convolution with zero 'same' padding read past the ends without a special
/// case. Code that writes rows leaves the margins alone.
public final class FeatureMap: Sendable {
    /// T.
    public let rows: Int
    /// C.
    public let columns: Int
    /// Rows of zeros before the first and after the last row.
    public let margin: Int
    private let storage: AlignedBuffer<Float>

    /// A map of zeros.
    public init(rows: Int, columns: Int, margin: Int = 0) {
        self.rows = rows
        self.columns = columns
        self.margin = margin
        storage = AlignedBuffer(count: (rows + 2 * margin) * columns)
    }

    /// A map of values, row after row; of as many rows as there are.
    public init(_ values: [Float], columns: Int) {
        (rows, self.columns, margin) = (values.count / max(columns, 1), columns, 0)
        storage = AlignedBuffer(values)
    }

    /// Row `row`, which may lie in the margin.
    public func unsafePointer(row: Int) -> UnsafeMutablePointer<Float> {
        assert(row >= -margin && row <= rows + margin)
        return storage.unsafePointer + (row + margin) * columns
    }

    /// A view of some rows.
    public subscript(range: Range<Int>) -> FeatureRows {
        FeatureRows(
            unsafePointer: UnsafePointer(unsafePointer(row: range.lowerBound)), rows: range.count, columns: columns)
    }

    /// A writable view of some rows.
    public func mutable(_ range: Range<Int>) -> MutableFeatureRows {
        MutableFeatureRows(unsafePointer: unsafePointer(row: range.lowerBound), rows: range.count, columns: columns)
    }

    /// All values without the margins, row after row.
    public var values: [Float] {
        Array(UnsafeBufferPointer(start: unsafePointer(row: 0), count: rows * columns))
    }
}

/// Some consecutive rows of a feature map, valid during the call that passes them.
public struct FeatureRows: @unchecked Sendable {
    /// The first row's first channel.
    public let unsafePointer: UnsafePointer<Float>
    /// The number of rows.
    public let rows: Int
    /// C.
    public let columns: Int

    /// A view of `rows * columns` values.
    public init(unsafePointer: UnsafePointer<Float>, rows: Int, columns: Int) {
        self.unsafePointer = unsafePointer
        self.rows = rows
        self.columns = columns
    }

    /// The number of values.
    public var count: Int { rows * columns }
}

/// Some consecutive writable rows, valid during the call that passes them.
public struct MutableFeatureRows: @unchecked Sendable {
    /// The first row's first channel.
    public let unsafePointer: UnsafeMutablePointer<Float>
    /// The number of rows.
    public let rows: Int
    /// C.
    public let columns: Int

    /// A view of `rows * columns` values.
    public init(unsafePointer: UnsafeMutablePointer<Float>, rows: Int, columns: Int) {
        self.unsafePointer = unsafePointer
        self.rows = rows
        self.columns = columns
    }

    /// The number of values.
    public var count: Int { rows * columns }

    /// Subtracts each channel's mean over the rows, a sum in float64.
    public func centre() {
        var means = [Double](repeating: 0, count: columns)
        for row in 0..<rows {
            for column in 0..<columns { means[column] += Double(unsafePointer[row * columns + column]) }
        }
        for row in 0..<rows {
            for column in 0..<columns {
                let index = row * columns + column
                unsafePointer[index] = Float(Double(unsafePointer[index]) - means[column] / Double(rows))
            }
        }
    }
}
