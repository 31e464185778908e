// SPDX-License-Identifier: Apache-2.0
import Matrices

/// A loss on one feature map. It sees the map as a ``FeatureVisitor`` does, in ranges of time, and knows nothing of the
/// network that the map comes from.
public protocol FeatureLoss: FeatureVisitor, WeighedLoss {}

/// How a sum over entries becomes a loss.
public enum LossNormalisation: String, CaseIterable, Sendable {
    /// The mean over entries, as in the Stanford seed's equations.
    case mean
    /// The plain sum, as in Ulyanov's code.
    case sum
    /// For N maps, 1 / (4 N^2) of the sum over Gram matrices that are divided by their positions M, which is Gatys'
    /// 1 / (4 N^2 M^2) where both sounds are as long; half the sum over activations.
    case gatys

    /// For squared errors of maps.
    func factor(entries: Int) -> Double {
        switch self {
        case .mean: 1 / Double(max(entries, 1))
        case .sum: 1
        case .gatys: 0.5
        }
    }

    /// For squared errors of Gram matrices.
    func gramFactor(columns: Int) -> Double {
        let entries = Double(max(columns, 1)) * Double(max(columns, 1))
        return switch self {
        case .mean: 1 / entries
        case .sum: 1
        case .gatys: 1 / (4 * entries)
        }
    }
}

/// By what `F^T F` is divided to become a Gram matrix.
public enum GramDivisor: String, CaseIterable, Sendable {
    /// The map's rows.
    case positions
    /// Rows times columns.
    case entries
    /// The rows of the network's input, before a convolution has made them fewer, as in Ulyanov's code.
    case frames

    func value(rows: Int, columns: Int, frames: Int) -> Double {
        switch self {
        case .positions: Double(max(rows, 1))
        case .entries: Double(max(rows * columns, 1))
        case .frames: Double(max(frames, 1))
        }
    }
}
