// SPDX-License-Identifier: Apache-2.0

/// A sound whose style is wanted, with its share among several.
public struct StyleSignal: Sendable {
    /// Mono samples at the backend's rate, at least one.
    public var samples: [Float]
    /// Above 0; only its proportion to the others' counts.
    public var weight: Double

    /// A style.
    public init(_ samples: [Float], weight: Double = 1) {
        self.samples = samples
        self.weight = weight
    }
}

extension [StyleSignal] {
    /// The weights, so that they sum to 1.
    var shares: [Double] {
        let sum = reduce(0) { $0 + $1.weight }
        return map { $0.weight / sum }
    }

    /// All styles at a given length, one over the other.
    func mixed(to count: Int, fit: LengthFit) -> [Float] {
        zip(self, shares).reduce([Float](repeating: 0, count: count)) { mix, style in
            zip(mix, fit.fit(style.0.samples, to: count)).map { $0 + Float(style.1) * $1 }
        }
    }
}
