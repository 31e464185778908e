// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import TestSupport
import Testing
import WaveEncoder

@testable import Transfer

/// The KL loss between channels and between frames, against its formula in float64.
@Suite struct KLLossTests {
    /// A map and a style of so many rows.
    struct Size: Sendable {
        let columns, rows, styleRows: Int
        static let all = [
            (8, 70, 50), (8, 5, 6), (32, 203, 90), (32, 20, 90), (128, 300, 280), (128, 50, 37), (128, 40, 150),
            (3, 1, 1),
        ].map { Size(columns: $0, rows: $1, styleRows: $2) }
    }

    /// The two forms of the loss.
    enum Form: CaseIterable {
        case channels, frames

        /// Relative ones of value and gradient. Float32 holds sums to some 1e-7; of what lies in directions as weak as the ridge, a
        /// few 1e-3 of the mean, that is 1e-5 to 1e-4. Between frames those are what is left of differences, and A's scale is
        /// rounded too.
        var tolerance: (value: Double, gradient: Double) {
            self == .channels ? (1e-6, 3e-5) : (1e-4, 3e-4)
        }

        /// A loss for maps of so many rows, against the mean of some styles' Gram matrices.
        func loss(_ styles: [(map: FeatureMap, share: Double)], rows: Int, weight: Double = 1) -> any FeatureLoss {
            switch self {
            case .channels:
                let columns = styles[0].map.columns
                let target = styles.reduce([Double](repeating: 0, count: columns * columns)) { sum, style in
                    zip(sum, ReferenceLoss.gramMatrix(style.map.values.doubles, columns: columns)).map {
                        $0 + style.share * $1
                    }
                }
                return GramKLLoss(target: target, weight: weight)
            case .frames:
                let scaled = styles.map {
                    ($0.map, Float(($0.share * Double(rows) / Double($0.map.rows)).squareRoot()))
                }
                return FrameKLLoss(
                    target: .stacked(scaled), rows: rows, divisor: Double(rows), weight: weight, threads: 2)
            }
        }
    }

    // MARK: The reference

    /// From NumPy 2 in float64: `w, V = eigh(S + e I)`, `R = V diag(w^-1/2) V^T`, `M = R (G + e I) R`,
    /// `(trace(M) - log(eigvalsh(M)).sum() - C) / (2 C)` and `2 / n F (inv(S + e I) - inv(G + e I)) / (2 C)`, with
    /// `S = A^T A / 3`.
    @Test(arguments: [
        (
            4, 0.24064894411237145,
            [
                -0.08611575510080821, -0.01002206299408624, 0.22790492972647458, 0.07315467936470134,
                -0.005390175784744508, -0.15554083604263108, 0.13480046102939391, 0.012488967646407114,
                -0.20158489466295235, -0.024745737607848317, -0.03496951603189627, 0.09477433189787315,
            ]
        ),
        (
            2, 1.2355125501457926,
            [
                -0.24742481185968757, -0.18966186281737585, 0.5616925683218863, 0.007871100445541401,
                -0.13614395795587253, -0.3796127657924018,
            ]
        ),
    ])
    func allAgreeWithNumPy(_ rows: Int, _ value: Double, _ gradient: [Double]) {
        let own = Array(([1, 0, 2, 0, 1, -1, 3, 1, 0, 0.5, 2, 1] as [Float])[..<(3 * rows)])
        let style = FeatureMap([1, 2, 0, 0, 1, 1, 2, 0, 1], columns: 3)
        let reference = ReferenceLoss.gramKL(
            own.doubles, target: ReferenceLoss.gramMatrix(style.values.doubles, columns: 3), columns: 3)
        // Rounding in float64, 1e-16 times a condition of some hundred.
        #expect(abs(reference.value - value) < 1e-13)
        #expect(largestError(reference.gradient, gradient) < 1e-13)
        for form in Form.allCases {
            let loss = form.loss([(style, 1)], rows: rows)
            let found = show(FeatureMap(own, columns: 3), to: loss)
            #expect(abs(loss.value / value - 1) < form.tolerance.value)
            #expect(largestError(found, gradient) < form.tolerance.gradient)
        }
    }

    /// Along lines. The step's error is of third order in step / root of the ridge, rounding 1e-13 / step.
    @Test(arguments: Size.all)
    func theReferencesGradientAgreesWithCentralDifferences(_ size: Size) {
        let own = map(size, 1).values.doubles
        let target = ReferenceLoss.gramMatrix(style(size, 2).values.doubles, columns: size.columns)
        let gradient = ReferenceLoss.gramKL(own, target: target, columns: size.columns).gradient
        for seed in 10..<UInt64(12) {
            let direction = map(size, seed).values.doubles.map { $0 - 0.3 }
            func value(_ step: Double) -> Double {
                let shifted = zip(own, direction).map { $0 + step * $1 }
                return ReferenceLoss.gramKL(shifted, target: target, columns: size.columns).value
            }
            let slope = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
            let scale = zip(gradient, direction).reduce(0) { $0 + abs($1.0 * $1.1) }
            #expect(abs((value(1e-6) - value(-1e-6)) / 2e-6 - slope) < 1e-6 * scale)
        }
    }

    // MARK: Both forms

    @Test(arguments: Size.all, Form.allCases)
    func valueAndGradientAgreeWithTheReference(_ size: Size, _ form: Form) {
        let (own, style) = (map(size, 1), style(size, 2))
        let target = ReferenceLoss.gramMatrix(style.values.doubles, columns: size.columns)
        let expected = ReferenceLoss.gramKL(own.values.doubles, target: target, columns: size.columns)
        let loss = form.loss([(style, 1)], rows: size.rows, weight: 0.3)
        for summing in [FeatureTraversal.SummingPass.reading, .gradient] {
            let gradient = show(own, to: loss, summing: summing)
            #expect(abs(loss.value / expected.value - 1) < form.tolerance.value)
            #expect(largestError(gradient, expected.gradient.map { 0.3 * $0 }) < form.tolerance.gradient)
        }
    }

    /// Several styles: the mean of their Gram matrices, or their rows in one map.
    @Test(arguments: Form.allCases)
    func stylesMix(_ form: Form) {
        let size = Size(columns: 32, rows: 40, styleRows: 30)
        let styles = [(map: style(size, 2), share: 0.7), (map: map(size, 3), share: 0.3)]
        let grams = styles.map { ReferenceLoss.gramMatrix($0.map.values.doubles, columns: size.columns) }
        let mean = zip(grams[0], grams[1]).map { 0.7 * $0 + 0.3 * $1 }
        let own = map(size, 1)
        let expected = ReferenceLoss.gramKL(own.values.doubles, target: mean, columns: size.columns)
        let loss = form.loss(styles, rows: size.rows)
        let gradient = show(own, to: loss)
        #expect(abs(loss.value / expected.value - 1) < form.tolerance.value)
        #expect(largestError(gradient, expected.gradient) < form.tolerance.gradient)
    }

    /// Pieces, slots and their order change float32 sums and nothing else; the same pieces give the same bits.
    @Test(arguments: Form.allCases)
    func piecesDontMatter(_ form: Form) {
        let size = Size(columns: 32, rows: 203, styleRows: 90)
        let (own, loss) = (map(size, 1), form.loss([(style(size, 2), 1)], rows: size.rows))
        let whole = show(own, to: loss, pieceRows: size.rows, slots: 1)
        let value = loss.value
        for (pieceRows, slots) in [(16, 3), (7, 2), (100, 5)] {
            let gradient = show(own, to: loss, pieceRows: pieceRows, slots: slots)
            #expect(abs(loss.value / value - 1) < form.tolerance.value)
            #expect(largestError(gradient, whole) < form.tolerance.gradient)
            let first = loss.value
            #expect(show(own, to: loss, pieceRows: pieceRows, slots: slots) == gradient)
            #expect(loss.value == first)
        }
    }

    /// An encoder with the loss at every first ReLU, all kept or recomputed in windows.
    @Test(
        arguments: [EncoderSession.Mode.keepAll, .recompute],
        [
            RandomCase(width: 8, layers: 5, samples: 257, seed: 5),
            RandomCase(width: 32, layers: 4, samples: 700, seed: 6),
        ])
    func anEncodersGradientAgreesWithTheReference(_ mode: EncoderSession.Mode, _ sample: RandomCase) {
        let (architecture, x) = (sample.weights.architecture, sample.signal(1))
        let points = Set((1...architecture.layers).map(LayerPoint.relu1))
        let encoder = WaveEncoder(sample.weights, threads: 2, tileRows: 40)
        let style = ReferenceEncoder(sample.weights).activations(of: sample.signal(2).doubles)
        let targets = style.filter { points.contains($0.key) }.mapValues {
            ReferenceLoss.gramMatrix($0, columns: architecture.width)
        }
        let losses = targets.mapValues { GramKLLoss(target: $0, weight: 0.2) }
        let gradient = encoder.session(samples: x.count, points: points, mode: mode, window: 72).evaluate(
            x, visitors: losses.mapValues { [$0] })
        let reference = ReferenceObjective(
            sample.weights,
            terms: targets.map { point, target in
                (point, 0.2, { ReferenceLoss.gramKL($0, target: target, columns: architecture.width) })
            })
        let value = losses.values.reduce(0) { $0 + 0.2 * $1.value }
        let reLUs = Set((1...architecture.layers).flatMap { [LayerPoint.relu1($0), .relu2($0)] })
        let signs = encoder.activations(of: x, at: reLUs).mapValues { $0.values.doubles }
        // Activations carry float32's rounding too.
        #expect(abs(value / reference.value(x.doubles) - 1) < 1e-4)
        #expect(largestError(gradient.doubles, reference.gradient(x.doubles, signs: signs)) < 1e-3)
    }

    // MARK: Degenerate maps

    enum Degenerate: CaseIterable {
        case deadChannels, deadInTheStyleOnly, silentStyle, silence, bothSilent, oneFrameAgainAndAgain, loudAndOfRankOne
        case faint

        /// A map and a style.
        func maps(_ size: Size) -> (own: FeatureMap, style: FeatureMap) {
            let (own, style) = (KLLossTests().map(size, 1), KLLossTests().style(size, 2))
            func dead(_ map: FeatureMap) -> FeatureMap { map.mapped { $2 % 3 == 0 ? 0 : $0 } }
            func silent(_ map: FeatureMap) -> FeatureMap { map.mapped { _, _, _ in 0 } }
            func same(_ map: FeatureMap, _ gain: Float) -> FeatureMap {
                map.mapped { _, _, column in gain * map.unsafePointer(row: 0)[column] }
            }
            return switch self {
            case .deadChannels: (dead(own), dead(style))
            case .deadInTheStyleOnly: (own, dead(style))
            case .silentStyle: (own, silent(style))
            case .silence: (silent(own), style)
            case .bothSilent: (silent(own), silent(style))
            case .oneFrameAgainAndAgain: (same(own, 1), same(style, 1))
            case .loudAndOfRankOne: (same(own, 1e3), style)
            case .faint: (own.mapped { value, _, _ in 1e-20 * value }, style.mapped { value, _, _ in 1e-20 * value })
            }
        }
    }

    /// A ridge that had to be raised moves ln det M by some 10 C beside a trace of 1e6 C.
    @Test(arguments: Degenerate.allCases, Form.allCases)
    func degenerateMapsHaveFiniteLosses(_ kind: Degenerate, _ form: Form) {
        for size in Size.all {
            let (own, style) = kind.maps(size)
            let loss = form.loss([(style, 1)], rows: size.rows)
            let gradient = show(own, to: loss)
            #expect(loss.value.isFinite && loss.value >= 0)
            #expect(gradient.allSatisfy { $0.isFinite })
            let target = ReferenceLoss.gramMatrix(style.values.doubles, columns: size.columns)
            let expected = ReferenceLoss.gramKL(own.values.doubles, target: target, columns: size.columns)
            #expect(abs(loss.value - expected.value) <= 1e-4 * expected.value + 1e-6)
        }
    }

    @Test(arguments: Size.all, Form.allCases)
    func equalGramsHaveNoLoss(_ size: Size, _ form: Form) {
        let style = style(size, 2)
        let nearly = style.mapped { value, row, column in value * ((row + column) % 2 == 0 ? 1.0001 : 0.9999) }
        let loss = form.loss([(style, 1)], rows: size.styleRows)
        let gradient = show(style, to: loss)
        #expect(loss.value < 1e-5)
        #expect(gradient.allSatisfy { abs($0) < 1e-4 })
        let nearGradient = show(nearly, to: loss)
        #expect(loss.value >= 0 && loss.value < 1e-3)
        #expect(nearGradient.allSatisfy { $0.isFinite })
    }

    /// Beyond float32 no Gram matrix is left to compare.
    @Test(arguments: Form.allCases)
    func sumsBeyondFloat32AreAnInfiniteLossWithoutGradient(_ form: Form) {
        let size = Size.all[0]
        let loud = map(size, 1).mapped { value, _, _ in 1e30 * value }
        let loss = form.loss([(style(size, 2), 1)], rows: size.rows)
        #expect(show(loud, to: loss).allSatisfy { $0 == 0 })
        #expect(loss.value == .infinity)
        // Nothing of it stays.
        let expected = form.loss([(style(size, 2), 1)], rows: size.rows)
        #expect(show(map(size, 1), to: loss) == show(map(size, 1), to: expected))
        #expect(loss.value == expected.value)
    }

    @Test func anIndefiniteMatrixIsInvertedWithTheLeastRidgeThatWorks() throws {
        // Eigenvalues 2 and -1e-6.
        let matrix = AlignedBuffer([1 - 0.5e-6, 1 + 0.5e-6, 7, 1 - 0.5e-6])
        let inverse = RidgedInverse(size: 2, stride: 2)
        let found = try #require(inverse.invert(matrix.unsafePointer, scale: 1, ridge: 1e-9))
        #expect(found.ridge > 1e-6 && found.ridge < 1e-5)
        let (strong, weak) = (2 + found.ridge, found.ridge - 1e-6)
        // Entries of 1 hold the weak eigenvalue to 1e-16 / 1e-6.
        #expect(abs(found.logDeterminant - log(strong * weak)) < 1e-9)
        #expect(abs(found.trace * weak - (1 + weak / strong)) < 1e-9)
        #expect(abs(inverse.values.unsafePointer[1] * weak - (weak / strong - 1) / 2) < 1e-9)
        // One that is definite keeps its ridge.
        let plain = try #require(inverse.invert([2, 1, 0, 2], scale: 0.5, ridge: 1))
        #expect(plain.ridge == 1)
        #expect(abs(plain.logDeterminant - log(3.75)) < 1e-15)
        #expect(abs(plain.trace - 4 / 3.75) < 1e-15)
        for bad in [Double.nan, .infinity] {
            #expect(inverse.invert([1, 0, 0, bad], scale: 1, ridge: 1) == nil)
            #expect(inverse.invert([1, bad, 0, 1], scale: 1, ridge: 1) == nil)
        }
    }

    // MARK: Weights and plans

    @Test func aWeightSetLaterScalesTheGradientAlone() {
        let size = Size(columns: 8, rows: 20, styleRows: 20)
        let (own, style) = (map(size, 1), style(size, 2))
        let target = ReferenceLoss.gramMatrix(style.values.doubles, columns: size.columns)
        let losses: [any FeatureLoss] =
            Form.allCases.map { $0.loss([(style, 1)], rows: size.rows) } + [
                GramLoss(target: target, weight: 1),
                FrameGramLoss(target: style, rows: size.rows, divisor: 20, weight: 1, threads: 1),
                SquaredErrorLoss(target: style, weight: 1),
                EnergyLoss(.time, target: [Double](repeating: 1, count: size.rows), weight: 1),
            ]
        for loss in losses {
            let gradient = show(own, to: loss)
            let value = loss.value
            // A power of 2 changes no digit.
            loss.weight = 0.25
            #expect(loss.weight == 0.25)
            #expect(show(own, to: loss) == gradient.map { 0.25 * $0 })
            #expect(loss.value == value)
        }
    }

    @Test func framesPayForMapsThatAreWiderThanLong() {
        #expect(FrameKLLoss.pays(rows: 430, styleRows: 430, columns: 4_096))
        #expect(FrameKLLoss.pays(rows: 20, styleRows: 20, columns: 128))
        #expect(!FrameKLLoss.pays(rows: 16_000, styleRows: 16_000, columns: 128))
        #expect(!FrameKLLoss.pays(rows: 20, styleRows: 100_000, columns: 4_096))
    }

    // MARK: Maps

    fileprivate func map(_ size: Size, _ seed: UInt64) -> FeatureMap {
        values(rows: size.rows, columns: size.columns, seed: seed)
    }

    fileprivate func style(_ size: Size, _ seed: UInt64) -> FeatureMap {
        values(rows: size.styleRows, columns: size.columns, seed: seed)
    }

    /// As after a ReLU.
    private func values(rows: Int, columns: Int, seed: UInt64) -> FeatureMap {
        var generator = SeededGenerator(seed: seed)
        return FeatureMap((0..<rows * columns).map { _ in max(generator.uniform() + 0.2, 0) }, columns: columns)
    }

    /// Shows a map as a network would, in pieces to several slots, and returns the gradient.
    private func show(
        _ features: FeatureMap, to loss: any FeatureLoss, summing: FeatureTraversal.SummingPass = .gradient,
        pieceRows: Int = 16, slots: Int = 3
    ) -> [Double] {
        let (rows, columns) = (features.rows, features.columns)
        let gradient = FeatureMap(rows: rows, columns: columns)
        let pieces = stride(from: 0, to: rows, by: pieceRows).map { $0..<min($0 + pieceRows, rows) }
        loss.begin(FeatureTraversal(rows: rows, columns: columns, slots: slots, summing: summing))
        for (index, piece) in pieces.enumerated() {
            loss.read(features[piece], from: piece.lowerBound, slot: index % slots)
            loss.settle()
        }
        loss.end()
        for (index, piece) in pieces.enumerated() {
            loss.addGradient(
                at: features[piece], from: piece.lowerBound, to: gradient.mutable(piece), slot: index % slots)
        }
        loss.endGradient()
        return gradient.values.doubles
    }
}

extension FeatureMap {
    fileprivate convenience init(_ values: [Float], columns: Int) {
        self.init(rows: values.count / columns, columns: columns)
        unsafePointer(row: 0).update(from: values, count: values.count)
    }

    fileprivate func mapped(_ change: (_ value: Float, _ row: Int, _ column: Int) -> Float) -> FeatureMap {
        FeatureMap(
            values.enumerated().map { change($1, $0 / columns, $0 % columns) }, columns: columns)
    }
}
