// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The troughs of a normalised difference function and how likely each of them is the period: YIN for a hundred
/// thresholds at once, weighted by a beta distribution (Mauch and Dixon: pYIN, a fundamental frequency
/// estimator using probabilistic threshold distributions, 2014).
///
/// Where the paper takes the first trough below a threshold, the authors' program, like librosa, distributes the
/// threshold's probability over all troughs below: the i-th of N has `(1 - e^-2) e^(-2 i) / (1 - e^(-2 N))` of it. A
/// threshold with no trough below gives the deepest one a hundredth of its probability.
struct PeriodCandidates {
    /// A trough.
    struct Candidate: Equatable {
        /// In samples, between two of them.
        let period: Double
        /// Over all candidates at most 1; the rest is the probability of no period.
        let probability: Double
    }

    /// The thresholds: 0.01, 0.02, ... 1.
    private static let thresholds = 100
    /// Lambda of the Boltzmann distribution.
    private static let decay = 2.0
    /// The factor for a threshold that is below all troughs.
    private static let leftover = 0.01
    /// The probability of a threshold between i / 100 and (i + 1) / 100, by the beta distribution (2, 18).
    private let probabilities: [Double]

    init() {
        // For whole parameters the distribution function is a binomial sum: P(at least 2 of 19).
        let below = (0...Self.thresholds).map { index in
            let x = Double(index) / Double(Self.thresholds)
            return 1 - pow(1 - x, 18) * (1 + 18 * x)
        }
        probabilities = zip(below, below.dropFirst()).map { $1 - $0 }
    }

    /// The candidates of a frame, shortest period first.
    ///
    /// - Parameters:
    ///   - difference: at least two values of ``normalisedDifference(of:periods:)``.
    ///   - shortest: the period of the first.
    func callAsFunction(_ difference: [Double], shortest: Int) -> [Candidate] {
        let troughs = Self.troughs(of: difference)
        guard let deepest = troughs.indices.min(by: { difference[troughs[$0]] < difference[troughs[$1]] }) else {
            return []
        }
        var shares = [Double](repeating: 0, count: troughs.count)
        for (index, probability) in probabilities.enumerated() {
            let threshold = Double(index + 1) / Double(Self.thresholds)
            let below = troughs.indices.filter { difference[troughs[$0]] < threshold }
            guard !below.isEmpty else {
                shares[deepest] += Self.leftover * probability
                continue
            }
            var share = probability * (1 - exp(-Self.decay)) / (1 - exp(-Self.decay * Double(below.count)))
            for trough in below {
                shares[trough] += share
                share *= exp(-Self.decay)
            }
        }
        return zip(troughs, shares).compactMap { trough, share in
            guard share > 0 else { return nil }
            let period = Double(shortest + trough) + Self.shift(of: difference, at: trough)
            return Candidate(period: period, probability: share)
        }
    }

    /// Values below the one before and not above the one after; at the ends, below their only neighbour.
    private static func troughs(of x: [Double]) -> [Int] {
        x.indices.filter { i in
            if i == 0 { return x[i] < x[i + 1] }
            return x[i] < x[i - 1] && (i == x.count - 1 || x[i] <= x[i + 1])
        }
    }

    /// Where the parabola through a value and its neighbours has its vertex, from the value: within 1, or else 0, as it
    /// is at the ends.
    private static func shift(of x: [Double], at i: Int) -> Double {
        guard i > 0, i < x.count - 1 else { return 0 }
        let curvature = x[i + 1] + x[i - 1] - 2 * x[i]
        let slope = (x[i + 1] - x[i - 1]) / 2
        return abs(slope) >= abs(curvature) ? 0 : -slope / curvature
    }
}
