// SPDX-License-Identifier: Apache-2.0

extension TestOutcome {
    /// The exact binomial test against 1/2, two-sided: P(X <= min(k, n - k)) twice, at most 1, as `scipy.stats.binomtest`.
    ///
    /// - Parameters:
    ///   - successes: k, how many prefer the first of two; 0...n.
    ///   - trials: n.
    /// - Returns: for n = 0, p is 1 (SciPy throws).
    static func binomial(_ successes: Int, of trials: Int) -> TestOutcome {
        let smaller = min(successes, trials - successes)
        let p = 2 * smaller >= trials ? 1 : min(1, 2 * Distributions.binomialLower(smaller, of: trials, p: 0.5))
        return TestOutcome(
            test: .binomial, listeners: trials, statistic: Double(successes), p: p,
            remark: trials < 6 ? "too few listeners for p below 0.05" : nil)
    }
}

/// Intervals for a share.
enum BinomialInterval {
    /// The exact interval of Clopper and Pearson (The Use of Confidence or Fiducial Limits Illustrated in the Case of the Binomial,
    /// Biometrika 26, 1934), as `binomtest(...).proportion_ci()`.
    ///
    /// - Returns: shares, 0...1; nil for n = 0.
    static func exact(_ successes: Int, of trials: Int, confidence: Double = 0.95) -> (low: Double, high: Double)? {
        guard trials > 0 else { return nil }
        let tail = (1 - confidence) / 2
        func lower(_ k: Int, _ p: Double) -> Double { Distributions.binomialLower(k, of: trials, p: p) }
        return (
            low: successes == 0 ? 0 : Distributions.bisect(0, 1) { 1 - lower(successes - 1, $0) < tail },
            high: successes == trials ? 1 : Distributions.bisect(0, 1) { lower(successes, $0) > tail }
        )
    }
}
