// SPDX-License-Identifier: Apache-2.0
import Matrices
import Spectrogram

/// The network on spectrograms by its formulas, in float64, slow and obvious: what the fast one is tested against.
public struct ReferenceSpectralNetwork {
    private let weights: SpectralWeights

    /// A network of these weights.
    public init(_ weights: SpectralWeights) {
        self.weights = weights
    }

    /// A map `[rows][columns]`.
    public typealias Map = [[Double]]

    /// The maps that leave each layer, before pooling, and those that enter it.
    public func maps(of x: Map) -> (entering: [Map], leaving: [Map]) {
        var (entering, leaving): ([Map], [Map]) = ([], [])
        var current = x
        for (index, layer) in weights.architecture.layers.enumerated() {
            entering.append(current)
            let output = (0..<max(layer.rows(current.count), 0)).map { t in
                (0..<layer.filters).map { filter in
                    var sum = weights.biases[index].isEmpty ? 0 : Double(weights.biases[index][filter])
                    for (s, j) in positions(t, layer, rows: current.count) {
                        for (channel, value) in current[s].enumerated() {
                            sum += value * weight(index, j, channel, filter)
                        }
                    }
                    return layer.hasReLU ? max(sum, 0) : sum
                }
            }
            leaving.append(output)
            current = (0..<output.count / layer.pool).map { row in
                (0..<layer.filters).map { column in
                    (0..<layer.pool).map { output[row * layer.pool + $0][column] }.max() ?? 0
                }
            }
        }
        return (entering, leaving)
    }

    /// The gradient with respect to x of a loss whose gradient with respect to the leaving maps is known.
    ///
    /// - Parameter gradients: for each layer, counted from 1; those left out count as zero.
    public func gradient(of x: Map, from gradients: [Int: Map]) -> Map {
        let (entering, leaving) = maps(of: x)
        var next: Map = []
        for (index, layer) in weights.architecture.layers.enumerated().reversed() {
            let output = leaving[index]
            var gradient = gradients[index + 1] ?? output.map { $0.map { _ in 0 } }
            for (row, values) in next.enumerated() {
                for (column, value) in values.enumerated() {
                    let rows = (0..<layer.pool).map { row * layer.pool + $0 }
                    let largest = rows.map { output[$0][column] }.max()
                    if let chosen = rows.first(where: { output[$0][column] == largest }) {
                        gradient[chosen][column] += value
                    }
                }
            }
            var result = entering[index].map { $0.map { _ in 0.0 } }
            for t in output.indices {
                for filter in 0..<layer.filters where !layer.hasReLU || output[t][filter] > 0 {
                    for (s, j) in positions(t, layer, rows: result.count) {
                        for channel in result[s].indices {
                            result[s][channel] += gradient[t][filter] * weight(index, j, channel, filter)
                        }
                    }
                }
            }
            next = result
        }
        return next
    }

    /// The input rows that output row t meets, with their taps.
    private func positions(
        _ t: Int, _ layer: SpectralArchitecture.Layer, rows: Int
    ) -> [(row: Int, tap: Int)] {
        (0..<layer.kernel).map { (t + $0 - layer.before, $0) }.filter { (0..<rows).contains($0.0) }
    }

    private func weight(_ index: Int, _ tap: Int, _ input: Int, _ output: Int) -> Double {
        let layer = weights.architecture.layers[index]
        let inputs = weights.architecture.inputs(of: index + 1)
        return Double(weights.kernels[index].unsafePointer[(tap * inputs + input) * layer.filters + output])
    }
}
