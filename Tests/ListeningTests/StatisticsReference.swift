// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport

/// What SciPy computes (`Tools/reference/listening/make.py`).
struct StatisticsReference: Decodable {
    var student: [Student]
    var normal: [Normal]
    var chiSquare: [ChiSquare]
    var intervals: [Interval]
    var wilcoxon: [Wilcoxon]
    var friedman: [Friedman]
    var binomial: [Binomial]
    var holm: [Holm]

    struct Student: Decodable {
        var degrees, confidence, quantile, t, p: Double
    }

    struct Normal: Decodable {
        var z, p: Double
    }

    struct ChiSquare: Decodable {
        var x, degrees, p: Double
    }

    struct Interval: Decodable {
        var values: [Double]
        var mean, deviation, low, high: Double
    }

    struct Wilcoxon: Decodable {
        var differences: [Double]
        var statistic: Double
        /// nil for not a number.
        var p: Double?
    }

    struct Friedman: Decodable {
        var rows: [[Double]]
        /// nil for not a number.
        var statistic, p: Double?
    }

    struct Binomial: Decodable {
        var successes, trials: Int
        var p, low, high: Double
    }

    struct Holm: Decodable {
        var p, adjusted: [Double]
    }

    static func load() throws -> StatisticsReference {
        let url = URL(fileURLWithPath: Fixtures.path("listening/statistics.json"))
        return try JSONDecoder().decode(StatisticsReference.self, from: Data(contentsOf: url))
    }
}
