// SPDX-License-Identifier: Apache-2.0

extension TestOutcome {
    /// Wilcoxon's signed-rank test, two-sided (Wilcoxon: Individual Comparisons by Ranking Methods, Biometrics Bulletin 1, 1945).
    ///
    /// The same statistic and p-value as `scipy.stats.wilcoxon` (1.17) with its defaults. Zeros are left out. The distribution is exact for
    /// up to 50 differences without ties and zeros, and for up to 13 with them, over all signs of the ranks that there are; beyond that
    /// it is normal, with a correction for ties and none for continuity. If all differences are 0, p is 1 (SciPy: not a number
    /// from 14 differences on).
    ///
    /// - Parameter differences: `[n]`, one for each listener, finite.
    /// - Returns: nil for no differences.
    static func wilcoxon(_ differences: [Double]) -> TestOutcome? {
        guard !differences.isEmpty else { return nil }
        let present = differences.filter { $0 != 0 }
        let ranking = Ranks(of: present.map(abs))
        let total = ranking.ranks.reduce(0, +)
        let positive = zip(present, ranking.ranks).reduce(0) { $0 + ($1.0 > 0 ? $1.1 : 0) }
        let statistic = min(positive, total - positive)
        func outcome(_ test: SignificanceTest, _ p: Double, _ remark: String? = nil) -> TestOutcome {
            TestOutcome(test: test, listeners: differences.count, statistic: statistic, p: p, remark: remark)
        }
        guard !present.isEmpty else { return outcome(.wilcoxonExact, 1, "no listener rates the two differently") }

        let isPlain = ranking.tieTerm == 0 && present.count == differences.count
        if differences.count <= (isPlain ? 50 : 13) {
            let p = min(1, 2 * lowerTail(of: ranking.ranks, at: statistic))
            // Even if all differences have one sign, p is 2 / 2^n.
            return outcome(.wilcoxonExact, p, present.count < 6 ? "too few differences for p below 0.05" : nil)
        }
        let n = Double(present.count)
        let variance = (n * (n + 1) * (2 * n + 1) - ranking.tieTerm / 2) / 24
        let z = (statistic - total / 2) / variance.squareRoot()
        return outcome(
            .wilcoxonNormal, Distributions.normalTwoSided(z),
            present.count < 10 ? "too few differences for the normal approximation" : nil)
    }

    /// The share of all 2^n choices of signs whose sum of positive ranks is at most `sum`.
    private static func lowerTail(of ranks: [Double], at sum: Double) -> Double {
        // Ranks are multiples of 1/2. shares[s] is the share of choices with the sum s / 2.
        var shares = [1.0]
        for rank in ranks.map({ Int(2 * $0) }) {
            var next = shares.map { $0 / 2 } + [Double](repeating: 0, count: rank)
            for (sum, share) in shares.enumerated() { next[sum + rank] += share / 2 }
            shares = next
        }
        return shares.prefix(Int(2 * sum) + 1).reduce(0, +)
    }
}
