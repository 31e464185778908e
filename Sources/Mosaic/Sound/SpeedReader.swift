// SPDX-License-Identifier: Apache-2.0
import CVectorKernels
import Foundation

/// Reads a sound between its samples, at any speed: windowed sinc filters of 12 zero crossings to each side (Smith: Digital audio resampling,
/// 1984), which let through what stays below half of the rate.
struct SpeedReader: Sendable {
    private static let crossings = 12.0
    private static let phases = 256
    private let taps: Int
    /// `[phases + 1, taps]`.
    private let filters: [Float]
    /// Samples that are needed on both sides of a place.
    var reach: Int { taps / 2 }

    /// - Parameter speed: the highest that it is used at; above 1 the sound is made higher.
    init(speed: Double) {
        let cutoff = speed > 1 ? 0.97 / speed : 1
        let half = (Self.crossings / cutoff / 4).rounded(.up) * 4
        taps = 2 * Int(half)
        let taps = taps
        filters = (0...Self.phases).flatMap { phase -> [Float] in
            let fraction = Double(phase) / Double(Self.phases)
            let row = (0..<taps).map { tap in
                let distance = Double(tap) - half + 1 - fraction
                return cutoff * sinc(cutoff * distance) * kaiser(distance / half)
            }
            let sum = row.reduce(0, +)
            return row.map { Float($0 / sum) }
        }
    }

    /// The sound at some places, which must be ``reach`` from its ends.
    func read(_ samples: UnsafeBufferPointer<Float>, at places: [Double], into result: inout [Float]) {
        guard let x = samples.baseAddress else { return }
        vk_read_at(x, places, filters, Int64(Self.phases), Int64(taps), &result, Int64(places.count))
    }
}

private func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(.pi * x) / (.pi * x) }

/// Kaiser's window of beta 8, for -1...1.
private func kaiser(_ x: Double) -> Double {
    guard abs(x) < 1 else { return 0 }
    return bessel(8 * (1 - x * x).squareRoot()) / bessel(8)
}

/// The modified Bessel function of the first kind, order 0, by its series.
private func bessel(_ x: Double) -> Double {
    var (sum, term, k) = (1.0, 1.0, 1.0)
    while term > 1e-12 * sum {
        term *= (x / (2 * k)) * (x / (2 * k))
        sum += term
        k += 1
    }
    return sum
}
