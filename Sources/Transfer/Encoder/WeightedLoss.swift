// SPDX-License-Identifier: Apache-2.0
import Matrices
import WaveEncoder

/// A loss at a tap of the encoder, with its share of the style or of the content.
struct WeightedLoss {
    let tap: Tap
    let weight: Double
    let loss: any FeatureLoss
}

extension [WeightedLoss] {
    /// The weighted sum of the losses.
    var value: Double { reduce(0) { $0 + $1.weight * $1.loss.value } }

    /// The losses by the taps that they look at.
    var visitors: [Tap: [any FeatureVisitor]] { reduce(into: [:]) { $0[$1.tap, default: []].append($1.loss) } }
}
