// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import Spectrogram

/// YIN (de Cheveigné and Kawahara: YIN, a fundamental frequency estimator for speech and music, 2002) with a path through its
/// candidates.
///
/// At 16 kHz, every 160 samples: `d(k) = sum_i (x_i - x_{i + k})^2` over 1,024 samples for lags k of 50 to 1,200 Hz,
/// `d'(k) = k d(k) / sum_{j <= k} d(j)`. Its twenty lowest minima, interpolated by a parabola, are candidates; the path that minimises
/// `d' + 0.02 log2(lag / shortest)` with `0.6 min(|log2 of the ratio|, 0.6)` from one to the next is the pitch. A step has a pitch
/// if its d' is below 0.2, its level within 45 dB of the loudest, and it is one of three or more in a row.
struct YIN {
    /// In hertz.
    static let rate = 16_000
    private static let hop = 160
    private static let window = 1_024
    /// Lags that are looked at, and the shortest that can be a period.
    private static let lags = rate / 50 + 2
    private static let shortest = rate / 1_200
    private static let threshold: Float = 0.2
    /// In decibels.
    private static let quiet: Float = 45

    /// A lag that may be the period, with its d'.
    private struct Candidate {
        var lag: Float
        var difference: Float
    }

    /// - Parameter samples: at 16 kHz.
    static func track(_ samples: [Float], workers: Workers) -> PitchTrack {
        let steps = samples.count / hop + 1
        let pieces = workers.map(pieces: (steps + 255) / 256) { piece, _ in
            let analysis = YIN()
            return (piece * 256..<min(piece * 256 + 256, steps)).map { analysis.candidates(samples, step: $0) }
        }
        let found = pieces.flatMap(\.self)
        let path = bestPath(found.map(\.candidates))
        let loudest = found.map(\.level).max() ?? 0
        var voiced = path.map { $0.difference < threshold }
        for (step, frame) in found.enumerated() where frame.level < loudest - quiet { voiced[step] = false }
        return PitchTrack(f0: path.map { Float(rate) / $0.lag }, isVoiced: withoutShortRuns(voiced))
    }

    private let transform = FourierTransform(size: fastSize(atLeast: window + lags, multipleOf: 2))

    private func candidates(_ samples: [Float], step: Int) -> (candidates: [Candidate], level: Float) {
        let (n, lags) = (Self.window, Self.lags)
        let first = step * Self.hop - n / 2 - lags + lags / 2
        var x = [Float](repeating: 0, count: transform.size)
        for i in max(0, -first)..<max(min(n + lags, samples.count - first), max(0, -first)) {
            x[i] = samples[first + i]
        }
        // Energies of the window at each lag, from sums of squares.
        var sums = [Double](repeating: 0, count: n + lags + 1)
        for i in 0..<n + lags { sums[i + 1] = sums[i] + Double(x[i]) * Double(x[i]) }
        let level = Float(10 * log10(sums[n] / Double(n) + 1e-12))
        guard sums[n + lags] > 0 else { return ([Self.none], level) }
        let correlation = correlation(x)
        var difference = [Double](repeating: 1, count: lags)
        var sum = 0.0
        for k in 1..<lags {
            let d = max(sums[n] + sums[n + k] - sums[k] - 2 * Double(correlation[k]), 0)
            sum += d
            difference[k] = d * Double(k) / (sum + 1e-9)
        }
        let minima = (Self.shortest..<lags - 1).filter {
            difference[$0] <= difference[$0 - 1] && difference[$0] < difference[$0 + 1]
        }
        // Of a high pitch nearly all: a multiple of its period may be nearer to a whole number of samples, and so lower.
        let lowest = minima.sorted { difference[$0] < difference[$1] }.prefix(20)
        guard !lowest.isEmpty else { return ([Self.none], level) }
        return (
            lowest.map { k in
                let (a, b, c) = (difference[k - 1], difference[k], difference[k + 1])
                let offset = 0.5 * (a - c) / (a - 2 * b + c + 1e-12)
                return Candidate(
                    lag: Float(Double(k) + min(max(offset, -0.5), 0.5)),
                    difference: Float(min(max(b - 0.25 * (a - c) * offset, 0), 2)))
            }, level
        )
    }

    /// What stands where nothing repeats.
    private static let none = Candidate(lag: Float(rate) / 200, difference: 1)

    /// `sum_i x_i x_{i + k}` over the window, for each lag k.
    private func correlation(_ x: [Float]) -> [Float] {
        let (size, bins) = (transform.size, transform.bins)
        var windowed = x
        for i in Self.window..<size { windowed[i] = 0 }
        var a = [Complex](repeating: .zero, count: bins)
        var b = [Complex](repeating: .zero, count: bins)
        transform.transform(windowed, into: &a)
        transform.transform(x, into: &b)
        for k in 0..<bins { a[k] = Complex(a[k].x * b[k].x + a[k].y * b[k].y, a[k].x * b[k].y - a[k].y * b[k].x) }
        transform.inverseTransform(a, into: &windowed)
        return (0..<Self.lags).map { windowed[$0] / Float(size) }
    }

    private static func bestPath(_ candidates: [[Candidate]]) -> [Candidate] {
        let octaves = candidates.map { $0.map { log2(Double($0.lag)) } }
        func costs(_ step: Int) -> [Double] {
            zip(candidates[step], octaves[step]).map { Double($0.difference) + 0.02 * ($1 - log2(Double(shortest))) }
        }
        guard !candidates.isEmpty else { return [] }
        var total = costs(0)
        var origins: [[Int]] = []
        for step in candidates.indices.dropFirst() {
            var (from, least) = ([Int](), [Double]())
            for octave in octaves[step] {
                var (best, origin) = (Double.infinity, 0)
                for (index, earlier) in octaves[step - 1].enumerated() {
                    let sum = total[index] + 0.6 * min(abs(octave - earlier), 0.6)
                    if sum < best { (best, origin) = (sum, index) }
                }
                from.append(origin)
                least.append(best)
            }
            origins.append(from)
            total = zip(costs(step), least).map { $0 + $1 }
        }
        var index = total.indices.min { total[$0] < total[$1] } ?? 0
        var path = [candidates[candidates.count - 1][index]]
        for step in origins.indices.reversed() {
            index = origins[step][index]
            path.append(candidates[step][index])
        }
        return path.reversed()
    }

    /// Without runs of true of one or two.
    private static func withoutShortRuns(_ flags: [Bool]) -> [Bool] {
        var kept = flags
        var start = 0
        for step in 0...flags.count where step == flags.count || !flags[step] {
            if step - start < 3 { for i in start..<step { kept[i] = false } }
            start = step + 1
        }
        return kept
    }
}
