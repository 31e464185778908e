// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices
import Synchronization

/// What runs with one network have in common: what was found in the last few styles. A content's targets are not worth their
/// memory: they take less than half an iteration.
public final class TargetCache: Sendable {
    /// What decides what is found in a style.
    struct Key: Equatable {
        let input: Checksum
        let points: [AnyHashable]
        let comparison: StyleComparison

        init(input: [Float], points: [AnyHashable], comparison: StyleComparison) {
            self.input = Checksum(of: [input])
            (self.points, self.comparison) = (points, comparison)
        }
    }

    private struct Known: @unchecked Sendable {
        let key: Key
        let summaries: [any FeatureVisitor]
    }

    private let last = Mutex<[Known]>([])
    /// Styles that are remembered.
    private static let size = 4

    /// A cache that knows nothing.
    public init() {}

    /// The visitors of a style's maps, once they have seen them. Those as large as the maps are not remembered: a run has no room for
    /// them once its targets are made.
    static func found(
        in cache: TargetCache?, _ key: @autoclosure () -> Key, compute: () -> [any FeatureVisitor]
    ) -> [any FeatureVisitor] {
        guard let cache, !MemoryLedger.isPlanning else { return compute() }
        let key = key()
        if let known = cache.last.withLock({ $0.first { $0.key == key } }) { return known.summaries }
        let summaries = compute()
        if !summaries.contains(where: { $0 is any LargeSummary }) {
            cache.last.withLock { $0 = [Known(key: key, summaries: summaries)] + $0.prefix(size - 1) }
        }
        return summaries
    }
}

/// What is found in a style and takes as much memory as its map.
protocol LargeSummary: FeatureVisitor {}
