// SPDX-License-Identifier: Apache-2.0
import Matrices
import Transfer

/// A custom loss, on a whole map at once.
///
///     // The mean of all activations.
///     let loss = MapLoss { map in
///         let share = 1 / Double(map.values.count)
///         return (map.values.reduce(0) { $0 + Double($1) } * share, map.values.map { _ in Float(share) })
///     }
///
/// It holds the map and its gradient. A `FeatureLoss` that processes rows as they come needs neither, and works in a
/// network that recomputes activations.
public final class MapLoss: FeatureLoss, @unchecked Sendable {
    /// From a map F `[T, C]` to the loss, and its gradient with respect to F, row-major `[T, C]`.
    public typealias Function = @Sendable (_ map: FeatureMap) -> (value: Double, gradient: [Float])

    public private(set) var value = 0.0
    public let resolution = 0.0
    public let needsWhole = true
    public var weight: Double
    private let function: Function
    private let recorder = FeatureRecorder()
    private var gradient: [Float] = []

    /// A loss.
    public init(weight: Double = 1, _ function: @escaping Function) {
        (self.weight, self.function) = (weight, function)
    }

    public func begin(_ traversal: FeatureTraversal) { recorder.begin(traversal) }

    public func read(_ rows: FeatureRows, from start: Int, slot: Int) { recorder.read(rows, from: start, slot: slot) }

    public func end() {
        (value, gradient) = function(recorder.map)
        precondition(gradient.count == recorder.map.rows * recorder.map.columns, "a gradient of another shape")
    }

    public func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {
        let own = self.gradient[start * rows.columns..<(start + rows.rows) * rows.columns]
        for (index, value) in own.enumerated() { gradient.unsafePointer[index] += Float(weight) * value }
    }

    public func endGradient() {}
}
