// SPDX-License-Identifier: Apache-2.0
import Matrices
import TestSupport
import Testing

@testable import Transfer

/// Losses on a feature map that no network made, shown in pieces and by several slots.
@Suite struct FeatureLossTests {
    private static let (rows, columns) = (70, 5)
    private let map = values(1)
    private let other = values(2)

    private static func values(_ seed: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<rows * columns).map { _ in max(generator.uniform(), 0) }
    }

    @Test(arguments: [LossNormalisation.mean, .sum], [FeatureTraversal.SummingPass.reading, .gradient])
    func gramAgreesWithItsFormula(_ normalisation: LossNormalisation, _ summing: FeatureTraversal.SummingPass) {
        let target = ReferenceLoss.gramMatrix(other.doubles, columns: Self.columns)
        let loss = GramLoss(target: target, weight: 0.3, normalisation: normalisation)
        let gradient = show(map, to: loss, summing: summing)
        let expected = ReferenceLoss.gram(map.doubles, target: target, columns: Self.columns)
        let factor = normalisation == .mean ? 1 : Double(Self.columns * Self.columns)
        #expect(abs(loss.value - factor * expected.value) < 1e-6 * factor * expected.value)
        #expect(largestError(gradient, expected.gradient.map { 0.3 * factor * $0 }) < 1e-6)
    }

    /// Products between frames give the loss of products between channels, also where it is a small difference of large sums:
    /// there 1e-6 of the sums is 1e-3 of the loss.
    @Test(arguments: [(1.0, 1e-5), (1e-2, 1e-3)], [LossNormalisation.mean, .sum, .gatys])
    func framesAgreeWithChannels(_ noise: (size: Double, tolerance: Double), _ normalisation: LossNormalisation) {
        let (rows, styleRows, columns) = (37, noise.size < 1 ? 37 : 50, 300)
        var generator = SeededGenerator(seed: 5)
        let style = (0..<styleRows * columns).map { _ in max(generator.uniform() + 0.3, 0) }
        // The style's rows, or the first of them, and some noise.
        let scale = Float((Double(styleRows) / Double(rows)).squareRoot())
        let own = (0..<rows * columns).map { style[$0] * scale + Float(noise.size) * generator.uniform() }
        let target = ReferenceLoss.gramMatrix(style.doubles, columns: columns)
        let expected = ReferenceLoss.gram(own.doubles, target: target, columns: columns)
        // The target in the frames' form is divided by the same number as the own matrix.
        let map = FeatureMap(rows: styleRows, columns: columns)
        let factor = Float((Double(rows) / Double(styleRows)).squareRoot())
        map.unsafePointer(row: 0).update(from: style.map { $0 * factor }, count: style.count)
        let loss = FrameGramLoss(
            target: map, rows: rows, divisor: Double(rows), weight: 0.3, normalisation: normalisation, threads: 2)
        let features = FeatureMap(rows: rows, columns: columns)
        features.unsafePointer(row: 0).update(from: own, count: own.count)
        let gradient = FeatureMap(rows: rows, columns: columns)
        loss.begin(FeatureTraversal(rows: rows, columns: columns, slots: 1, summing: .gradient))
        loss.read(features[0..<20], from: 0, slot: 0)
        loss.read(features[20..<rows], from: 20, slot: 0)
        loss.end()
        loss.addGradient(at: features[0..<5], from: 0, to: gradient.mutable(0..<5), slot: 0)
        loss.addGradient(at: features[5..<rows], from: 5, to: gradient.mutable(5..<rows), slot: 0)
        let mean = 1 / Double(columns * columns)
        let size = normalisation.gramFactor(columns: columns) / mean
        #expect(abs(loss.value / (size * expected.value) - 1) < noise.tolerance)
        #expect(largestError(gradient.values.doubles, expected.gradient.map { 0.3 * size * $0 }) < 10 * noise.tolerance)
    }

    @Test(arguments: [LossNormalisation.mean, .sum], [FeatureTraversal.SummingPass.reading, .gradient])
    func squaredErrorAgreesWithItsFormula(_ normalisation: LossNormalisation, _ summing: FeatureTraversal.SummingPass) {
        let target = FeatureMap(rows: Self.rows, columns: Self.columns)
        target.unsafePointer(row: 0).update(from: other, count: other.count)
        let loss = SquaredErrorLoss(target: target, weight: 0.3, normalisation: normalisation)
        let gradient = show(map, to: loss, summing: summing)
        let expected = ReferenceLoss.squaredError(map.doubles, target: other.doubles)
        let factor = normalisation == .mean ? 1 : Double(map.count)
        #expect(abs(loss.value - factor * expected.value) < 1e-6 * factor * expected.value)
        #expect(largestError(gradient, expected.gradient.map { 0.3 * factor * $0 }) < 1e-6)
    }

    /// A network that recomputes shows halo rows twice in the backward pass: the value must not count them twice.
    @Test func aValueSummedWhileReadingIgnoresRowsShownAgain() {
        let target = FeatureMap(rows: Self.rows, columns: Self.columns)
        let loss = SquaredErrorLoss(target: target, weight: 1)
        _ = show(map, to: loss, summing: .reading, twice: true)
        let expected = ReferenceLoss.squaredError(map.doubles, target: map.map { _ in 0 }).value
        #expect(abs(loss.value - expected) < 1e-6 * expected)
    }

    @Test func aLossCanSeeAnotherMap() {
        let target = ReferenceLoss.gramMatrix(other.doubles, columns: Self.columns)
        let loss = GramLoss(target: target, weight: 1)
        _ = show(map, to: loss, summing: .reading)
        _ = show(other, to: loss, summing: .reading)
        #expect(loss.value < 1e-12)
    }

    /// Shows a map as a network would, in pieces of 16 rows, and returns the gradient.
    private func show(
        _ values: [Float], to loss: any FeatureLoss, summing: FeatureTraversal.SummingPass, twice: Bool = false
    ) -> [Double] {
        let features = FeatureMap(rows: Self.rows, columns: Self.columns)
        features.unsafePointer(row: 0).update(from: values, count: values.count)
        let gradient = FeatureMap(rows: Self.rows, columns: Self.columns)
        let pieces = stride(from: 0, to: Self.rows, by: 16).map { $0..<min($0 + 16, Self.rows) }
        loss.begin(FeatureTraversal(rows: Self.rows, columns: Self.columns, slots: 3, summing: summing))
        for (index, piece) in pieces.enumerated() {
            loss.read(features[piece], from: piece.lowerBound, slot: index % 3)
        }
        loss.end()
        for _ in 0..<(twice ? 2 : 1) {
            for (index, piece) in pieces.enumerated() {
                loss.addGradient(
                    at: features[piece], from: piece.lowerBound, to: gradient.mutable(piece), slot: index % 3)
            }
        }
        loss.endGradient()
        return gradient.values.doubles
    }
}
