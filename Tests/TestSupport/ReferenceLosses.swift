// SPDX-License-Identifier: Apache-2.0
import Foundation
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

    /// The Kullback-Leibler divergence `(tr M - ln det M - C) / (2 C)` of Gram matrices with a ridge, and its gradient.
    public static func gramKL(_ map: [Double], target: [Double], columns: Int) -> (value: Double, gradient: [Double]) {
        let rows = map.count / columns
        let trace = (0..<columns).reduce(0) { $0 + target[$1 * columns + $1] }
        let ridge = max(0.003 * trace / Double(columns), 1e-12)
        func ridged(_ matrix: [Double]) -> [Double] {
            matrix.enumerated().map { $1 + ($0 % (columns + 1) == 0 ? ridge : 0) }
        }
        let own = ridged(gramMatrix(map, columns: columns))
        let (inverse, logDeterminant) = inverted(own, size: columns)
        let (styleInverse, styleLogDeterminant) = inverted(ridged(target), size: columns)
        let traceOfM = zip(styleInverse, own).reduce(0) { $0 + $1.0 * $1.1 }
        let size = Double(columns)
        let value = (traceOfM - (logDeterminant - styleLogDeterminant) - size) / (2 * size)
        let difference = zip(styleInverse, inverse).map(-)
        let gradient = (0..<map.count).map { index -> Double in
            let (row, column) = index.quotientAndRemainder(dividingBy: columns)
            let sum = (0..<columns).reduce(0.0) { $0 + map[row * columns + $1] * difference[$1 * columns + column] }
            return sum / (size * Double(rows))
        }
        return (value, gradient)
    }

    /// The inverse and ln det of a symmetric positive definite matrix `A = L L^T`: `A^-1 = L^-T L^-1`.
    private static func inverted(_ matrix: [Double], size: Int) -> (inverse: [Double], logDeterminant: Double) {
        var lower = [Double](repeating: 0, count: size * size)
        for row in 0..<size {
            for column in 0...row {
                let sum = (0..<column).reduce(0) { $0 + lower[row * size + $1] * lower[column * size + $1] }
                let rest = matrix[row * size + column] - sum
                lower[row * size + column] = row == column ? rest.squareRoot() : rest / lower[column * size + column]
            }
        }
        var root = [Double](repeating: 0, count: size * size)
        for column in 0..<size {
            for row in column..<size {
                let sum = (column..<row).reduce(0) { $0 + lower[row * size + $1] * root[$1 * size + column] }
                root[row * size + column] = ((row == column ? 1 : 0) - sum) / lower[row * size + row]
            }
        }
        let inverse = (0..<size * size).map { index in
            let (row, column) = index.quotientAndRemainder(dividingBy: size)
            return (max(row, column)..<size).reduce(0) { $0 + root[$1 * size + row] * root[$1 * size + column] }
        }
        return (inverse, (0..<size).reduce(0) { $0 + 2 * log(lower[$1 * size + $1]) })
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
    private let terms: [(point: LayerPoint, weight: Double, loss: ([Double]) -> (value: Double, gradient: [Double]))]

    /// Creates an objective from weighted losses at points.
    public init(
        _ weights: EncoderWeights,
        terms: [(point: LayerPoint, weight: Double, loss: ([Double]) -> (value: Double, gradient: [Double]))]
    ) {
        encoder = ReferenceEncoder(weights)
        self.terms = terms
    }

    /// The total loss.
    public func value(_ x: [Double]) -> Double {
        let activations = encoder.activations(of: x)
        return terms.reduce(0) { $0 + $1.weight * $1.loss(activations[$1.point] ?? []).value }
    }

    /// The gradient with respect to x; the ReLUs' signs are those of `signs` where given, else its own.
    public func gradient(_ x: [Double], signs: [LayerPoint: [Double]]? = nil) -> [Double] {
        let activations = encoder.activations(of: x)
        var gradients: [LayerPoint: [Double]] = [:]
        for term in terms {
            let own = term.loss(activations[term.point] ?? []).gradient.map { term.weight * $0 }
            gradients[term.point] = gradients[term.point].map { zip($0, own).map(+) } ?? own
        }
        return encoder.gradient(activations: signs ?? activations, gradients: gradients, samples: x.count)
    }
}
