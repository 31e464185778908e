// SPDX-License-Identifier: Apache-2.0
import Matrices

/// The distance of energy envelopes, one of the two terms that Verma and Smith add (Neural Style Transfer for Audio Spectrograms,
/// 2018). They print no formula; here, for x `[T, F]`,
///
///     over time         e[t] = mean_f x[t, f]^2,  L = mean_t (e[t] - target[t])^2
///     over frequencies  e[f] = mean_t x[t, f]^2,  L = mean_f (e[f] - target[f])^2
public final class EnergyLoss: FeatureLoss, @unchecked Sendable {
    /// Along which axis the energies lie.
    public enum Axis: Sendable { case time, frequency }

    public private(set) var value = 0.0
    public let needsWhole = true
    public var weight: Double
    private let axis: Axis
    private let target: [Double]
    private let envelope: EnergyEnvelope
    private var factors: [Float] = []

    /// - Parameters:
    ///   - target: an ``EnergyEnvelope``, over time of the map's length.
    ///   - weight: of this loss in the total.
    public init(_ axis: Axis, target: [Double], weight: Double) {
        self.axis = axis
        self.target = target
        self.weight = weight
        envelope = EnergyEnvelope(axis)
    }

    public func begin(_ traversal: FeatureTraversal) {
        precondition(
            target.count == (axis == .time ? traversal.rows : traversal.columns) || MemoryLedger.isPlanning,
            "a target of another length")
        envelope.begin(traversal)
    }

    public func read(_ rows: FeatureRows, from start: Int, slot: Int) {
        envelope.read(rows, from: start, slot: slot)
    }

    public func end() {
        envelope.end()
        let differences = zip(envelope.values, target).map { $0 - $1 }
        value = differences.reduce(0) { $0 + $1 * $1 } / Double(max(target.count, 1))
        // d/dx of a mean over `across` entries, within a mean over `target.count`.
        let scale = 4 * weight / (Double(max(target.count, 1)) * Double(max(envelope.across, 1)))
        factors = differences.map { Float(scale * $0) }
    }

    public func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {
        factors.withUnsafeBufferPointer { factors in
            for row in 0..<rows.rows {
                for column in 0..<rows.columns {
                    let index = row * rows.columns + column
                    gradient.unsafePointer[index] +=
                        factors[axis == .time ? start + row : column] * rows.unsafePointer[index]
                }
            }
        }
    }

    public func endGradient() {}
}

/// Mean squares of a map along one axis.
public final class EnergyEnvelope: FeatureVisitor, @unchecked Sendable {
    /// One for each row, or one for each column; complete after ``end()``.
    public private(set) var values: [Double] = []
    public let needsWhole = true
    /// Entries that a mean is taken over.
    private(set) var across = 0
    private let axis: EnergyLoss.Axis
    private var byTime = AlignedBuffer<Double>(count: 0)
    private var slots: [AlignedBuffer<Double>] = []

    /// An envelope of nothing yet.
    public init(_ axis: EnergyLoss.Axis) {
        self.axis = axis
    }

    public func begin(_ traversal: FeatureTraversal) {
        across = axis == .time ? traversal.columns : traversal.rows
        byTime = AlignedBuffer(count: axis == .time ? traversal.rows : 0)
        slots = axis == .time ? [] : (0..<traversal.slots).map { _ in AlignedBuffer(count: traversal.columns) }
    }

    public func read(_ rows: FeatureRows, from start: Int, slot: Int) {
        for row in 0..<rows.rows {
            let values = UnsafeBufferPointer(start: rows.unsafePointer + row * rows.columns, count: rows.columns)
            switch axis {
            case .time: byTime.unsafePointer[start + row] = values.reduce(0) { $0 + Double($1) * Double($1) }
            case .frequency:
                let sums = slots[slot].unsafePointer
                for column in 0..<rows.columns { sums[column] += Double(values[column]) * Double(values[column]) }
            }
        }
    }

    public func end() {
        let scale = 1 / Double(max(across, 1))
        values =
            axis == .time
            ? (0..<byTime.count).map { byTime.unsafePointer[$0] * scale }
            : (0..<(slots.first?.count ?? 0)).map { column in
                slots.reduce(0) { $0 + $1.unsafePointer[column] } * scale
            }
    }

    public func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {}
    public func endGradient() {}
}

extension EnergyEnvelope {
    /// The weighted mean of the envelopes of some maps; over time, repeated or cut to this many rows.
    static func mean(
        _ maps: some Sequence<(FeatureMap, Double)>, _ axis: EnergyLoss.Axis, count: Int
    ) -> [Double] {
        let envelopes = maps.map { map, share in
            let envelope = EnergyEnvelope(axis)
            envelope.begin(FeatureTraversal(rows: map.rows, columns: map.columns, slots: 1, summing: .reading))
            envelope.read(map[0..<map.rows], from: 0, slot: 0)
            envelope.end()
            return (envelope.values, share)
        }
        let length = axis == .time ? count : (envelopes.first?.0.count ?? 0)
        return (0..<length).map { index in
            envelopes.reduce(0) { $0 + $1.1 * $1.0[index % $1.0.count] }
        }
    }
}
