// SPDX-License-Identifier: Apache-2.0
import Matrices

/// `L = sum (F - target)^2`, normalised: the content loss, and the L2 style loss. `dL/dF = 2 (F - target) / entries` with
/// the mean.
public final class SquaredErrorLoss: FeatureLoss, @unchecked Sendable {
    public private(set) var value = 0.0
    public let needsWhole = false
    public var weight: Double
    private let target: any FeatureSource
    private let factor: Double
    private var summing = FeatureTraversal.SummingPass.reading
    /// For each slot the sum over its rows.
    private var sums = AlignedBuffer<Double>(count: 0)

    /// - Parameters:
    ///   - target: of the same shape as the maps to come.
    ///   - weight: of this loss in the total.
    public init(target: any FeatureSource, weight: Double, normalisation: LossNormalisation = .mean) {
        self.target = target
        self.weight = weight
        factor = normalisation.factor(entries: target.rows * target.columns)
    }

    public func begin(_ traversal: FeatureTraversal) {
        precondition(
            (traversal.rows, traversal.columns) == (target.rows, target.columns), "a target of another shape")
        summing = traversal.summing
        sums = AlignedBuffer(count: traversal.slots)
    }

    public func read(_ rows: FeatureRows, from start: Int, slot: Int) {
        guard summing == .reading else { return }
        sums.unsafePointer[slot] += Elementwise.squaredDistance(
            rows, target.rows(start..<start + rows.rows, slot: slot))
    }

    public func end() {
        if summing == .reading { total() }
    }

    public func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {
        let sum = Elementwise.addScaledDifference(
            rows, target.rows(start..<start + rows.rows, slot: slot), scale: Float(2 * weight * factor), to: gradient)
        if summing == .gradient { sums.unsafePointer[slot] += sum }
    }

    public func endGradient() {
        if summing == .gradient { total() }
    }

    private func total() {
        value = factor * (0..<sums.count).reduce(0) { $0 + sums.unsafePointer[$1] }
    }
}
