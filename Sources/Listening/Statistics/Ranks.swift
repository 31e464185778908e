// SPDX-License-Identifier: Apache-2.0

/// Ranks from 1, equal values having the mean of theirs.
struct Ranks {
    /// In the order of the values; multiples of 1/2.
    let ranks: [Double]
    /// Sum of t^3 - t over groups of t equal values: 0 without ties.
    let tieTerm: Double

    init(of values: [Double]) {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var (ranks, tieTerm) = ([Double](repeating: 0, count: values.count), 0.0)
        var first = 0
        while first < order.count {
            var end = first + 1
            while end < order.count, values[order[end]] == values[order[first]] { end += 1 }
            let size = Double(end - first)
            for place in first..<end { ranks[order[place]] = Double(first + end + 1) / 2 }
            tieTerm += size * size * size - size
            first = end
        }
        (self.ranks, self.tieTerm) = (ranks, tieTerm)
    }
}
