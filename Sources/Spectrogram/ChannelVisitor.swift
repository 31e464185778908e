// SPDX-License-Identifier: Apache-2.0
import Matrices

/// Shows a visitor some channels of a map that is shown whole.
final class ChannelVisitor: FeatureVisitor {
    private let visitor: any FeatureVisitor
    private let channels: Range<Int>
    private let copies: [Copy]

    /// The channels' values and their gradient, for one slot.
    struct Copy {
        let values: FeatureMap
        let gradient: FeatureMap

        /// - Parameter rows: the most that are shown at once.
        init(rows: Int, channels: Range<Int>) {
            values = FeatureMap(rows: rows, columns: channels.count)
            gradient = FeatureMap(rows: rows, columns: channels.count)
        }
    }

    /// - Parameter copies: one for each slot.
    init(_ visitor: any FeatureVisitor, _ channels: Range<Int>, _ copies: [Copy]) {
        (self.visitor, self.channels, self.copies) = (visitor, channels, copies)
    }

    var needsWhole: Bool { visitor.needsWhole }

    func begin(_ traversal: FeatureTraversal) {
        visitor.begin(
            FeatureTraversal(
                rows: traversal.rows, columns: channels.count, slots: traversal.slots, summing: traversal.summing))
    }

    func read(_ rows: FeatureRows, from start: Int, slot: Int) {
        visitor.read(chosen(rows, slot), from: start, slot: slot)
    }

    private func chosen(_ rows: FeatureRows, _ slot: Int) -> FeatureRows {
        let copy = copies[slot].values
        for row in 0..<rows.rows {
            copy.unsafePointer(row: row).update(
                from: rows.unsafePointer + row * rows.columns + channels.lowerBound, count: channels.count)
        }
        return copy[0..<rows.rows]
    }

    func settle() { visitor.settle() }
    func end() { visitor.end() }

    func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {
        let own = copies[slot].gradient
        own.unsafePointer(row: 0).update(repeating: 0, count: rows.rows * channels.count)
        visitor.addGradient(at: chosen(rows, slot), from: start, to: own.mutable(0..<rows.rows), slot: slot)
        for row in 0..<rows.rows {
            let (from, to) = (
                own.unsafePointer(row: row), gradient.unsafePointer + row * rows.columns + channels.lowerBound
            )
            for column in 0..<channels.count { to[column] += from[column] }
        }
    }

    func endGradient() { visitor.endGradient() }
}
