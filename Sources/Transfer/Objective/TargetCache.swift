// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices
import Synchronization

/// What runs with one network have in common: what was found in the last few styles; in a folder, if there is one, also what other
/// processes have found. A content's targets are not worth their memory: they take less than half an iteration.
public final class TargetCache: Sendable {
    /// What decides what is found in a style, to the last bit.
    struct Key: Equatable {
        let input: Checksum
        let points: [AnyHashable]
        let comparison: StyleComparison
        let strategy: MemoryStrategy

        init(input: [Float], points: [AnyHashable], comparison: StyleComparison, strategy: MemoryStrategy) {
            self.input = Checksum(of: [input])
            (self.points, self.comparison, self.strategy) = (points, comparison, strategy)
        }

        /// For a file's name.
        var text: String {
            let options = [comparison.normalisation?.rawValue, comparison.divisor?.rawValue, comparison.fit?.rawValue]
            return """
                \(input) \(points.map { "\($0)" }.joined(separator: ",")) \(comparison.statistic.name) \
                \(options.map { $0 ?? "-" }.joined(separator: ",")) \(strategy.description)
                """
        }
    }

    private struct Known: @unchecked Sendable {
        let key: Key
        let summaries: [any FeatureVisitor]
    }

    private let last = Mutex<[Known]>([])
    /// Styles that are remembered.
    private static let size = 4

    private let folder: String?
    private let network: String

    /// A cache that knows nothing but what is in its folder.
    ///
    /// - Parameters:
    ///   - folder: that processes share; nil for none.
    ///   - network: what else decides what is found: weights, threads, kernels.
    public init(folder: String? = nil, network: String = "") { (self.folder, self.network) = (folder, network) }

    /// The visitors of a style's maps, once they have seen them. Those as large as the maps are not remembered: a run has no room for
    /// them once its targets are made.
    ///
    /// - Parameters:
    ///   - make: visitors that have seen nothing.
    ///   - show: lets them see the style's maps.
    static func found(
        in cache: TargetCache?, _ key: @autoclosure () -> Key, make: () -> [any FeatureVisitor],
        show: ([any FeatureVisitor]) -> Void
    ) -> [any FeatureVisitor] {
        func made() -> [any FeatureVisitor] {
            let summaries = make()
            show(summaries)
            return summaries
        }
        guard let cache, !MemoryLedger.isPlanning else { return made() }
        let key = key()
        if let known = cache.last.withLock({ $0.first { $0.key == key } }) { return known.summaries }
        let path = cache.path(of: key)
        let summaries = path.flatMap { restored(make(), from: $0) } ?? made()
        if let path { store(summaries, in: path) }
        if !summaries.contains(where: { $0 is any LargeSummary }) {
            cache.last.withLock { $0 = [Known(key: key, summaries: summaries)] + $0.prefix(size - 1) }
        }
        return summaries
    }

    private func path(of key: Key) -> String? {
        folder.map { folder in
            let name = Array("\(network) \(key.text)".utf8).withUnsafeBytes { Checksum(of: $0) }
            return "\(folder)/\(name).targets"
        }
    }

    /// What another process has stored; nil where that is not there, whole.
    private static func restored(_ summaries: [any FeatureVisitor], from path: String) -> [any FeatureVisitor]? {
        let storable = summaries.compactMap { $0 as? any StorableSummary }
        guard storable.count == summaries.count,
            let stored = try? CheckpointFile.read([StoredSummary].self, from: path), stored.count == summaries.count,
            zip(storable, stored).allSatisfy({ $0.restore($1) })
        else { return nil }
        return summaries
    }

    /// Where it cannot be stored, the others compute it, too.
    private static func store(_ summaries: [any FeatureVisitor], in path: String) {
        let stored = summaries.compactMap { ($0 as? any StorableSummary)?.stored }
        guard stored.count == summaries.count, !fileExists(path) else { return }
        try? Folder.make(path.parentFolder)
        try? OutputFile(path: path).write { _ = try CheckpointFile.write(stored, to: $0) }
    }
}

/// What is found in a style, bit for bit.
struct StoredSummary: Codable {
    let rows: Int
    let columns: Int
    @StoredArray var values: [Double]
}

/// What is found in a style and other processes can use.
protocol StorableSummary: FeatureVisitor {
    /// After it has seen the style's map.
    var stored: StoredSummary { get }
    /// Takes what another one has found; false where that does not fit.
    func restore(_ stored: StoredSummary) -> Bool
}

/// What is found in a style and takes as much memory as its map.
protocol LargeSummary: FeatureVisitor {}
