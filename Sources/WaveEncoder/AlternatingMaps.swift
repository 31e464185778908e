// SPDX-License-Identifier: Apache-2.0
import Matrices

/// Maps that follow each other through the blocks, each written in one pass and convolved in the next: two buffers, used in
/// turn, hold them. The rows that a map's convolution reads again in the next window of time are saved in between.
final class AlternatingMaps: Sendable {
    private let buffers: [RowWindow<Float>]
    /// For each block, the saved rows.
    private let aside: [RowWindow<Float>]

    /// - Parameters:
    ///   - capacity: the most rows of a map in memory at once.
    ///   - carried: for each block, the most rows that are saved.
    ///   - dilation: the largest of the convolutions that read the maps.
    init(capacity: Int, carried: [Int], columns: Int, dilation: Int) {
        let (before, after) = DilatedConvolution.margins(dilation: dilation)
        buffers = (0..<2).map { _ in RowWindow(capacity, columns: columns, before: before, after: after) }
        aside = carried.map { RowWindow($0, columns: columns) }
    }

    /// The map of a block, from 1.
    subscript(block: Int) -> RowWindow<Float> { buffers[block % 2] }

    /// Prepares a buffer for a block's map, and restores the saved rows: those up to `end`, where new rows will follow.
    func open(_ block: Int, from row: Int, to end: Int) {
        let map = self[block]
        map.restart(at: row)
        guard end > row else { return }
        map.unsafePointer(row: row).update(
            from: aside[block - 1].unsafePointer(row: row), count: (end - row) * map.columns)
    }

    /// Saves the map's last rows.
    func setAside(_ block: Int, _ rows: Range<Int>) {
        let kept = aside[block - 1]
        kept.restart(at: rows.lowerBound)
        kept.unsafePointer(row: rows.lowerBound).update(
            from: self[block].unsafePointer(row: rows.lowerBound), count: rows.count * kept.columns)
    }
}
