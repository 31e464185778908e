// SPDX-License-Identifier: Apache-2.0

/// A test of differences, and what it assumes.
public enum SignificanceTest: String, Codable, CaseIterable, Sendable {
    /// Wilcoxon's signed-rank test, exact.
    case wilcoxonExact = "wilcoxon-exact"
    /// The same by the normal approximation with a correction for ties.
    case wilcoxonNormal = "wilcoxon-normal"
    /// Friedman's chi-square test.
    case friedman
    /// The exact binomial test, which on listeners' majorities is the sign test.
    case binomial

    /// A name for tables.
    public var title: String {
        switch self {
        case .wilcoxonExact: "Wilcoxon signed rank, exact"
        case .wilcoxonNormal: "Wilcoxon signed rank, normal approximation"
        case .friedman: "Friedman"
        case .binomial: "Binomial, exact"
        }
    }

    /// What has to hold for the p-value to mean what it says, in a sentence.
    public var assumptions: String {
        switch self {
        case .wilcoxonExact:
            """
            Wilcoxon's signed-rank test assumes that listeners answer independently of each other and that, if there is no \
            difference, a listener's rating of one system minus that of the other is as likely to be some value as the same value \
            with the other sign (symmetric about 0); listeners without a difference are left out.
            """
        case .wilcoxonNormal:
            """
            Wilcoxon's signed-rank test by the normal approximation assumes the same as the exact test (independent \
            listeners, differences symmetric about 0), and enough listeners with a difference, at least 10, say.
            """
        case .friedman:
            """
            Friedman's test assumes that listeners answer independently of each other and that, if there is no difference, \
            every order of the systems is equally likely for a listener; its chi-square approximation is rough for 10 \
            listeners or fewer, above all with few systems.
            """
        case .binomial:
            """
            The exact binomial test assumes that listeners answer independently of each other and that, if there is no difference, \
            each prefers either system with probability 1/2; a listener counts once, by the majority of answers, and not if undecided.
            """
        }
    }
}

/// What a test of differences gave.
public struct TestOutcome: Codable, Equatable, Sendable {
    /// Which test was done.
    public let test: SignificanceTest
    /// How many listeners took part, those without a difference too.
    public let listeners: Int
    /// Wilcoxon: the smaller of the two sums of ranks; Friedman: chi-square; binomial: how many prefer the first.
    public let statistic: Double
    /// Two-sided: how often chance alone gives a result at least as extreme, 0...1.
    public let p: Double
    /// What to keep in mind, as 'no listener hears a difference'.
    public let remark: String?
}

/// Corrects p-values for their number.
enum Holm {
    /// Adjusted p-values in the order of `p` (Holm: A Simple Sequentially Rejective Multiple Test Procedure, Scand. J.
    /// Statist. 6, 1979): the i-th smallest of m is multiplied by m - i + 1, and is not below the ones before it.
    static func adjust(_ p: [Double]) -> [Double] {
        var (adjusted, largest) = (p, 0.0)
        for (place, index) in p.indices.sorted(by: { p[$0] < p[$1] }).enumerated() {
            largest = max(largest, min(1, Double(p.count - place) * p[index]))
            adjusted[index] = largest
        }
        return adjusted
    }
}
