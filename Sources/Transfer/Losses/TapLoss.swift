// SPDX-License-Identifier: Apache-2.0
import Matrices

/// A loss at a tap of a network.
struct TapLoss<Tap: Hashable> {
    let tap: Tap
    /// Its share of the style or of the content.
    let share: Double
    let loss: any FeatureLoss
}

extension Array {
    /// The losses by the taps that they look at.
    func visitors<Tap>() -> [Tap: [any FeatureVisitor]] where Element == TapLoss<Tap> {
        reduce(into: [:]) { $0[$1.tap, default: []].append($1.loss) }
    }

    /// The losses as parts of a named term of the total.
    func terms<Tap>(_ name: String, weight: Double) -> [LossTerm] where Element == TapLoss<Tap> {
        map { LossTerm(name, share: $0.share, weight: weight, $0.loss) }
    }
}
