// SPDX-License-Identifier: Apache-2.0
import Matrices

/// A loss on one feature map. It sees the map as a ``FeatureVisitor`` does, in ranges of time, and knows nothing of the
/// network that the map comes from.
public protocol FeatureLoss: FeatureVisitor {
    /// The loss of the map last seen, without its weight.
    var value: Double { get }
}

/// How a sum over entries becomes a loss.
public enum LossNormalisation: Sendable {
    /// The mean over entries, as in the Stanford seed's equations.
    case mean
    /// The plain sum, as in Ulyanov's code.
    case sum

    func factor(entries: Int) -> Double {
        switch self {
        case .mean: 1 / Double(max(entries, 1))
        case .sum: 1
        }
    }
}
