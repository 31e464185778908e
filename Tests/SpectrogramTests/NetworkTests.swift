// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import Synchronization
import TestSupport
import Testing

@testable import Spectrogram

@Suite struct NetworkTests {
    /// A small network, its weights and a spectrogram.
    struct Case: CustomStringConvertible, Sendable {
        let architecture: SpectralArchitecture
        let frames: Int
        let hasBias: Bool
        let seed: UInt64

        var weights: SpectralWeights {
            .random(architecture, hasBias ? .pytorch : .he, hasBias: hasBias, seed: seed, threads: 2)
        }

        var x: [Float] {
            var generator = SeededGenerator(seed: seed &+ 77)
            return (0..<frames * architecture.bins).map { _ in abs(generator.uniform()) }
        }

        var description: String { "\(architecture.layers.map(\.kernel)), \(frames) frames, seed \(seed)" }
    }

    typealias Layer = SpectralArchitecture.Layer

    static let cases: [Case] = [
        Case(architecture: .wide(bins: 33, filters: 64, kernel: 11), frames: 40, hasBias: false, seed: 1),
        Case(architecture: .wide(bins: 33, filters: 20, kernel: 11), frames: 11, hasBias: true, seed: 2),
        Case(
            architecture: .wide(bins: 17, filters: 32, kernel: 3, padding: .same, hasReLU: false), frames: 1,
            hasBias: true, seed: 3),
        Case(architecture: .wide(bins: 40, filters: 300, kernel: 1), frames: 9, hasBias: false, seed: 4),
        Case(architecture: .wide(bins: 5, filters: 32, kernel: 15, padding: .same), frames: 29, hasBias: true, seed: 5),
        Case(
            architecture: SpectralArchitecture(
                bins: 9,
                layers: [
                    Layer(filters: 12, kernel: 3, padding: .same, pool: 2),
                    Layer(filters: 32, kernel: 4, padding: .valid),
                    Layer(filters: 8, kernel: 2, padding: .same, pool: 3),
                    Layer(filters: 16, kernel: 5, padding: .same, hasReLU: false),
                ]), frames: 61, hasBias: true, seed: 6),
        Case(
            architecture: SpectralArchitecture(
                bins: 6,
                layers: [
                    Layer(filters: 33, kernel: 7), Layer(filters: 64, kernel: 6, padding: .same),
                    Layer(filters: 7, kernel: 9, padding: .valid),
                ]), frames: 90, hasBias: false, seed: 7),
    ]

    /// A loss that is linear in a map: its gradient is known.
    private final class LinearLoss: FeatureVisitor, @unchecked Sendable {
        let needsWhole: Bool
        /// Slots write rows of their own.
        private var copy = FeatureMap(rows: 0, columns: 1)
        var seen: [Float] { copy.values }
        private var gradient: [Float]
        private let added = Mutex(0)
        var rowsAdded: Int { added.withLock { $0 } }

        init(gradient: [[Double]], needsWhole: Bool) {
            self.gradient = gradient.flatMap { $0.map { Float($0) } }
            self.needsWhole = needsWhole
        }

        func begin(_ traversal: FeatureTraversal) {
            copy = FeatureMap(
                [Float](repeating: .nan, count: traversal.rows * traversal.columns), columns: traversal.columns)
            added.withLock { $0 = 0 }
        }

        func read(_ rows: FeatureRows, from start: Int, slot: Int) {
            copy.unsafePointer(row: start).update(from: rows.unsafePointer, count: rows.count)
        }

        func end() {}

        func addGradient(at rows: FeatureRows, from start: Int, to target: MutableFeatureRows, slot: Int) {
            for index in 0..<rows.count { target.unsafePointer[index] += gradient[start * rows.columns + index] }
            added.withLock { $0 += rows.rows }
        }

        func endGradient() {}
    }

    private func rows(_ values: [Float], _ columns: Int) -> [[Double]] {
        stride(from: 0, to: values.count, by: columns).map { start in
            values[start..<start + columns].map(Double.init)
        }
    }

    /// Values differ by float32 rounding of sums and of Winograd's transforms: 1e-5 of the largest.
    private func expectClose(_ values: [Float], _ reference: [[Double]], _ what: Comment) {
        let reference = reference.flatMap { $0 }
        let largest = reference.reduce(1e-9) { max($0, abs($1)) }
        #expect(values.count == reference.count, what)
        for (value, expected) in zip(values, reference) where abs(Double(value) - expected) > 1e-5 * largest {
            Issue.record("\(what): \(value) where \(expected) is expected, largest \(largest)")
            return
        }
    }

    @Test(arguments: cases, KernelLevel.available)
    func theEngineIsTheReference(test: Case, kernels: KernelLevel) {
        let (weights, x) = (test.weights, test.x)
        let reference = ReferenceSpectralNetwork(weights)
        let input = rows(x, test.architecture.bins)
        let maps = reference.maps(of: input).leaving
        var generator = SeededGenerator(seed: test.seed)
        let wanted = maps.map { $0.map { $0.map { _ in Double(generator.uniform()) } } }
        let inputGradient = input.map { $0.map { _ in Double(generator.uniform()) } }
        let depth = maps.count

        // Made for its few frames, by F(2, 3), and for any number, by F(4, 3).
        for (threads, expecting) in [(1, nil), (3, nil), (1, test.frames), (3, test.frames)] as [(Int, Int?)] {
            let network = SpectralNetwork(weights, frames: expecting, threads: threads, kernels: kernels)
            for (rowsAtOnce, needsWhole) in [(nil, true), (7, true), (7, false), (1_000, false)] as [(Int?, Bool)] {
                var losses: [SpectralLayerPoint: LinearLoss] = [
                    .input: LinearLoss(gradient: inputGradient, needsWhole: needsWhole)
                ]
                for number in 1...depth {
                    losses[.layer(number)] = LinearLoss(gradient: wanted[number - 1], needsWhole: needsWhole)
                }
                let session = SpectralSession(
                    network, frames: test.frames, points: Set(losses.keys), rowsAtOnce: rowsAtOnce, gradient: true)
                // Twice: nothing may be left over.
                _ = session.evaluate(x, visitors: losses.mapValues { [$0] })
                let gradient = session.evaluate(x, visitors: losses.mapValues { [$0] })
                for number in 1...depth {
                    expectClose(losses[.layer(number)]?.seen ?? [], maps[number - 1], "layer \(number)")
                    #expect(losses[.layer(number)]?.rowsAdded == maps[number - 1].count)
                }
                var expected = reference.gradient(
                    of: input, from: Dictionary(uniqueKeysWithValues: (1...depth).map { ($0, wanted[$0 - 1]) }))
                for row in expected.indices {
                    for column in expected[row].indices { expected[row][column] += inputGradient[row][column] }
                }
                expectClose(
                    gradient, expected,
                    "gradient, \(threads) threads, \(String(describing: rowsAtOnce)) rows, \(String(describing: expecting))"
                )
            }
            let read = network.activations(
                of: map(x, columns: test.architecture.bins), at: [.layer(1), .layer(depth)])
            expectClose(read[.layer(depth)]?.values ?? [], maps[depth - 1], "read")
            expectClose(read[.layer(1)]?.values ?? [], maps[0], "read")
        }
    }

    /// The reference's own gradient, by central differences in float64. A step of 1e-6 crosses no kink here.
    @Test(arguments: [cases[5], cases[1]]) func theReferencesGradientIsRight(test: Case) {
        let reference = ReferenceSpectralNetwork(test.weights)
        var input = rows(test.x, test.architecture.bins)
        let maps = reference.maps(of: input).leaving
        var generator = SeededGenerator(seed: test.seed)
        let wanted = maps.map { $0.map { $0.map { _ in Double(generator.uniform()) } } }
        func loss(_ x: [[Double]]) -> Double {
            zip(reference.maps(of: x).leaving.joined().joined(), wanted.joined().joined()).reduce(0) {
                $0 + $1.0 * $1.1
            }
        }
        let gradient = reference.gradient(
            of: input, from: Dictionary(uniqueKeysWithValues: wanted.enumerated().map { ($0.offset + 1, $0.element) }))
        for _ in 0..<12 {
            let (row, column) = (
                Int(generator.next() % UInt64(input.count)), Int(generator.next() % UInt64(test.architecture.bins))
            )
            let (value, step) = (input[row][column], 1e-6)
            input[row][column] = value + step
            let above = loss(input)
            input[row][column] = value - step
            let below = loss(input)
            input[row][column] = value
            #expect(abs((above - below) / (2 * step) - gradient[row][column]) < 1e-6)
        }
    }

    /// The layer of the fixture, computed by the public code: 1e-5 of the largest value.
    @Test func featuresAreUlyanovs() throws {
        let golden = try GoldenSpectra()
        let architecture = SpectralArchitecture.wide(
            bins: GoldenSpectra.bins, filters: GoldenSpectra.filters, kernel: GoldenSpectra.kernel)
        let weights = SpectralWeights(
            architecture, kernels: [AlignedBuffer(try golden.values("kernel"))], biases: [[]])
        let network = SpectralNetwork(weights, threads: 2)
        let features = network.activations(of: try golden.map("log1p_content"), at: [.layer(1)])[.layer(1)]?.values
        let expected = try golden.values("features_content")
        #expect(largestDifference(features ?? [], expected) < 1e-5 * (expected.max() ?? 0))
    }

    @Test(arguments: SpectralWeights.Initialisation.allCases)
    func randomWeightsHaveTheirVariance(initialisation: SpectralWeights.Initialisation) {
        let architecture = SpectralArchitecture.wide(bins: 100, filters: 200, kernel: 5)
        let weights = SpectralWeights.random(architecture, initialisation, hasBias: true, seed: 3, threads: 2)
        let values = self.values(weights.kernels[0])
        let variance = values.reduce(0) { $0 + $1 * $1 } / 1e5
        let expected: Double =
            switch initialisation {
            case .glorot: 2.0 / 1_500
            // Of a normal number within two deviations: 0.774 (its exact value 0.7737).
            case .glorotTruncated: 0.7737 * 2 / 1_500
            case .ulyanov: 4.0 / 1_500
            case .he: 2.0 / 500
            case .pytorch: 1.0 / 500 / 3
            }
        // Of 1e5 values the variance is known to 0.45 %.
        #expect(abs(variance / expected - 1) < 0.02)
        let largest = values.reduce(0) { max($0, abs($1)) }
        if initialisation == .glorotTruncated { #expect(largest <= 2.00001 * (2.0 / 1_500).squareRoot()) }
        if initialisation == .pytorch { #expect(largest <= (1.0 / 500).squareRoot()) }
        #expect(weights.biases[0].contains { $0 != 0 } == (initialisation == .pytorch))
        let again = SpectralWeights.random(architecture, initialisation, hasBias: true, seed: 3, threads: 1)
        #expect(self.values(again.kernels[0]) == values)
    }

    @Test func theDeepNetworkIsVGGs() {
        let architecture = SpectralArchitecture.deep(bins: 257)
        #expect(architecture.layers.count == 16)
        #expect(architecture.layers.map(\.filters).filter { $0 == 512 }.count == 14)
        #expect(architecture.rows(of: 16, frames: 100) == 6)
        #expect(architecture.rows(of: 2, frames: 100) == 100)
    }

    private func values(_ buffer: AlignedBuffer<Float>) -> [Double] {
        (0..<buffer.count).map { Double(buffer.unsafePointer[$0]) }
    }

    private func map(_ values: [Float], columns: Int) -> FeatureMap {
        let map = FeatureMap(rows: values.count / columns, columns: columns)
        map.unsafePointer(row: 0).update(from: values, count: values.count)
        return map
    }
}
