// SPDX-License-Identifier: Apache-2.0
import Matrices

extension StyleStatistic {
    /// Mean and deviation of each channel (Li, Wang, Liu, Hou: Demystifying Neural Style Transfer, 2017; Huang and Belongie: Arbitrary
    /// Style Transfer in Real-time with Adaptive Instance Normalization, 2017): nothing of how channels go together.
    public static let moments = StyleStatistic(
        name: "moments", help: "compares mean and deviation of each channel alone", options: []
    ) { map in
        .summaries(
            summary: { _ in ChannelMoments() },
            loss: { summaries in
                MomentLoss(target: .mean(zip(summaries.compactMap { $0 as? ChannelMoments }, map.shares)), weight: 1)
            })
    }
}

/// The mean and the deviation of each channel of a map `[T, C]`, in float64: `s = sqrt(mean (x - m)^2 + 1e-8)`. The constant, the
/// square of an amplitude of 1e-4, gives a channel that does not vary a slope.
final class ChannelMoments: FeatureVisitor, @unchecked Sendable {
    /// m and s, `[C]` each.
    struct Values {
        var means: [Double]
        var deviations: [Double]

        /// The weighted mean of some styles' moments.
        static func mean(_ styles: some Sequence<(ChannelMoments, Double)>) -> Values {
            func mix(_ values: (Values) -> [Double]) -> [Double] {
                styles.reduce([]) { sum, style in
                    let own = values(style.0.values).map { style.1 * $0 }
                    return sum.isEmpty ? own : zip(sum, own).map(+)
                }
            }
            return Values(means: mix(\.means), deviations: mix(\.deviations))
        }
    }

    let needsWhole = true
    private(set) var rows = 0
    private var columns = 0
    /// For each slot, the sums over its rows of each channel's values, then those of their squares.
    private var sums: [AlignedBuffer<Double>] = []

    func begin(_ traversal: FeatureTraversal) {
        (rows, columns) = (traversal.rows, traversal.columns)
        sums = (0..<traversal.slots).map { _ in AlignedBuffer(count: 2 * columns) }
    }

    func read(_ rows: FeatureRows, from start: Int, slot: Int) {
        let sums = sums[slot].unsafePointer
        for row in 0..<rows.rows {
            for column in 0..<columns {
                let value = Double(rows.unsafePointer[row * columns + column])
                sums[column] += value
                sums[columns + column] += value * value
            }
        }
    }

    /// After ``end()``.
    var values: Values {
        func mean(_ index: Int) -> Double { sums.reduce(0) { $0 + $1.unsafePointer[index] } / Double(max(rows, 1)) }
        let means = (0..<columns).map(mean)
        let deviations = means.indices.map { (max(mean(columns + $0) - means[$0] * means[$0], 0) + 1e-8).squareRoot() }
        return Values(means: means, deviations: deviations)
    }

    func end() {}
    func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {}
    func endGradient() {}
}

extension ChannelMoments: StorableSummary {
    /// The sums over all slots.
    var stored: StoredSummary {
        let all = (0..<2 * columns).map { index in sums.reduce(0) { $0 + $1.unsafePointer[index] } }
        return StoredSummary(rows: rows, columns: columns, values: all)
    }

    func restore(_ stored: StoredSummary) -> Bool {
        guard stored.columns > 0, stored.values.count == 2 * stored.columns else { return false }
        (rows, columns, sums) = (stored.rows, stored.columns, [AlignedBuffer(stored.values)])
        return true
    }
}

/// `L = mean_c ((m - m_style)^2 + (s - s_style)^2)` with the moments of each channel c;
/// `dL/dx[t, c] = 2 / (C T) (m - m_style + (s - s_style) (x - m) / s)`.
final class MomentLoss: FeatureLoss, @unchecked Sendable {
    private(set) var value = 0.0
    let needsWhole = true
    var weight: Double
    private let target: ChannelMoments.Values
    private let moments = ChannelMoments()
    /// The gradient at x is `offsets + slopes x`, channel by channel.
    private var offsets: [Float] = []
    private var slopes: [Float] = []

    /// - Parameters:
    ///   - target: of the style.
    ///   - weight: of this loss in the total.
    init(target: ChannelMoments.Values, weight: Double) {
        (self.target, self.weight) = (target, weight)
    }

    /// Activations are float32's: moments are known to some 1e-7 of their size.
    var resolution: Double {
        let squares = (target.means + target.deviations).reduce(0) { $0 + $1 * $1 }
        return 1e-14 * squares / Double(max(target.means.count, 1))
    }

    func begin(_ traversal: FeatureTraversal) { moments.begin(traversal) }

    func read(_ rows: FeatureRows, from start: Int, slot: Int) { moments.read(rows, from: start, slot: slot) }

    func end() {
        let own = moments.values
        let means = zip(own.means, target.means).map(-)
        let deviations = zip(own.deviations, target.deviations).map(-)
        let count = Double(max(means.count, 1))
        value = (means + deviations).reduce(0) { $0 + $1 * $1 } / count
        let scale = 2 * weight / (count * Double(max(moments.rows, 1)))
        let relative = zip(deviations, own.deviations).map { scale * $0 / $1 }
        slopes = relative.map { Float($0) }
        offsets = means.indices.map { Float(scale * means[$0] - relative[$0] * own.means[$0]) }
    }

    func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {
        for row in 0..<rows.rows {
            for column in 0..<rows.columns {
                let index = row * rows.columns + column
                gradient.unsafePointer[index] += offsets[column] + slopes[column] * rows.unsafePointer[index]
            }
        }
    }

    func endGradient() {}
}
