// SPDX-License-Identifier: Apache-2.0
import Matrices

/// The variance of a map's entries, as a squared error from their mean under a normalisation; 0 where they are one number, but
/// for float32's rounding: 1e-10 of their mean square.
final class FeatureVariance: FeatureVisitor, @unchecked Sendable {
    /// Complete after ``end()``.
    private(set) var value = 0.0
    let needsWhole = false
    private let normalisation: LossNormalisation
    private var entries = 0
    /// For each slot the sum over its entries, and that of their squares.
    private var sums = AlignedBuffer<SIMD2<Double>>(count: 0)

    init(_ normalisation: LossNormalisation) {
        self.normalisation = normalisation
    }

    func begin(_ traversal: FeatureTraversal) {
        entries = traversal.rows * traversal.columns
        sums = AlignedBuffer(count: traversal.slots)
    }

    func read(_ rows: FeatureRows, from start: Int, slot: Int) {
        var sum = SIMD2<Double>.zero
        for value in UnsafeBufferPointer(start: rows.unsafePointer, count: rows.count) {
            sum += SIMD2(Double(value), Double(value) * Double(value))
        }
        sums.unsafePointer[slot] += sum
    }

    func end() {
        let sum = (0..<sums.count).reduce(SIMD2<Double>.zero) { $0 + sums.unsafePointer[$1] }
        let squares = sum.y - sum.x * sum.x / Double(max(entries, 1))
        value = squares > 1e-10 * sum.y ? normalisation.factor(entries: entries) * squares : 0
    }

    func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {}
    func endGradient() {}
}
