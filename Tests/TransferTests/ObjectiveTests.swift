// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices
import MuLaw
import Optimizers
import TestSupport
import Testing
import WaveEncoder

@testable import Transfer

/// The whole objective, fast, against the same objective in float64 and against its differences.
@Suite struct ObjectiveTests {
    enum Kind: CaseIterable { case gram, l2, content }

    @Test(arguments: RandomCase.small + RandomCase.wide, Kind.allCases)
    func valueAndGradientAgreeWithTheReference(_ sample: RandomCase, _ kind: Kind) throws {
        let (architecture, x) = (sample.weights.architecture, sample.signal(5))
        let (settings, content, style) = try settings(sample, kind)
        let encoder = WaveEncoder(sample.weights, threads: 2, tileRows: 40)
        let objective = try TransferBackend(encoder).objective(
            content: content, styles: [StyleSignal(style)], settings: settings)
        let (losses, gradient) = try objective.evaluate(x)

        let reference = try referenceObjective(sample, settings, content: content, style: style)
        let value = reference.value(x.doubles)
        // Float32 sums of squares over activations that carry float32 rounding.
        #expect(abs(losses.total - value) <= 2e-5 * abs(value) + 1e-12)

        // Where float32 and float64 disagree about a ReLU's sign, float32's is imposed.
        let reLUs = Set((1...architecture.layers).flatMap { [LayerPoint.relu1($0), .relu2($0)] })
        let signs = encoder.activations(of: x, at: reLUs).mapValues { $0.values.doubles }
        #expect(largestError(gradient.doubles, reference.gradient(x.doubles, signs: signs)) < 5e-5)
    }

    /// The float64 gradient against central differences along a line. The step's error is of second order, rounding
    /// 1e-16 / step, and a ReLU's kink inside the step costs a share of one unit's slope: so only small encoders.
    @Test(arguments: RandomCase.small, Kind.allCases)
    func theReferencesGradientAgreesWithCentralDifferences(_ sample: RandomCase, _ kind: Kind) throws {
        let (x, direction) = (sample.signal(5), sample.signal(9).doubles)
        let (settings, content, style) = try settings(sample, kind)
        let reference = try referenceObjective(sample, settings, content: content, style: style)
        let gradient = reference.gradient(x.doubles)
        let step = 1e-6
        func shifted(_ sign: Double) -> [Double] { zip(x, direction).map { Double($0) + sign * step * $1 } }
        let difference = (reference.value(shifted(1)) - reference.value(shifted(-1))) / (2 * step)
        let slope = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(difference - slope) <= 1e-5 * gradient.map(abs).reduce(0, +) + 1e-9)
        #expect(gradient.contains { $0 != 0 })
    }

    /// A case's sounds and settings. Sounds, not companded values: the objective compands them itself.
    private func settings(
        _ sample: RandomCase, _ kind: Kind
    ) throws -> (settings: TransferSettings, content: [Float], style: [Float]) {
        let layers = sample.weights.architecture.layers
        let content = MuLaw.expand(sample.signal(1)).map { min(max($0, -1), 1) }
        let style = MuLaw.expand(sample.signal(2, samples: kind == .l2 ? sample.samples : sample.samples * 2 + 5))
        let settings = TransferSettings(
            loss: kind == .l2 ? .l2 : .gram, layers: try LayerSelection("relu1@3,relu2:1-\((layers + 1) / 2)"),
            contentLayer: try LayerSelection("residual:\(layers),bottleneck"), alpha: kind == .content ? 30 : 0)
        return (settings, content, style)
    }

    @Test(arguments: [1, 2, 3])
    func theSameBytesOnEveryRun(threads: Int) throws {
        let sample = RandomCase(width: 8, layers: 4, samples: 900, seed: 21)
        let settings = TransferSettings(layers: try LayerSelection("relu1"), iterations: 5, seed: 4)
        func run() throws -> [Float] {
            let backend = TransferBackend(WaveEncoder(sample.weights, threads: threads, tileRows: 24))
            return try TransferRun(backend, settings: settings).run(
                content: sample.signal(1), styles: [StyleSignal(sample.signal(2, samples: 1_200))]
            ).waveform
        }
        let first = try run()
        let second = try run()
        #expect(second == first)
        #expect(first.count == 900)
    }

    /// The whole objective in bounded memory, against the same with all activations stored: float32 rounding apart.
    @Test(arguments: RandomCase.small + RandomCase.wide, Kind.allCases)
    func recomputingGivesTheSame(_ sample: RandomCase, _ kind: Kind) throws {
        let (settings, content, style) = try settings(sample, kind)
        let encoder = WaveEncoder(sample.weights, threads: 2, tileRows: 32)
        let folder = try TemporaryFolder()
        func evaluate(
            _ strategy: MemoryStrategy, scratch: String? = nil
        ) throws -> [(losses: Losses, gradient: [Float])] {
            let objective = try TransferBackend(encoder, scratchFolder: scratch).objective(
                content: content, styles: [StyleSignal(style)], settings: settings, strategy: strategy)
            return try (5..<7).map { try objective.evaluate(sample.signal($0, samples: objective.dimension)) }
        }
        /// The sides that all ReLUs take for both signals when windows have this length.
        func signs(window: Int, samples: Int) -> [[Bool]] {
            let blocks = 1...sample.weights.architecture.layers
            let reLUs = blocks.flatMap { [LayerPoint.relu1($0), .relu2($0)] }
            return (UInt64(5)..<7).map { stream in
                let recorders = reLUs.map { _ in FeatureRecorder() }
                encoder.session(samples: samples, points: Set(reLUs), mode: .reading, window: window).read(
                    sample.signal(stream, samples: samples),
                    visitors: Dictionary(uniqueKeysWithValues: zip(reLUs, recorders.map { [$0] })))
                return recorders.flatMap { $0.map.values.map { $0 > 0 } }
            }
        }
        let kept = try evaluate(.storeAll)
        let samples = kept[0].gradient.count
        let keptSigns = signs(window: encoder.window, samples: samples)
        for window in [40, 500] {
            let results =
                try evaluate(MemoryStrategy(window: window, targets: .recomputed))
                + evaluate(MemoryStrategy(window: window, targets: .onDisk), scratch: folder.path)
            let turned = zip(signs(window: window, samples: samples), keptSigns).map { own, kept in
                zip(own, kept).filter { $0 != $1 }.count
            }
            #expect(turned.allSatisfy { $0 <= 2 }, "\(turned)")
            for (index, (result, expected)) in zip(results, kept + kept).enumerated() {
                for (term, wanted) in zip(result.losses.terms, expected.losses.terms) {
                    #expect(abs(term.value - wanted.value) <= 2e-6 * wanted.value + 1e-12, "\(term.name), \(window)")
                }
                // A ReLU on its kink may turn, and then the gradients do differ.
                guard turned[index % 2] == 0 else { continue }
                #expect(largestError(result.gradient.doubles, expected.gradient.doubles) < 1e-4)
            }
        }
    }

    /// As much memory as the plan says, no more: the limit decides the memory strategy.
    @Test func theLimitDecidesTheStrategy() throws {
        let encoder = WaveEncoder(
            RandomCase(width: 8, layers: 12, samples: 10, seed: 2).weights, threads: 1, tileRows: 32)
        let settings = TransferSettings(layers: try LayerSelection("relu1"))
        let (content, style) = ([Float](repeating: 0, count: 200_000), [Float](repeating: 0, count: 50_000))
        func plan(_ limit: Int?) throws -> MemoryPlan {
            try TransferBackend(encoder, memoryLimit: limit).plan(
                content: content, styles: [StyleSignal(style)], settings: settings)
        }
        let kept = try plan(nil)
        #expect(kept.strategy == .storeAll)
        #expect(try plan(kept.bytes).strategy == .storeAll)
        let windowed = try plan(kept.bytes - 1)
        #expect(windowed.strategy.window == encoder.window)
        let smaller = try plan(windowed.bytes - 1)
        #expect(smaller.strategy.window == encoder.window / 2)
        #expect(smaller.bytes < windowed.bytes && windowed.bytes < kept.bytes)
    }

    @Test func tooLittleMemoryIsRefusedWithAReason() throws {
        let sample = RandomCase(width: 8, layers: 10, samples: 10, seed: 2)
        let backend = TransferBackend(WaveEncoder(sample.weights, threads: 1), memoryLimit: 1_000_000)
        let long = [Float](repeating: 0.1, count: 100_000)
        let settings = TransferSettings(layers: try LayerSelection("relu1"))
        let error = #expect(throws: Failure.self) {
            try backend.objective(content: long, styles: [StyleSignal([0.1])], settings: settings)
        }
        #expect(error?.kind == .badData)
        // Nothing as short as a tenth of a second would fit either.
        #expect(error?.description.contains("more (--max-memory)") == true)
    }

    @Test func theEncodingNeedsAWindow() throws {
        let sample = RandomCase(width: 3, layers: 1, samples: 40, seed: 2)
        let backend = TransferBackend(WaveEncoder(sample.weights, threads: 1))
        let settings = TransferSettings(layers: try LayerSelection("encoding"))
        #expect(throws: Failure.self) {
            try backend.objective(
                content: [Float](repeating: 0, count: 15), styles: [StyleSignal([0.5])], settings: settings)
        }
    }

    /// The energies' gradient by central differences: their values come from float32 transforms, so they are known to 1e-6.
    @Test func energiesHaveTheirGradient() throws {
        let sample = RandomCase(width: 3, layers: 2, samples: 2_000, seed: 61)
        let backend = TransferBackend(WaveEncoder(sample.weights, threads: 2))
        var settings = TransferSettings(layers: try LayerSelection("relu1"))
        func objective() throws -> any TransferObjective {
            try backend.objective(
                content: sample.signal(1), styles: [StyleSignal(sample.signal(2, samples: 900).map { $0 / 3 })],
                settings: settings)
        }
        let without = try objective()
        (settings[term: .energy], settings[term: .frequencyEnergy]) = (2, 3)
        let with = try objective()
        let x = with.start
        func energy(_ x: [Float]) throws -> Double {
            let terms = try with.evaluate(x).losses.terms
            #expect(terms.map(\.name) == ["style", "content", "energy", "frequency-energy"])
            return 2 * terms[2].value + 3 * terms[3].value
        }
        let (plain, full) = (try without.evaluate(x), try with.evaluate(x))
        #expect(abs(full.losses.total - plain.losses.total - (try energy(x))) < 1e-6 * full.losses.total)
        let gradient = zip(full.gradient, plain.gradient).map { $0 - $1 }
        let largest = gradient.reduce(0) { max($0, abs($1)) }
        var generator = SeededGenerator(seed: 9)
        for _ in 0..<3 {
            let direction = gradient.map { $0 / largest + 0.3 * generator.uniform() }
            let step: Float = 1e-3
            let above = try energy(zip(x, direction).map { $0 + step * $1 })
            let below = try energy(zip(x, direction).map { $0 - step * $1 })
            let expected = zip(gradient, direction).reduce(0) { $0 + Double($1.0 * $1.1) }
            #expect(abs((above - below) / Double(2 * step) / expected - 1) < 2e-3)
        }
    }

    private func referenceObjective(
        _ sample: RandomCase, _ settings: TransferSettings, content: [Float], style: [Float]
    ) throws -> ReferenceObjective {
        let (architecture, encoder) = (sample.weights.architecture, ReferenceEncoder(sample.weights))
        let contentActivations = encoder.activations(of: MuLaw.companded(content).doubles)
        let styleActivations = encoder.activations(of: MuLaw.companded(style).doubles)
        typealias Loss = ([Double]) -> (value: Double, gradient: [Double])
        var terms: [(point: LayerPoint, weight: Double, loss: Loss)] = []
        for chosen in try #require(settings.style).layers.resolved(in: architecture) {
            let target = styleActivations[chosen.point] ?? []
            let columns = chosen.point.shape(samples: 1, in: architecture).columns
            let gram = ReferenceLoss.gramMatrix(target, columns: columns)
            let loss: Loss =
                settings.statistic == .l2
                ? { ReferenceLoss.squaredError($0, target: target) }
                : { ReferenceLoss.gram($0, target: gram, columns: columns) }
            terms.append((chosen.point, chosen.weight, loss))
        }
        if settings.alpha > 0, let layer = settings.content.features?.layers {
            for chosen in try layer.resolved(in: architecture) {
                let target = contentActivations[chosen.point] ?? []
                terms.append(
                    (chosen.point, settings.alpha * chosen.weight, { ReferenceLoss.squaredError($0, target: target) }))
            }
        }
        return ReferenceObjective(sample.weights, terms: terms)
    }
}
