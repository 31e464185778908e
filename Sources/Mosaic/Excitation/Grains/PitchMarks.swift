// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Places in a sound that grains are cut around: one in each period where there is a pitch, else every 5 ms.
struct PitchMarks {
    /// In samples, ascending.
    private(set) var positions: [Int] = []
    /// In samples.
    private(set) var periods: [Double] = []
    private(set) var isVoiced: [Bool] = []

    /// The first mark of a voiced run is at the largest sample within half a period; each further one where the waveform correlates best
    /// with that around the one before, within a fifth of a period.
    ///
    /// - Parameter pitch: every 10 ms of the samples.
    init(_ samples: [Float], _ pitch: PitchTrack, _ grid: Grid) {
        let unvoiced = Self.unvoicedPeriod(grid)
        let pad = grid.samples(0.125)
        let padded = [Float](repeating: 0, count: pad) + samples + [Float](repeating: 0, count: pad)
        var place = unvoiced
        var follows = false
        while place < Double(samples.count) - unvoiced {
            let step = min(Int(place / grid.step + 0.5), pitch.count - 1)
            let period = pitch.isVoiced[step] ? Double(grid.rate) / Double(pitch.f0[step]) : unvoiced
            if pitch.isVoiced[step] {
                if follows, let last = positions.last {
                    place = Double(Self.continuation(padded, pad: pad, after: last, period, grid))
                } else {
                    let half = Int(period / 2)
                    let first = Int(place) - half
                    let largest = (first...first + 2 * half).max { abs(padded[pad + $0]) < abs(padded[pad + $1]) }
                    place = Double(max(largest ?? Int(place), positions.last.map { $0 + grid.samples(0.0005) } ?? .min))
                }
            }
            follows = pitch.isVoiced[step]
            positions.append(Int(place))
            periods.append(period)
            isVoiced.append(follows)
            place += period
        }
    }

    /// In samples.
    static func unvoicedPeriod(_ grid: Grid) -> Double { 0.005 * Double(grid.rate) }

    /// The mark nearest to a sample, the first of equal ones; nil where there is none.
    func nearest(to sample: Double) -> Int? {
        var (low, high) = (0, positions.count)
        while low < high {
            let middle = (low + high) / 2
            if Double(positions[middle]) < sample { low = middle + 1 } else { high = middle }
        }
        guard low < positions.count else { return positions.indices.last }
        guard low > 0 else { return low }
        return sample - Double(positions[low - 1]) <= Double(positions[low]) - sample ? low - 1 : low
    }

    private static func continuation(
        _ padded: [Float], pad: Int, after last: Int, _ period: Double, _ grid: Grid
    ) -> Int {
        let half = Int(min(period, 0.025 * Double(grid.rate)))
        let reach = max(1, Int(0.2 * period))
        let centre = Int((Double(last) + period).rounded(.toNearestOrEven))
        let (origin, first) = (pad + last - half, pad + centre - reach - half)
        guard first >= 0, first + 2 * half + 2 * reach < padded.count else { return centre }
        var (best, shift) = (-Double.infinity, 0)
        var energy = 0.0
        for t in first..<first + 2 * half { energy += Double(padded[t]) * Double(padded[t]) }
        for d in 0...2 * reach {
            var product: Float = 0
            for t in 0..<2 * half { product += padded[origin + t] * padded[first + d + t] }
            let value = Double(product) / (max(energy, 0) + 1e-9).squareRoot()
            if value > best { (best, shift) = (value, d) }
            let (leaving, coming) = (Double(padded[first + d]), Double(padded[first + d + 2 * half]))
            energy += coming * coming - leaving * leaving
        }
        return centre - reach + shift
    }
}
