// SPDX-License-Identifier: Apache-2.0
import Matrices

/// A target that is the weighted mean of several of one shape.
final class MixedSource: FeatureSource, @unchecked Sendable {
    let rows: Int
    let columns: Int
    private let sources: [(source: any FeatureSource, weight: Float)]
    /// For each slot, the rows last asked for.
    private let buffers: [SlotBuffer]

    /// - Parameters:
    ///   - sources: at least one.
    ///   - slots: of the session that will read them.
    ///   - rowsAtOnce: asked for at most.
    init(_ sources: [(source: any FeatureSource, weight: Double)], slots: Int, rowsAtOnce: Int) {
        (rows, columns) = (sources[0].source.rows, sources[0].source.columns)
        self.sources = sources.map { ($0.source, Float($0.weight)) }
        let count = rowsAtOnce * columns
        buffers = (0..<slots).map { _ in SlotBuffer(count) }
    }

    func rows(_ range: Range<Int>, slot: Int) -> FeatureRows {
        let count = range.count * columns
        let mix = buffers[slot].holding(count)
        mix.unsafePointer.update(repeating: 0, count: count)
        for (source, weight) in sources {
            let rows = source.rows(range, slot: slot)
            for index in 0..<count { mix.unsafePointer[index] += weight * rows.unsafePointer[index] }
        }
        return FeatureRows(unsafePointer: UnsafePointer(mix.unsafePointer), rows: range.count, columns: columns)
    }
}

extension MixedSource {
    /// The mean, or the source itself where there is but one.
    static func mixing(
        _ sources: some Sequence<(any FeatureSource, Double)>, slots: Int, rowsAtOnce: Int
    ) -> any FeatureSource {
        let sources = Array(sources)
        return sources.count == 1
            ? sources[0].0 : MixedSource(sources.map { ($0.0, $0.1) }, slots: slots, rowsAtOnce: rowsAtOnce)
    }
}
