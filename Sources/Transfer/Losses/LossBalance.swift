// SPDX-License-Identifier: Apache-2.0
import Matrices

/// Makes style and content mean the same for every pair of sounds: the style's loss is divided by its value at the content,
/// the content's by the variance of the content's own features. Then a total is
///
///     style(x) / style(content) + alpha content(x) / var(content features)
enum LossBalance {
    /// Scales terms by what is found at the content. A style that the content has already, and features that do not vary, but for
    /// rounding, are left as they are.
    ///
    /// - Parameters:
    ///   - envelope: the content's loss, where it is on envelopes.
    ///   - taps: where the content's losses look else, in the terms' order.
    ///   - observe: evaluates all losses at the content, and shows its maps to the visitors given.
    static func balance<Tap: Hashable>(
        _ terms: inout [LossTerm], envelope: EnvelopeLoss?, contentAt taps: [Tap], _ normalisation: LossNormalisation,
        observe: ([Tap: any FeatureVisitor]) -> Void
    ) {
        let watchers = Dictionary(taps.map { ($0, FeatureVariance(normalisation)) }) { first, _ in first }
        observe(watchers)
        let style = terms.reduce(0) { $1.name == "style" ? $0 + $1.share * $1.loss.value : $0 }
        let least = terms.reduce(0) { $1.name == "style" ? $0 + $1.share * $1.loss.resolution : $0 }
        var variances = (envelope.map { [$0.variance] } ?? taps.compactMap { watchers[$0]?.value }).makeIterator()
        for index in terms.indices {
            let unit =
                switch terms[index].name {
                case "style": style > least ? style : 1
                case "content": variances.next().flatMap { $0 > 0 ? $0 : nil } ?? 1
                default: 1.0
                }
            terms[index].scale(by: 1 / unit)
        }
    }
}

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
        for value in UnsafeBufferPointer(start: rows.start, count: rows.count) {
            sum += SIMD2(Double(value), Double(value) * Double(value))
        }
        sums.pointer[slot] += sum
    }

    func end() {
        let sum = (0..<sums.count).reduce(SIMD2<Double>.zero) { $0 + sums.pointer[$1] }
        let squares = sum.y - sum.x * sum.x / Double(max(entries, 1))
        value = squares > 1e-10 * sum.y ? normalisation.factor(entries: entries) * squares : 0
    }

    func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {}
    func endGradient() {}
}
