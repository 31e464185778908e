// SPDX-License-Identifier: Apache-2.0

/// The cumulative mean normalised difference function of a frame: near 0 at periods of the sound, about 1 elsewhere (de
/// Cheveigne and Kawahara: YIN, a fundamental frequency estimator for speech and music, 2002, equations 7 and 8).
///
///     d[k]  = sum_t (x[t] - x[t + k])^2 = 2 (r[0] - r[k]) - sum_{t < k} x[t]^2
///     d'[k] = d[k] / ((1 / k) sum_{1 <= j <= k} d[j])
///
/// As in librosa, x is 0 after the frame: the sum has the frame's last k samples too, which lifts long periods by some
/// k / N.
///
/// - Parameters:
///   - frame: x, `[N]`.
///   - periods: in samples, from 1.
/// - Returns: d' for each of `periods`; zeros for silence.
func normalisedDifference(of frame: [Double], periods: ClosedRange<Int>) -> [Double] {
    let r = autocorrelation(of: frame, lags: periods.upperBound)
    var (energy, sum) = (0.0, 0.0)
    var result: [Double] = []
    for k in 1...periods.upperBound {
        energy += frame[k - 1] * frame[k - 1]
        let difference = 2 * (r[0] - r[k]) - energy
        sum += difference
        guard periods.contains(k) else { continue }
        result.append(difference / (sum / Double(k) + .leastNormalMagnitude))
    }
    return result
}
