// SPDX-License-Identifier: Apache-2.0
import Matrices

extension FeatureMap {
    /// Shows the map to a visitor as a network would, in ranges of some slots, and takes the gradient back.
    public func show(to visitor: any FeatureVisitor, slots: Int = 3) -> [Float] {
        let gradient = FeatureMap(rows: rows, columns: columns)
        let ranges = (0..<slots).map { rows * $0 / slots..<rows * ($0 + 1) / slots }
        visitor.begin(FeatureTraversal(rows: rows, columns: columns, slots: slots, summing: .gradient))
        for (slot, range) in ranges.enumerated() { visitor.read(self[range], from: range.lowerBound, slot: slot) }
        visitor.end()
        for (slot, range) in ranges.enumerated() {
            visitor.addGradient(at: self[range], from: range.lowerBound, to: gradient.mutable(range), slot: slot)
        }
        visitor.endGradient()
        return gradient.values
    }
}
