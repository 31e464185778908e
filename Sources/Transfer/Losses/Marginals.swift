// SPDX-License-Identifier: Apache-2.0
import Matrices

/// The values of each channel of a map `[T, C]`, or of its projections onto K directions, channel after channel: `[K, T]`. As many
/// distributions of one dimension.
final class Marginals: @unchecked Sendable {
    /// T.
    private(set) var rows = 0
    /// K.
    private(set) var channels = 0
    /// `[K, T]`.
    private(set) var values = AlignedBuffer<Float>(count: 0)
    private let directions: Directions?
    private let workers: Workers
    /// For each worker.
    private var rankings: [Ranking] = []
    /// For each slot, projections of some rows.
    private var projections: [AlignedBuffer<Float>] = []
    private static let rowsAtOnce = 64

    /// - Parameter directions: nil for the channels themselves.
    init(_ directions: Directions?, threads: Int) {
        self.directions = directions
        workers = Workers(count: threads)
    }

    func begin(_ traversal: FeatureTraversal) {
        let (rows, channels) = (traversal.rows, directions?.count ?? traversal.columns)
        let slots = directions == nil ? 0 : traversal.slots
        guard (rows, channels, slots) != (self.rows, self.channels, projections.count) || rankings.isEmpty else {
            return
        }
        (self.rows, self.channels) = (rows, channels)
        values = AlignedBuffer(count: rows * channels)
        rankings = (0..<workers.count).map { _ in Ranking(count: rows) }
        projections = (0..<slots).map { _ in AlignedBuffer(count: Self.rowsAtOnce * channels) }
    }

    /// Takes rows of the map.
    func read(_ rows: FeatureRows, from start: Int, slot: Int) {
        for first in stride(from: 0, to: rows.rows, by: Self.rowsAtOnce) {
            let count = min(Self.rowsAtOnce, rows.rows - first)
            var block = rows.unsafePointer + first * rows.columns
            if let directions {
                let projected = projections[slot].unsafePointer
                directions.project(block, into: projected, rows: count)
                block = UnsafePointer(projected)
            }
            for channel in 0..<channels {
                let own = values.unsafePointer + channel * self.rows + start + first
                for row in 0..<count { own[row] = block[row * channels + channel] }
            }
        }
    }

    /// Adds the gradient with respect to the map where the values are that with respect to themselves.
    func addGradient(from start: Int, to gradient: MutableFeatureRows, slot: Int) {
        for first in stride(from: 0, to: gradient.rows, by: Self.rowsAtOnce) {
            let count = min(Self.rowsAtOnce, gradient.rows - first)
            let target = gradient.unsafePointer + first * gradient.columns
            let block = directions == nil ? target : projections[slot].unsafePointer
            for channel in 0..<channels {
                let own = values.unsafePointer + channel * rows + start + first
                if directions == nil {
                    for row in 0..<count { block[row * channels + channel] += own[row] }
                } else {
                    for row in 0..<count { block[row * channels + channel] = own[row] }
                }
            }
            directions?.addBack(block, to: target, rows: count)
        }
    }

    /// Calls `body` with each channel's values `[T]` and the same by rank, on all threads.
    func rank(
        _ body: @Sendable (_ channel: Int, _ values: UnsafeMutablePointer<Float>, _ ranks: Ranking.Ranks) -> Void
    ) {
        let (rows, values, rankings) = (rows, values, rankings)
        workers.run(pieces: channels) { channel, worker in
            let own = values.unsafePointer + channel * rows
            rankings[worker].rank(own) { body(channel, own, $0) }
        }
    }

    /// Gives back what only reading and ranking need.
    func rest() { (rankings, projections) = ([], []) }
}

/// The quantile functions of a style's channels, or of its projections.
final class MarginalQuantiles: LargeSummary, @unchecked Sendable {
    let needsWhole = true
    /// Each channel's values, the smallest first after ``end()``.
    private let marginals: Marginals

    init(_ directions: Directions?, threads: Int) { marginals = Marginals(directions, threads: threads) }

    func begin(_ traversal: FeatureTraversal) { marginals.begin(traversal) }

    func read(_ rows: FeatureRows, from start: Int, slot: Int) { marginals.read(rows, from: start, slot: slot) }

    func end() {
        let rows = marginals.rows
        marginals.rank { _, values, ranks in
            for rank in 0..<rows { values[rank] = ranks.value(rank) }
        }
        marginals.rest()
    }

    func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {}
    func endGradient() {}

    /// The weighted mean of some styles' quantiles at the ranks of `rows` values, `[K, rows]`: which is the distribution whose mean squared
    /// Wasserstein distance from theirs is the smallest. The n values of a style are its quantiles at (i + 1/2) / n, linear in between.
    static func mean(
        _ styles: some Sequence<(MarginalQuantiles, Double)>, channels: Int, rows: Int
    ) -> AlignedBuffer<Float> {
        let styles = Array(styles)
        return AlignedBuffer(count: channels * rows) { mean in
            for (style, share) in styles {
                let (share, own) = (Float(styles.count > 1 ? share : 1), style.marginals.rows)
                guard own > 0 else { continue }
                for rank in 0..<rows {
                    let place = (Double(rank) + 0.5) * Double(own) / Double(rows) - 0.5
                    let bounded = min(max(place, 0), Double(own - 1))
                    let below = Int(bounded)
                    let (above, part) = (min(below + 1, own - 1), Float(bounded - Double(below)))
                    for channel in 0..<channels {
                        let values = style.marginals.values.unsafePointer + channel * own
                        mean[channel * rows + rank] += share * (values[below] + part * (values[above] - values[below]))
                    }
                }
            }
        }
    }
}

/// The squared Wasserstein distance of one-dimensional distributions, the mean over K of them: with x_k(r) the value of rank r of T and
/// q_k(r) the style's quantile there,
///
///     L = sum_k sum_r (x_k(r) - q_k(r))^2 / (K T),    dL/dx_k(r) = 2 (x_k(r) - q_k(r)) / (K T)
///
/// or with another normalisation. The gradient is exact where no two values are equal: ranks don't change within a small step.
final class MarginalLoss: FeatureLoss, @unchecked Sendable {
    private(set) var value = 0.0
    let needsWhole = true
    var weight: Double
    /// q, `[K, T]`.
    private let target: AlignedBuffer<Float>
    private let normalisation: LossNormalisation
    private let marginals: Marginals
    /// For each channel, its sum of squares.
    private let squares: AlignedBuffer<Double>

    /// - Parameters:
    ///   - target: `[K, T]`, for maps of T rows.
    ///   - channels: K.
    ///   - weight: of this loss in the total.
    init(
        target: AlignedBuffer<Float>, channels: Int, weight: Double, normalisation: LossNormalisation,
        directions: Directions?, threads: Int
    ) {
        (self.target, self.weight, self.normalisation) = (target, weight, normalisation)
        marginals = Marginals(directions, threads: threads)
        squares = AlignedBuffer(count: channels)
    }

    /// Float32's activations and projections are known to some 1e-6 of their size.
    var resolution: Double {
        let squares = (0..<target.count).reduce(0.0) {
            $0 + Double(target.unsafePointer[$1]) * Double(target.unsafePointer[$1])
        }
        return 1e-12 * normalisation.factor(entries: target.count) * squares
    }

    func begin(_ traversal: FeatureTraversal) {
        marginals.begin(traversal)
        precondition(
            (marginals.values.count, marginals.channels) == (target.count, squares.count), "a map of another shape")
    }

    func read(_ rows: FeatureRows, from start: Int, slot: Int) { marginals.read(rows, from: start, slot: slot) }

    func end() {
        let (rows, target, squares) = (marginals.rows, target, squares)
        let factor = normalisation.factor(entries: target.count)
        let scale = Float(2 * weight * factor)
        marginals.rank { channel, values, ranks in
            let wanted = target.unsafePointer + channel * rows
            var sum = 0.0
            for rank in 0..<rows {
                let place = ranks.place(rank)
                let difference = values[place] - wanted[rank]
                sum += Double(difference) * Double(difference)
                values[place] = scale * difference
            }
            squares.unsafePointer[channel] = sum
        }
        value = factor * (0..<squares.count).reduce(0) { $0 + squares.unsafePointer[$1] }
    }

    func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {
        marginals.addGradient(from: start, to: gradient, slot: slot)
    }

    func endGradient() {}
}

extension ComparedMap {
    /// By the distributions of channels, or of projections.
    func marginals(_ directions: Directions?) -> MapComparison {
        let channels = directions?.count ?? own.columns
        return .summaries(
            summary: { _ in MarginalQuantiles(directions, threads: threads) },
            loss: { summaries in
                let quantiles = summaries.compactMap { $0 as? MarginalQuantiles }
                return MarginalLoss(
                    target: MarginalQuantiles.mean(zip(quantiles, shares), channels: channels, rows: own.rows),
                    channels: channels, weight: 1, normalisation: normalisation, directions: directions,
                    threads: threads)
            })
    }
}
