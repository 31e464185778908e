// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Listening

/// That the statistics are SciPy's.
@Suite struct StatisticsTests {
    private let reference: StatisticsReference

    init() throws {
        reference = try StatisticsReference.load()
    }

    /// Relative. 1e-11: the logarithm of a tail of 1e-300 is 700, known to 16 digits; 100 times that for sums of such.
    private func agree(_ value: Double?, _ expected: Double, within tolerance: Double = 1e-11) -> Bool {
        guard let value else { return false }
        return abs(value - expected) <= tolerance * abs(expected)
    }

    @Test func tails() {
        for row in reference.normal {
            #expect(agree(Distributions.normalTwoSided(row.z), row.p), "\(row)")
        }
        for row in reference.student {
            #expect(agree(Distributions.studentTwoSided(row.t, degreesOfFreedom: row.degrees), row.p), "\(row)")
        }
        for row in reference.chiSquare {
            #expect(agree(Distributions.chiSquareUpper(row.x, degreesOfFreedom: row.degrees), row.p), "\(row)")
        }
    }

    /// 1e-11 again: the quantile's relative error is that of the tail over a slope of order 1.
    @Test func studentQuantiles() {
        for row in reference.student {
            let quantile = Distributions.studentQuantile(confidence: row.confidence, degreesOfFreedom: row.degrees)
            #expect(agree(quantile, row.quantile), "\(row)")
        }
    }

    @Test func intervals() {
        for row in reference.intervals {
            let estimate = Estimate(of: row.values)
            #expect(estimate.listeners == row.values.count)
            #expect(agree(estimate.mean, row.mean) && agree(estimate.standardDeviation, row.deviation), "\(row)")
            // An end may be near 0, so that the error counts relative to the mean.
            #expect(abs((estimate.low ?? .nan) - row.low) <= 1e-11 * row.mean, "\(row)")
            #expect(abs((estimate.high ?? .nan) - row.high) <= 1e-11 * row.mean * max(1, row.high / row.mean), "\(row)")
        }
    }

    @Test func fewValuesHaveNoInterval() {
        let (none, one) = (Estimate(of: []), Estimate(of: [3]))
        #expect(none.listeners == 0 && none.mean == nil && none.low == nil)
        #expect(one.mean == 3 && one.standardDeviation == nil && one.low == nil && one.high == nil)
        let same = Estimate(of: [4, 4, 4])
        #expect(same.standardDeviation == 0 && same.low == 4 && same.high == 4)
    }

    /// Statistics are sums of halves, which are exact. Exact p-values are counts over 2^n; 1e-11 is for SciPy's sums and ours.
    @Test func wilcoxon() throws {
        var tests: Set<SignificanceTest> = []
        for row in reference.wilcoxon {
            let outcome = try #require(TestOutcome.wilcoxon(row.differences))
            tests.insert(outcome.test)
            #expect(outcome.statistic == row.statistic, "\(row)")
            #expect(agree(outcome.p, row.p ?? 1), "\(row) \(outcome)")
            #expect(outcome.listeners == row.differences.count)
        }
        #expect(tests == [.wilcoxonExact, .wilcoxonNormal])
        #expect(TestOutcome.wilcoxon([]) == nil)
    }

    @Test func withoutAnyDifferencePIsOne() throws {
        for count in [1, 13, 14, 60] {
            let outcome = try #require(TestOutcome.wilcoxon([Double](repeating: 0, count: count)))
            #expect(outcome.p == 1 && outcome.statistic == 0 && outcome.remark != nil)
        }
        let outcome = try #require(TestOutcome.friedman([[2, 2, 2], [5, 5, 5]]))
        #expect(outcome.p == 1 && outcome.statistic == 0 && outcome.remark != nil)
    }

    /// 1e-10 of 1: the statistic is a small difference of large sums.
    @Test func friedman() throws {
        for row in reference.friedman {
            let outcome = try #require(TestOutcome.friedman(row.rows))
            #expect(abs(outcome.statistic - (row.statistic ?? 0)) <= 1e-10, "\(row)")
            #expect(abs(outcome.p - (row.p ?? 1)) <= 1e-10, "\(row)")
        }
        #expect(TestOutcome.friedman([]) == nil)
        #expect(TestOutcome.friedman([[1, 2]]) == nil)
    }

    /// 1e-11 for the reason of the tails; the interval's ends are shares, 1e-12 of 1.
    @Test func binomial() throws {
        for row in reference.binomial {
            let outcome = TestOutcome.binomial(row.successes, of: row.trials)
            #expect(agree(outcome.p, row.p), "\(row) \(outcome.p)")
            let interval = try #require(BinomialInterval.exact(row.successes, of: row.trials))
            #expect(
                abs(interval.low - row.low) <= 1e-12 && abs(interval.high - row.high) <= 1e-12, "\(row) \(interval)")
        }
        #expect(TestOutcome.binomial(0, of: 0).p == 1)
        #expect(BinomialInterval.exact(0, of: 0) == nil)
    }

    @Test func holm() {
        for row in reference.holm {
            #expect(Holm.adjust(row.p) == row.adjusted)
        }
    }

    @Test func ranksOfEqualValuesAreTheirMean() {
        let ranking = Ranks(of: [3, 1, 3, 2, 3])
        #expect(ranking.ranks == [4, 1, 4, 2, 4])
        #expect(ranking.tieTerm == 24)
        #expect(Ranks(of: []).ranks.isEmpty)
    }

    @Test func eachTestNamesItsAssumptions() {
        for test in SignificanceTest.allCases {
            #expect(test.assumptions.contains("assumes") && test.assumptions.contains("independent"))
            #expect(!test.title.isEmpty)
        }
    }
}
