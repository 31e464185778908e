// SPDX-License-Identifier: Apache-2.0
import Foundation

/// How far a sound's statistics are from others: for each class, with s the sound's and t the others',
///
///     d = sum (s - t)^2 / sum t^2,
///
/// the inverse of McDermott and Simoncelli's signal-to-noise ratio, which is `-10 log10 d`. Statistics that one of the two is too short for are
/// left out, and what is hardly there counts as if it were a little (``least``).
public struct TextureDistance: Sendable {
    /// What is compared with.
    public let target: TextureStatistics

    /// - Parameter target: t.
    public init(to target: TextureStatistics) { self.target = target }

    /// The least sum of t^2: silence has no skewness and no variance.
    private static func least(_ kind: TextureClass) -> Double { kind == .subbandVariance ? 1e-16 : 1e-6 }

    /// d of each class.
    public func distances(of statistics: TextureStatistics) -> [TextureClass: Double] {
        Dictionary(uniqueKeysWithValues: TextureClass.allCases.map { ($0, distance(of: statistics, $0).value) })
    }

    /// The mean over classes of the root of d: 0 for the same statistics, 1 where all differences are as large as t.
    public func meanRatio(of statistics: TextureStatistics) -> Double {
        TextureClass.allCases.reduce(0) { $0 + distance(of: statistics, $1).value.squareRoot() }
            / Double(TextureClass.allCases.count)
    }

    /// The mean of d over classes.
    public func meanSquare(of statistics: TextureStatistics) -> Double {
        TextureClass.allCases.reduce(0) { $0 + distance(of: statistics, $1).value }
            / Double(TextureClass.allCases.count)
    }

    /// The derivatives of ``meanSquare(of:)`` with respect to s, times a weight.
    public func slopes(at statistics: TextureStatistics, weight: Double) -> TextureStatistics {
        var slopes = TextureStatistics()
        for kind in TextureClass.allCases {
            let power = distance(of: statistics, kind).power
            let scale = 2 * weight / (Double(TextureClass.allCases.count) * power)
            slopes[kind] = zip(statistics[kind], target[kind]).map { ($0 - $1).isNaN ? 0 : scale * ($0 - $1) }
        }
        return slopes
    }

    private func distance(
        of statistics: TextureStatistics, _ kind: TextureClass
    ) -> (value: Double, power: Double) {
        var (error, power) = (0.0, 0.0)
        for (own, other) in zip(statistics[kind], target[kind]) where !(own - other).isNaN {
            error += (own - other) * (own - other)
            power += other * other
        }
        power = max(power, Self.least(kind))
        return (error / power, power)
    }
}
