// SPDX-License-Identifier: Apache-2.0
import Matrices
import TestSupport
import Testing
import WaveEncoder

@testable import Transfer

@Suite struct MomentStatisticTests {
    /// Runs a visitor over a map in ranges of some slots, and takes the gradient back where there is one.
    private func show(_ map: FeatureMap, to visitor: any FeatureVisitor, slots: Int = 3) -> [Float] {
        let gradient = FeatureMap(rows: map.rows, columns: map.columns)
        let ranges = (0..<slots).map { map.rows * $0 / slots..<map.rows * ($0 + 1) / slots }
        visitor.begin(FeatureTraversal(rows: map.rows, columns: map.columns, slots: slots, summing: .gradient))
        for (slot, range) in ranges.enumerated() { visitor.read(map[range], from: range.lowerBound, slot: slot) }
        visitor.end()
        for (slot, range) in ranges.enumerated() {
            visitor.addGradient(at: map[range], from: range.lowerBound, to: gradient.mutable(range), slot: slot)
        }
        visitor.endGradient()
        return gradient.values
    }

    private func moments(_ map: FeatureMap, slots: Int = 3) -> ChannelMoments {
        let moments = ChannelMoments()
        _ = show(map, to: moments, slots: slots)
        return moments
    }

    /// From NumPy 2 in float64: `m, s = f.mean(0), sqrt(f.var(0) + 1e-8)` of x and of the style,
    /// `((m - ms)**2 + (s - ss)**2).mean()` and `2 / (C T) ((m - ms) + (s - ss) (x - m) / s)`, which central differences confirm to
    /// 3e-11.
    @Test func valueAndGradientAgreeWithNumPy() {
        let own = FeatureMap([1, 0, 2, 0, 1, -1, 3, 1, 0, 0.5, 2, 1], columns: 3)
        let style = FeatureMap([1, 2, 0, 0, 1, 1, 2, 0, 1], columns: 3)
        let expected = [
            0.014937023886046511, 0.025783422582083368, 0.11681296493320505, -0.03223345169224805, 0.0,
            -0.1723685204887606, 0.10927797504263564, 0.0, -0.07597469201477204, -0.008648213903100771,
            -0.025783422582083368, 0.020419136459216503,
        ]
        for slots in [1, 3] {
            let loss = MomentLoss(target: moments(style, slots: slots).values, weight: 1)
            let gradient = show(own, to: loss, slots: slots)
            // Sums in float64 of numbers that float32 holds.
            #expect(abs(loss.value - 0.19246025509052536) < 1e-14)
            // Float32 holds the factors to 6e-8 of the largest entry.
            #expect(largestError(gradient.doubles, expected) < 3e-7)
        }
    }

    /// A channel that never changes has a finite gradient, and the style's own map none.
    @Test func flatChannelsAndTheStyleItself() {
        let flat = FeatureMap([0, 1, 0, 1, 0, 1], columns: 2)
        let style = FeatureMap([1, 2, 3, 0, 2, 1], columns: 2)
        let loss = MomentLoss(target: moments(style).values, weight: 0.5)
        #expect(show(flat, to: loss).allSatisfy { $0.isFinite } && loss.value > 0)
        #expect(show(style, to: loss).allSatisfy { abs($0) < 1e-7 } && loss.value <= loss.resolution)
    }

    /// Two styles: the weighted means of their moments.
    @Test func stylesMix() {
        let (one, two) = (FeatureMap([0, 2, 4], columns: 1), FeatureMap([10, 10], columns: 1))
        let mixed = ChannelMoments.Values.mean([(moments(one), 0.25), (moments(two), 0.75)])
        #expect(abs(mixed.means[0] - 8) < 1e-12)
        // The variances are 8 / 3 and 0.
        #expect(abs(mixed.deviations[0] - (0.25 * (8.0 / 3 + 1e-8).squareRoot() + 0.75e-4)) < 1e-12)
    }

    /// As `--loss moments` on an encoder: the whole objective's gradient by central differences, by both memory strategies.
    @Test(arguments: [MemoryStrategy.storeAll, MemoryStrategy(window: 80, targets: .recomputed)])
    func theObjectivesGradient(_ strategy: MemoryStrategy) throws {
        let sample = RandomCase(width: 8, layers: 3, samples: 500, seed: 9)
        var settings = try TransferSettings([\.loss: "moments", \.layers: "relu1"])
        settings.alpha = 0
        let objective = try TransferBackend(WaveEncoder(sample.weights, threads: 2, tileRows: 40)).objective(
            content: sample.signal(1), styles: [StyleSignal(sample.signal(2, samples: 700))], settings: settings,
            strategy: strategy)
        let x = sample.signal(5)
        let gradient = try objective.evaluate(x).gradient.doubles
        let length = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
        func loss(_ step: Double) throws -> Double {
            try objective.evaluate(zip(x, gradient).map { Float(Double($0) + step * $1 / length) }).losses.total
        }
        let difference = try (loss(1e-2) - loss(-1e-2)) / 2e-2
        // ReLUs on their kinks bend the loss within the step.
        #expect(length > 0 && abs(difference / length - 1) < 0.01)
    }
}
