// SPDX-License-Identifier: Apache-2.0

/// Brings peaks under a ceiling where they are, so that a few of them do not turn the whole sound down: a style of drums has higher peaks than a
/// steady content, at one level.
///
/// Each block of 0.5 ms has the largest gain that it bears; the gain of all channels is the mean over 5 ms to both sides of the least within
/// 5.5 ms, straight between blocks.
struct PeakLimiter {
    let ceiling: Float
    let grid: Grid
    private static let reach = 10

    /// Limits in place.
    func apply(to channels: inout [[Float]]) {
        let samples = channels.first?.count ?? 0
        let size = max(grid.samples(0.0005), 1)
        let blocks = (samples + size - 1) / size
        var bearable = [Float](repeating: 1, count: blocks)
        for channel in channels {
            for block in 0..<blocks {
                var peak: Float = 0
                for t in block * size..<min((block + 1) * size, samples) { peak = max(peak, abs(channel[t])) }
                if peak > ceiling { bearable[block] = min(bearable[block], ceiling / peak) }
            }
        }
        guard bearable.contains(where: { $0 < 1 }) else { return }
        func around(_ block: Int, _ reach: Int) -> ClosedRange<Int> {
            max(block - reach, 0)...min(block + reach, blocks - 1)
        }
        let least = (0..<blocks).map { bearable[around($0, Self.reach + 1)].min() ?? 1 }
        let gains = (0..<blocks).map { block in
            let near = least[around(block, Self.reach)]
            return near.reduce(0, +) / Float(near.count)
        }
        for index in channels.indices {
            for t in 0..<samples {
                let place = min(max((Float(t % size) + 0.5) / Float(size) - 0.5, -0.5), 0.5)
                let block = t / size
                let other = min(max(place < 0 ? block - 1 : block + 1, 0), blocks - 1)
                channels[index][t] *= gains[block] + abs(place) * (gains[other] - gains[block])
            }
        }
    }
}
