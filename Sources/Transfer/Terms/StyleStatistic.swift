// SPDX-License-Identifier: Apache-2.0
import Matrices

/// By what the maps of styles are compared: the name that `--loss` takes, the options that it takes, and how it compares. What there
/// is stands in ``all``: a new one is a file and a line there.
public struct StyleStatistic: Sendable {
    /// What may be chosen of a comparison.
    public enum Option: Sendable {
        /// ``LossNormalisation``.
        case normalisation
        /// ``GramDivisor``.
        case gramDivisor
        /// ``LengthFit``: the maps must have one length.
        case fit
    }

    /// What `--loss` takes.
    public let name: String
    /// What `--help` says of it, after its name.
    public let help: String
    /// The options that change it.
    public let options: Set<Option>
    /// How the maps at one point are compared.
    let comparison: @Sendable (ComparedMap) -> MapComparison

    /// All of them, as `--help` lists them.
    public static let all: [StyleStatistic] = [gram, kl, covariance, moments, histogram, wasserstein, l2]
}

extension StyleStatistic: Hashable {
    public static func == (one: Self, other: Self) -> Bool { one.name == other.name }
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// The two kinds of comparison.
enum MapComparison {
    /// Row by row, with the styles' own rows, mixed by their shares.
    case rows(loss: (any FeatureSource) -> any FeatureLoss)
    /// By what a visitor of each style's map has found.
    ///
    /// - summary: what visits the map of a style, by its number.
    /// - loss: of what all of them found, in the styles' order.
    case summaries(summary: (Int) -> any FeatureVisitor, loss: ([any FeatureVisitor]) -> any FeatureLoss)
}

/// A map of x, and those of the styles at the same point.
struct ComparedMap {
    let own: MapShape
    let styles: [MapShape]
    /// The styles' shares, which sum to 1.
    let shares: [Double]
    /// Whether statistics may be formed between rows, and by which rows that is decided: of x's map and of all styles' together.
    let rows: (own: Int, styles: Int)?
    let threads: Int
    /// Of all random numbers.
    let seed: UInt64
    /// What was chosen of the comparison.
    let settings: StyleComparison

    var normalisation: LossNormalisation { settings.normalisation ?? .mean }
    var divisor: GramDivisor { settings.divisor ?? .positions }
}
