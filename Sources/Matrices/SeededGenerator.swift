// SPDX-License-Identifier: Apache-2.0
import Glibc

/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014).
///
/// The same seed gives the same numbers on every machine: only integer arithmetic and exact conversions are used, but for
/// ``normal()``, whose last bits depend on the system's logarithm and cosine.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A generator whose sequence `seed` alone decides.
    public init(seed: UInt64) {
        state = seed
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Uniform in [-1, 1), a multiple of 2^-23.
    public mutating func uniform() -> Float {
        Float(Int64(next() >> 40) - (1 << 23)) / Float(1 << 23)
    }

    /// Mean 0, variance 1, bell-shaped and bounded: the sum of four 16-bit uniform numbers (Irwin-Hall), so within
    /// +-3.47. Unlike a normal variate it needs no logarithm, whose last bit differs between libraries.
    public mutating func bell() -> Float {
        let bits = next()
        let sum = Int32(bits & 0xFFFF) + Int32((bits >> 16) & 0xFFFF) + Int32((bits >> 32) & 0xFFFF) + Int32(bits >> 48)
        // Four uniforms on 0...65535 have mean 131070 and variance 4 (65536^2 - 1) / 12.
        return Float(sum - 131_070) / 37_837.227
    }

    /// A standard normal number (Box and Muller, 1958).
    public mutating func normal() -> Float {
        // 24 bits, above 0.
        let radius = (-2 * log((Float(next() >> 40) + 0.5) / Float(1 << 24))).squareRoot()
        return radius * cos(Float.pi * uniform())
    }

    /// A standard normal number, drawn again until it is within +-`limit`.
    public mutating func normal(within limit: Float) -> Float {
        while true {
            let value = normal()
            if abs(value) <= limit { return value }
        }
    }
}
