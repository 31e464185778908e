// SPDX-License-Identifier: Apache-2.0
import WaveEncoder

/// The losses in float64 on whole maps, written down from their formulas.
public enum ReferenceLoss {
    /// `mean (G(F) - A)^2` with `G = F^T F / T`, and its gradient `4 F (G - A) / (C^2 T)`.
    public static func gram(_ map: [Double], target: [Double], columns: Int) -> (value: Double, gradient: [Double]) {
        let rows = map.count / columns
        let difference = zip(gramMatrix(map, columns: columns), target).map(-)
        let entries = Double(columns * columns)
        let value = difference.reduce(0) { $0 + $1 * $1 } / entries
        let gradient = (0..<map.count).map { index -> Double in
            let (row, column) = index.quotientAndRemainder(dividingBy: columns)
            let sum = (0..<columns).reduce(0.0) { $0 + map[row * columns + $1] * difference[$1 * columns + column] }
            return 4 * sum / (entries * Double(rows))
        }
        return (value, gradient)
    }

    /// `G[i, j] = sum_t F[t, i] F[t, j] / T`
    public static func gramMatrix(_ map: [Double], columns: Int) -> [Double] {
        let rows = map.count / columns
        var gram = [Double](repeating: 0, count: columns * columns)
        for row in 0..<rows {
            for i in 0..<columns {
                for j in 0..<columns {
                    gram[i * columns + j] += map[row * columns + i] * map[row * columns + j] / Double(rows)
                }
            }
        }
        return gram
    }

    /// `mean (F - target)^2` and its gradient.
    public static func squaredError(_ map: [Double], target: [Double]) -> (value: Double, gradient: [Double]) {
        let difference = zip(map, target).map(-)
        let count = Double(map.count)
        return (difference.reduce(0) { $0 + $1 * $1 } / count, difference.map { 2 * $0 / count })
    }
}

/// A total loss over an encoder's activations in float64: `sum weight loss(F)`.
public struct ReferenceObjective {
    private let encoder: ReferenceEncoder
    private let terms: [(tap: Tap, weight: Double, loss: ([Double]) -> (value: Double, gradient: [Double]))]

    /// Creates an objective from weighted losses at taps.
    public init(
        _ weights: EncoderWeights,
        terms: [(tap: Tap, weight: Double, loss: ([Double]) -> (value: Double, gradient: [Double]))]
    ) {
        encoder = ReferenceEncoder(weights)
        self.terms = terms
    }

    /// The total loss.
    public func value(_ x: [Double]) -> Double {
        let activations = encoder.activations(of: x)
        return terms.reduce(0) { $0 + $1.weight * $1.loss(activations[$1.tap] ?? []).value }
    }

    /// The gradient with respect to x; the ReLUs' signs are those of `signs` where given, else its own.
    public func gradient(_ x: [Double], signs: [Tap: [Double]]? = nil) -> [Double] {
        let activations = encoder.activations(of: x)
        var gradients: [Tap: [Double]] = [:]
        for term in terms {
            let own = term.loss(activations[term.tap] ?? []).gradient.map { term.weight * $0 }
            gradients[term.tap] = gradients[term.tap].map { zip($0, own).map(+) } ?? own
        }
        return encoder.gradient(activations: signs ?? activations, gradients: gradients, samples: x.count)
    }
}
