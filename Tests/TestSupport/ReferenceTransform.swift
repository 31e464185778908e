// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The short-time Fourier transform by its definition, in float64: frames centred on multiples of the hop, zeros beyond the ends,
/// the periodic Hann window.
public struct ReferenceTransform {
    public let size: Int
    public let hop: Int
    public var bins: Int { size / 2 + 1 }

    public init(size: Int, hop: Int) {
        (self.size, self.hop) = (size, hop)
    }

    /// `[frames][bins]`.
    public func spectrogram(_ signal: [Double]) -> [[SIMD2<Double>]] {
        let frames = 1 + (signal.count + 2 * (size / 2) - size) / hop
        let turns = (0..<size).map { 2 * Double.pi * Double($0) / Double(size) }
        let (cosines, sines) = (turns.map { cos($0) }, turns.map { sin($0) })
        return (0..<frames).map { frame in
            let samples = (0..<size).map { t in
                let index = frame * hop + t - size / 2
                return signal.indices.contains(index) ? signal[index] * (0.5 - 0.5 * cosines[t]) : 0
            }
            return (0..<bins).map { bin in
                samples.indices.reduce(SIMD2.zero) { sum, t in
                    let turn = bin * t % size
                    return sum + SIMD2(samples[t] * cosines[turn], -samples[t] * sines[turn])
                }
            }
        }
    }

    /// `|X|^2`, `[frames][bins]`.
    public func powers(_ signal: [Double]) -> [[Double]] {
        spectrogram(signal).map { $0.map { ($0 * $0).sum() } }
    }
}

/// The derivative of a function along a direction by central differences. The step's error is of second order; rounding costs
/// 1e-16 of the value over the step.
public func centralDifference(
    of function: ([Double]) -> Double, at x: [Double], along direction: [Double], step: Double = 1e-5
) -> Double {
    func value(_ sign: Double) -> Double { function(zip(x, direction).map { $0 + sign * step * $1 }) }
    return (value(1) - value(-1)) / (2 * step)
}

/// The sum of products.
public func dot(_ one: [Double], _ other: [Double]) -> Double {
    zip(one, other).reduce(0) { $0 + $1.0 * $1.1 }
}
