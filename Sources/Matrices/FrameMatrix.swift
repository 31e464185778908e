// SPDX-License-Identifier: Apache-2.0

/// Rows of a map laid out for products from both sides.
///
/// Products between frames are the differences of large numbers in the end: a loss of 10^2 remains of squares of 10^5. So their
/// sums over channels are formed in float32 over 128 channels at a time, and in float64 over those.
public final class FrameMatrix: Sendable {
    /// Rows of the map.
    public let rows: Int
    /// The same, rounded up to what suits the kernels; the rows beyond are zeros.
    public let padded: Int
    private let columns: Int
    private let values: AlignedBuffer<Float>
    /// As the right-hand side `[padded, C]`.
    public let byRows: PackedMatrix
    private let slices: [Slice]

    /// Some channels.
    private struct Slice: Sendable {
        let first: Int
        /// `[padded, width]`.
        let values: AlignedBuffer<Float>
        /// As the right-hand side `[width, padded]`.
        let byColumns: PackedMatrix
        var width: Int { byColumns.k }
    }

    private static let sliceWidth = 128
    /// Rows that are one thread's work at a time.
    public static let rowsOfPiece = 64

    /// A map of zeros.
    public init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
        let padded = Self.padded(rows)
        self.padded = padded
        values = AlignedBuffer(count: padded * columns)
        byRows = PackedMatrix(rows: padded, columns: columns)
        slices = stride(from: 0, to: columns, by: Self.sliceWidth).map { first in
            let width = min(Self.sliceWidth, columns - first)
            return Slice(
                first: first, values: AlignedBuffer(count: padded * width),
                byColumns: PackedMatrix(rows: width, columns: padded))
        }
    }

    private static func padded(_ rows: Int) -> Int { (rows + 31) / 32 * 32 }

    /// Takes some rows of the map.
    public func set(_ rows: FeatureRows, from start: Int) {
        (values.unsafePointer + start * columns).update(from: rows.unsafePointer, count: rows.count)
        for slice in slices {
            for row in 0..<rows.rows {
                (slice.values.unsafePointer + (start + row) * slice.width).update(
                    from: rows.unsafePointer + row * columns + slice.first, count: slice.width)
            }
        }
    }

    /// Subtracts each channel's mean, when all rows are there.
    public func centre(_ workers: Workers) {
        workers.run(pieces: slices.count) { piece, _ in
            let slice = slices[piece]
            let own = MutableFeatureRows(unsafePointer: slice.values.unsafePointer, rows: rows, columns: slice.width)
            own.centre()
            for row in 0..<rows {
                (values.unsafePointer + row * columns + slice.first).update(
                    from: own.unsafePointer + row * slice.width, count: slice.width)
            }
        }
    }

    /// Lays the rows out, when all are there.
    public func pack(_ workers: Workers) {
        workers.run(pieces: slices.count + 1) { piece, _ in
            if piece == 0 {
                byRows.pack(values.unsafePointer)
            } else {
                slices[piece - 1].byColumns.pack(slices[piece - 1].values.unsafePointer, transposed: true)
            }
        }
    }

    /// `products = self other^T`, `[rows, other.padded]`.
    ///
    /// - Parameter scratch: for each worker, ``rowsOfPiece`` rows of `other.padded`.
    public func multiply(
        by other: FrameMatrix, into products: AlignedBuffer<Double>, _ scratch: [AlignedBuffer<Float>],
        _ workers: Workers
    ) {
        workers.run(pieces: pieces) { piece, worker in
            let range = self.range(ofPiece: piece)
            let (count, part) = (range.count * other.padded, scratch[worker].unsafePointer)
            let total = products.unsafePointer + range.lowerBound * other.padded
            total.update(repeating: 0, count: count)
            for (own, others) in zip(slices, other.slices) {
                others.byColumns.multiply(
                    own.values.unsafePointer + range.lowerBound * own.width, into: part, adding: false, m: range.count)
                Elementwise.drain(part, into: total, count: count)
            }
        }
    }

    /// Ranges of rows that are one thread's work at a time.
    public var pieces: Int { (rows + Self.rowsOfPiece - 1) / Self.rowsOfPiece }

    /// One of them.
    public func range(ofPiece piece: Int) -> Range<Int> {
        piece * Self.rowsOfPiece..<min((piece + 1) * Self.rowsOfPiece, rows)
    }
}
