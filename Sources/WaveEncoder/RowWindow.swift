// SPDX-License-Identifier: Apache-2.0
import Matrices

/// The rows of a long time-major map that are at hand: a window which slides along time. Rows keep their numbers in the
/// clip.
///
/// Around the window lie rows of zeros for a convolution to read: `before` of them in front of the clip's first row, and
/// `after` behind its last (see ``clear(from:)``). Threads may write disjoint rows; sliding is for one thread alone.
final class RowWindow<Element: BitwiseCopyable>: @unchecked Sendable {
    /// Values in a row, or in eight rows where a row is a row of bits.
    let columns: Int
    /// The first row at hand.
    private(set) var start = 0
    private let rowsPerLine: Int
    private let before: Int
    private let after: Int
    private let storage: AlignedBuffer<Element>

    /// A window at the clip's start, of zeros.
    ///
    /// - Parameters:
    ///   - capacity: rows at hand at most.
    ///   - rowsPerLine: 8 for rows of bits; rows then come in groups of eight.
    init(_ capacity: Int, columns: Int, before: Int = 0, after: Int = 0, rowsPerLine: Int = 1) {
        self.columns = columns
        self.before = before
        self.after = after
        self.rowsPerLine = rowsPerLine
        let rows = before + capacity + after
        storage = AlignedBuffer(count: (rows + rowsPerLine - 1) / rowsPerLine * columns)
    }

    /// Row `row`, which may lie in the zeros.
    func pointer(row: Int) -> UnsafeMutablePointer<Element> {
        assert(row >= start - before)
        let offset = (row - start + before) / rowsPerLine * columns
        assert(offset <= storage.count)
        return storage.pointer + offset
    }

    /// Drops all rows; the next one to come is `row`.
    func restart(at row: Int) { start = row }

    /// Drops the rows before `row` and keeps those up to `end`.
    func slide(to row: Int, keepingTo end: Int) {
        guard row > start else { return }
        let kept = pointer(row: row)
        let lines = (max(end - row, 0) + rowsPerLine - 1) / rowsPerLine
        start = row
        pointer(row: row).update(from: kept, count: lines * columns)
    }

    /// Makes the rows behind the clip's end zero.
    func clear(from end: Int) {
        UnsafeMutableRawPointer(pointer(row: end)).initializeMemory(
            as: UInt8.self, repeating: 0, count: after * columns * MemoryLayout<Element>.stride)
    }
}

extension RowWindow where Element == Float {
    /// A view of some rows.
    subscript(range: Range<Int>) -> FeatureRows {
        FeatureRows(start: UnsafePointer(pointer(row: range.lowerBound)), rows: range.count, columns: columns)
    }

    /// A view of some rows that may be written through.
    func mutable(_ range: Range<Int>) -> MutableFeatureRows {
        MutableFeatureRows(start: pointer(row: range.lowerBound), rows: range.count, columns: columns)
    }
}
