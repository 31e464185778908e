// SPDX-License-Identifier: Apache-2.0

/// T rows cut into tiles that stay in a core's second-level cache, and tiles gathered into slots.
///
/// A slot's tiles are worked off in order by one thread, so sums kept for each slot don't depend on which thread took
/// it, nor on when.
struct TimeTiles: Sendable {
    /// T.
    let rows: Int
    /// Rows of every tile but the last: a multiple of 8, so that a tile's bits start on a byte.
    let tileRows: Int
    /// The number of slots.
    let slots: Int

    private var tiles: Int { (rows + tileRows - 1) / tileRows }

    /// - Parameters:
    ///   - tileRows: rounded up to a multiple of 8.
    ///   - slots: the number wanted; there are never more than tiles.
    init(rows: Int, tileRows: Int, slots: Int) {
        self.rows = rows
        self.tileRows = (max(tileRows, 1) + 7) / 8 * 8
        self.slots = max(1, min(slots, (rows + self.tileRows - 1) / self.tileRows))
    }

    /// The tiles of one slot, in order.
    func ranges(inSlot slot: Int) -> some Sequence<Range<Int>> {
        let (tiles, rows, tileRows) = (tiles, rows, tileRows)
        return (tiles * slot / slots..<tiles * (slot + 1) / slots).lazy.map { tile in
            tile * tileRows..<min((tile + 1) * tileRows, rows)
        }
    }
}
