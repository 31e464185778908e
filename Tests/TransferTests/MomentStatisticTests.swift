// SPDX-License-Identifier: Apache-2.0
import Matrices
import TestSupport
import Testing

@testable import Transfer

@Suite struct MomentStatisticTests {
    private func moments(_ map: FeatureMap, slots: Int = 3) -> ChannelMoments {
        let moments = ChannelMoments()
        _ = map.show(to: moments, slots: slots)
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
            let gradient = own.show(to: loss, slots: slots)
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
        #expect(flat.show(to: loss).allSatisfy { $0.isFinite } && loss.value > 0)
        #expect(style.show(to: loss).allSatisfy { abs($0) < 1e-7 } && loss.value <= loss.resolution)
    }

    /// Two styles: the weighted means of their moments.
    @Test func stylesMix() {
        let (one, two) = (FeatureMap([0, 2, 4], columns: 1), FeatureMap([10, 10], columns: 1))
        let mixed = ChannelMoments.Values.mean([(moments(one), 0.25), (moments(two), 0.75)])
        #expect(abs(mixed.means[0] - 8) < 1e-12)
        // The variances are 8 / 3 and 0.
        #expect(abs(mixed.deviations[0] - (0.25 * (8.0 / 3 + 1e-8).squareRoot() + 0.75e-4)) < 1e-12)
    }
}
