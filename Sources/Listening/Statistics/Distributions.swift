// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Tails and quantiles of the distributions that the tests need, in float64.
enum Distributions {
    /// P(|Z| >= |z|) of a standard normal Z: erfc(|z| / sqrt 2), DLMF 7.18(iii).
    static func normalTwoSided(_ z: Double) -> Double {
        erfc(abs(z) / 2.0.squareRoot())
    }

    /// P(X >= x) of a chi-square X: Q(k / 2, x / 2), k degrees of freedom.
    static func chiSquareUpper(_ x: Double, degreesOfFreedom: Double) -> Double {
        x <= 0 ? 1 : IncompleteGamma.upper(degreesOfFreedom / 2, x / 2)
    }

    /// P(|T| >= |t|) of Student's T: I_x(nu / 2, 1 / 2) with x = nu / (nu + t^2), nu degrees of freedom (Abramowitz and Stegun
    /// 26.7.1 with 26.5.27).
    static func studentTwoSided(_ t: Double, degreesOfFreedom nu: Double) -> Double {
        let rest = t * t / (nu + t * t)
        return IncompleteBeta.regularised(1 - rest, rest, nu / 2, 0.5)
    }

    /// The t with P(|T| < t) = `confidence`, 2.776 for 0.95 and 4 degrees of freedom.
    ///
    /// - Parameter confidence: above 0 and below 1.
    static func studentQuantile(confidence: Double, degreesOfFreedom: Double) -> Double {
        var above = 1.0
        while studentTwoSided(above, degreesOfFreedom: degreesOfFreedom) > 1 - confidence { above *= 2 }
        return bisect(0, above) { studentTwoSided($0, degreesOfFreedom: degreesOfFreedom) > 1 - confidence }
    }

    /// P(X <= k) of a binomial X, n draws with probability p: I_(1-p)(n - k, k + 1), DLMF 8.17.5.
    static func binomialLower(_ k: Int, of n: Int, p: Double) -> Double {
        if k < 0 { return 0 }
        return k >= n ? 1 : IncompleteBeta.regularised(1 - p, p, Double(n - k), Double(k + 1))
    }

    /// The end of the interval's part where a monotonic condition holds; it holds at `low`.
    static func bisect(_ low: Double, _ high: Double, while holds: (Double) -> Bool) -> Double {
        var (low, high) = (low, high)
        while true {
            let middle = low + (high - low) / 2
            guard middle > low, middle < high else { return middle }
            if holds(middle) { low = middle } else { high = middle }
        }
    }

    /// log Gamma(x) for x > 0; unlike `lgamma`, it writes no global.
    static func logGamma(_ x: Double) -> Double {
        var sign: Int32 = 0
        return lgamma_r(x, &sign)
    }
}

/// The regularised incomplete gamma function Q(a, x) = Gamma(a, x) / Gamma(a).
enum IncompleteGamma {
    /// Q(a, x) for a > 0, x > 0: below a + 1 by the series of DLMF 8.11.4, above by the even part of the continued fraction 8.9.2.
    static func upper(_ a: Double, _ x: Double) -> Double {
        let factor = exp(a * log(x) - x - Distributions.logGamma(a))
        if x < a + 1 {
            var (term, sum, k) = (1 / a, 1 / a, a)
            while term > sum * ContinuedFraction.precision {
                k += 1
                term *= x / k
                sum += term
            }
            return 1 - factor * sum
        }
        return factor
            * ContinuedFraction.value { n in
                let n = Double(n)
                return n == 0 ? (1, x + 1 - a) : (-n * (n - a), x + 2 * n + 1 - a)
            }
    }
}

/// The regularised incomplete beta function I_x(a, b).
enum IncompleteBeta {
    /// I_x(a, b) for a, b > 0, by the continued fraction of DLMF 8.17.22, which converges fast below the mean; above it, by the
    /// symmetry of 8.17.4.
    ///
    /// - Parameters:
    ///   - x: 0...1.
    ///   - y: 1 - x, which the caller may know to more digits.
    static func regularised(_ x: Double, _ y: Double, _ a: Double, _ b: Double) -> Double {
        if x <= 0 { return 0 }
        if y <= 0 { return 1 }
        if x > (a + 1) / (a + b + 2) { return 1 - regularised(y, x, b, a) }
        let logBeta = Distributions.logGamma(a) + Distributions.logGamma(b) - Distributions.logGamma(a + b)
        let fraction = ContinuedFraction.value { n in
            if n == 0 { return (1, 1) }
            let m = Double(n / 2)
            return n.isMultiple(of: 2)
                ? (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), 1)
                : (-(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)), 1)
        }
        return exp(a * log(x) + b * log(y) - logBeta) / a * fraction
    }
}

/// Continued fractions by Lentz's algorithm as Thompson and Barnett modified it (J. Comput. Phys. 64, 1986).
enum ContinuedFraction {
    /// Where a series or a fraction has converged, relative.
    static let precision = 1e-16
    private static let tiny = 1e-300

    /// p_0 / (q_0 + p_1 / (q_1 + p_2 / (q_2 + ...))).
    ///
    /// - Parameter term: p_n and q_n, from n = 0. Ten thousand are enough for parameters up to a million.
    static func value(_ term: (_ n: Int) -> (p: Double, q: Double)) -> Double {
        var (f, c, d) = (tiny, tiny, 0.0)
        for n in 0..<10_000 {
            let (p, q) = term(n)
            d = q + p * d
            d = 1 / (abs(d) < tiny ? tiny : d)
            c = q + p / c
            if abs(c) < tiny { c = tiny }
            f *= c * d
            if abs(c * d - 1) < 2 * precision { break }
        }
        return f
    }
}
