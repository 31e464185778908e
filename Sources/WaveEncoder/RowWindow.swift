// SPDX-License-Identifier: Apache-2.0
import Matrices

/// The rows of a long time-major map that are in memory: a window that slides along time. Rows keep their numbers in the
/// clip.
///
/// Around the window are rows of zeros for a convolution to read: `before` of them before the clip's first row, and
/// `after` after its last (see ``clear(from:count:)``). Threads may write disjoint rows; only one thread may slide the window.
final class RowWindow<Element: BitwiseCopyable>: @unchecked Sendable {
    /// Values in a row, or in eight rows where a row is a row of bits.
    let columns: Int
    /// The first row in memory.
    private(set) var start = 0
    private let rowsPerLine: Int
    private let before: Int
    private let after: Int
    private let storage: AlignedBuffer<Element>

    /// A window at the clip's start, of zeros.
    ///
    /// - Parameters:
    ///   - capacity: the most rows in memory.
    ///   - rowsPerLine: 8 for rows of bits; rows then come in groups of eight.
    init(_ capacity: Int, columns: Int, before: Int = 0, after: Int = 0, rowsPerLine: Int = 1) {
        self.columns = columns
        self.before = before
        self.after = after
        self.rowsPerLine = rowsPerLine
        let rows = before + capacity + after
        storage = AlignedBuffer(count: (rows + rowsPerLine - 1) / rowsPerLine * columns)
    }

    /// Row `row`, which may be one of the zeros.
    func unsafePointer(row: Int) -> UnsafeMutablePointer<Element> {
        assert(row >= start - before)
        let offset = (row - start + before) / rowsPerLine * columns
        assert(offset <= storage.count)
        return storage.unsafePointer + offset
    }

    /// Drops all rows; the next one to come is `row`.
    func restart(at row: Int) { start = row }

    /// Drops the rows before `row` and keeps those up to `end`.
    func slide(to row: Int, keepingTo end: Int) {
        guard row > start else { return }
        let kept = unsafePointer(row: row)
        let lines = (max(end - row, 0) + rowsPerLine - 1) / rowsPerLine
        start = row
        unsafePointer(row: row).update(from: kept, count: lines * columns)
    }

    /// Makes some rows from `end` on zero, at most `after`.
    func clear(from end: Int, count: Int) {
        UnsafeMutableRawPointer(unsafePointer(row: end)).initializeMemory(
            as: UInt8.self, repeating: 0, count: min(count, after) * columns * MemoryLayout<Element>.stride)
    }
}

extension RowWindow where Element == Float {
    /// A view of some rows.
    subscript(range: Range<Int>) -> FeatureRows {
        FeatureRows(
            unsafePointer: UnsafePointer(unsafePointer(row: range.lowerBound)), rows: range.count, columns: columns)
    }

    /// A writable view of some rows.
    func mutable(_ range: Range<Int>) -> MutableFeatureRows {
        MutableFeatureRows(unsafePointer: unsafePointer(row: range.lowerBound), rows: range.count, columns: columns)
    }
}
