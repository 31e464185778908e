// SPDX-License-Identifier: Apache-2.0

extension TestOutcome {
    /// Friedman's chi-square test with the correction for ties (Friedman: The Use of Ranks to Avoid the Assumption of Normality,
    /// JASA 32, 1937; Conover: Practical Nonparametric Statistics, 5.8).
    ///
    /// The same statistic and p-value as `scipy.stats.friedmanchisquare`: 12 / (k n (k + 1)) sum R_j^2 - 3 n (k + 1), divided
    /// by 1 - sum (t^3 - t) / (n k (k^2 - 1)). If every listener rates all alike it is 0, with p = 1 (SciPy: not a number).
    ///
    /// - Parameter rows: `[n, k]`, a listener's ratings of all k systems, finite.
    /// - Returns: nil for no rows, or for fewer than three systems.
    static func friedman(_ rows: [[Double]]) -> TestOutcome? {
        guard let systems = rows.first?.count, systems >= 3 else { return nil }
        let (n, k) = (Double(rows.count), Double(systems))
        let rankings = rows.map(Ranks.init(of:))
        let sums = (0..<systems).map { system in rankings.reduce(0) { $0 + $1.ranks[system] } }
        let correction = 1 - rankings.reduce(0) { $0 + $1.tieTerm } / (k * (k * k - 1) * n)
        func outcome(_ statistic: Double, _ p: Double, _ remark: String?) -> TestOutcome {
            TestOutcome(test: .friedman, listeners: rows.count, statistic: statistic, p: p, remark: remark)
        }
        guard rankings.contains(where: { $0.tieTerm < k * k * k - k }) else {
            return outcome(0, 1, "no listener rates the systems differently")
        }
        let squares = sums.reduce(0) { $0 + $1 * $1 }
        // Equal sums may differ from 0 in the last bits.
        let statistic = max(0, (12 / (k * n * (k + 1)) * squares - 3 * n * (k + 1)) / correction)
        return outcome(
            statistic, Distributions.chiSquareUpper(statistic, degreesOfFreedom: k - 1),
            n <= 10 ? "few listeners: the chi-square approximation is rough" : nil)
    }
}
