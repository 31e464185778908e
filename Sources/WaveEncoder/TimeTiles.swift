// SPDX-License-Identifier: Apache-2.0

/// Rows split into tiles that stay in a core's second-level cache, and tiles grouped into slots.
///
/// One thread processes a slot's tiles in order, so that sums accumulated for each slot don't depend on which thread ran
/// it, nor when.
struct TimeTiles: Sendable {
    /// The rows; the first one is a multiple of 8.
    let rows: Range<Int>
    /// Rows of a tile, at most: a multiple of 32.
    let tileRows: Int
    /// The number of slots.
    let slots: Int

    /// - Parameters:
    ///   - tileRows: a multiple of 32; see ``tileRows(near:)``.
    ///   - slots: at least 1. With fewer tiles, some slots are empty.
    init(rows: Range<Int>, tileRows: Int, slots: Int) {
        self.rows = rows
        self.tileRows = tileRows
        self.slots = slots
    }

    /// A size that works with every dilation.
    static func tileRows(near rows: Int) -> Int { (max(rows, 1) + 31) / 32 * 32 }

    /// The tiles of one slot, in order, shaped for a convolution of this dilation.
    func tiles(inSlot slot: Int, dilation: Int) -> [TimeTile] {
        let perTile = tileRows / (4 * dilation)
        if perTile > 0 {
            // Whole periods of 4 * dilation rows, one after the other.
            let span = perTile * 4 * dilation
            return share(of: (rows.count + span - 1) / span, slot: slot).map { index in
                let needed = (min(rows.count - index * span, span) + 4 * dilation - 1) / (4 * dilation)
                return TimeTile(
                    start: rows.lowerBound + index * span, periods: needed, run: dilation, dilation: dilation,
                    end: rows.upperBound)
            }
        }
        // A part of one period: four runs of rows, `dilation` apart.
        let run = tileRows / 4
        let runs = (dilation + run - 1) / run
        let periods = (rows.count + 4 * dilation - 1) / (4 * dilation)
        return share(of: periods * runs, slot: slot).compactMap { index in
            let offset = index % runs * run
            let start = rows.lowerBound + index / runs * 4 * dilation + offset
            guard start < rows.upperBound else { return nil }
            return TimeTile(
                start: start, periods: 1, run: min(run, dilation - offset), dilation: dilation, end: rows.upperBound)
        }
    }

    private func share(of tiles: Int, slot: Int) -> Range<Int> {
        tiles * slot / slots..<tiles * (slot + 1) / slots
    }
}

/// The rows of a tile, as a convolution over groups `t, t + d, t + 2 d, t + 3 d` needs them: for each period of 4 d rows, four
/// runs of consecutive rows, d apart. In a tile's own buffers the runs follow each other without gaps.
///
/// Where a run is as long as the dilation, the runs touch, and the tile is one stretch of time.
struct TimeTile: Sendable {
    /// The first row.
    let start: Int
    /// Periods of 4 d rows.
    let periods: Int
    /// Rows in a run: the groups of a period.
    let run: Int
    /// d.
    let dilation: Int
    /// The stretches of rows that are wanted: those before the end.
    let strips: [Strip]

    /// Consecutive rows.
    struct Strip: Sendable {
        /// In the clip, before the end.
        let range: Range<Int>
        /// The first one's place in the tile's own buffers.
        let place: Int
    }

    init(start: Int, periods: Int, run: Int, dilation: Int, end: Int) {
        self.start = start
        self.periods = periods
        self.run = run
        self.dilation = dilation
        strips =
            run == dilation
            ? [Strip(range: start..<min(start + 4 * periods * dilation, end), place: 0)]
            : (0..<4).compactMap { index in
                let first = start + index * dilation
                return first < end ? Strip(range: first..<min(first + run, end), place: index * run) : nil
            }
    }

    /// Groups of four rows.
    var groups: Int { periods * run }
    /// Rows in the tile's own buffers, those after the end too.
    var rows: Int { 4 * groups }
}
