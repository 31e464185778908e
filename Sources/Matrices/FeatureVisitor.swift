// SPDX-License-Identifier: Apache-2.0

/// The interface between networks and losses: something that reads a feature map in ranges of time while a network computes
/// it, and then adds its gradient in ranges of time during the network's backward pass.
///
/// A network calls, for each map that is visited:
/// 1. ``begin(_:)`` once;
/// 2. ``read(_:from:slot:)`` for ranges that together cover every row once;
/// 3. ``end()`` once, when every row has been read: what depends on the whole map (a Gram matrix) is known now;
/// 4. if a gradient is wanted, ``addGradient(at:from:to:slot:)`` for ranges that together cover every row once;
/// 5. ``endGradient()`` once.
///
/// A network that recomputes activations in windows of time begins the backward pass while rows are still being read, unless
/// the visitor ``needsWhole``: then 4 begins after 3, as written.
///
/// Calls of 2 and 4 come from several threads, but never two at the same time with the same slot; those of 3 for different
/// visitors may come from several threads too. Which rows belong to a slot, and their order, depends only on the map's size
/// and the network's settings: sums accumulated for each slot and added in the slots' order are the same on every run.
public protocol FeatureVisitor: AnyObject, Sendable {
    /// Whether the gradient is defined only when every row has been read.
    var needsWhole: Bool { get }
    /// Announces a map.
    func begin(_ traversal: FeatureTraversal)
    /// Shows rows `start ..< start + rows.rows`.
    func read(_ rows: FeatureRows, from start: Int, slot: Int)
    /// Called now and then between two ranges, when no other call is in progress: a good moment to add slots up.
    func settle()
    /// Called when every row has been read.
    func end()
    /// Shows rows again; the visitor adds the gradient with respect to them to `gradient`.
    func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int)
    /// Called when the backward pass is over.
    func endGradient()
}

extension FeatureVisitor {
    public func settle() {}
}

extension Workers {
    /// Tells visitors that every row has been read, several at a time: a loss may have a matrix to invert now.
    public func end(_ visitors: some Sequence<any FeatureVisitor>) {
        let visitors = Array(visitors)
        run(pieces: visitors.count) { piece, _ in visitors[piece].end() }
    }
}

/// A source of rows of a known map: a target.
public protocol FeatureSource: AnyObject, Sendable {
    /// T.
    var rows: Int { get }
    /// C.
    var columns: Int { get }
    /// Some rows, valid until the next call with the same slot.
    func rows(_ range: Range<Int>, slot: Int) -> FeatureRows
}

extension FeatureMap: FeatureSource {
    public func rows(_ range: Range<Int>, slot: Int) -> FeatureRows { self[range] }
}

/// What a visitor knows before it sees a map.
public struct FeatureTraversal: Sendable {
    /// When a visitor that sums over all rows, and needs no sum for its gradient, should do so.
    public enum SummingPass: Sendable {
        /// In the forward pass: no gradient follows.
        case reading
        /// In the backward pass, where every row is available anyway.
        case gradient
    }

    /// T.
    public let rows: Int
    /// C.
    public let columns: Int
    /// The number of slots.
    public let slots: Int
    /// The pass that sums over rows.
    public let summing: SummingPass

    /// Describes a traversal.
    public init(rows: Int, columns: Int, slots: Int, summing: SummingPass) {
        self.rows = rows
        self.columns = columns
        self.slots = slots
        self.summing = summing
    }
}

/// A visitor that stores the whole map.
public final class FeatureRecorder: FeatureVisitor, @unchecked Sendable {
    /// The map, complete after ``end()``.
    public private(set) var map = FeatureMap(rows: 0, columns: 0)
    public let needsWhole = false

    /// A recorder that has seen nothing.
    public init() {}

    public func begin(_ traversal: FeatureTraversal) {
        map = FeatureMap(rows: traversal.rows, columns: traversal.columns)
    }

    public func read(_ rows: FeatureRows, from start: Int, slot: Int) {
        map.unsafePointer(row: start).update(from: rows.unsafePointer, count: rows.count)
    }

    public func end() {}
    public func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {}
    public func endGradient() {}
}
