// SPDX-License-Identifier: Apache-2.0
import Files
import MuLaw
import Spectrogram
import TestSupport
import Testing
import WaveEncoder

@testable import Transfer

/// The objective over frames, fast, against its definition in float64: each frame a clip by itself, losses on the maps of all
/// frames put together.
@Suite struct FramedEncoderObjectiveTests {
    struct Case: Sendable, CustomStringConvertible {
        var sample: RandomCase
        var length: Int
        var hop: Int
        var description: String { "\(sample), frames of \(length) every \(hop)" }
    }

    /// One round and several, frames that overlap and that don't, widths with kernels of their own and without.
    static let cases = [
        Case(sample: RandomCase(width: 3, layers: 4, samples: 330, seed: 71), length: 64, hop: 16),
        Case(sample: RandomCase(width: 8, layers: 6, samples: 300, seed: 72), length: 17, hop: 4),
        Case(sample: RandomCase(width: 8, layers: 2, samples: 95, seed: 73), length: 30, hop: 30),
        Case(sample: RandomCase(width: 32, layers: 3, samples: 700, seed: 74), length: 150, hop: 40),
    ]
    enum Kind: CaseIterable { case gram, l2, content }

    @Test(arguments: cases, Kind.allCases)
    func valueAndGradientAgreeWithTheDefinition(_ test: Case, _ kind: Kind) throws {
        let settings = try settings(test, kind)
        let encoder = WaveEncoder(test.sample.weights, threads: 2, tileRows: 32)
        for keeps in [true, false] {
            let objective = try objective(test, settings, encoder, keepsTargets: keeps)
            let x = signal(objective.dimension, test)
            let (losses, gradient) = try objective.evaluate(x)
            let definition = try Definition(test, settings, content: content(test), style: style(test))
            let value = definition.value(x.doubles)
            // Float32 sums of squares over activations that carry float32 rounding.
            #expect(abs(losses.total - value) <= 2e-5 * abs(value))
            // Where float32 and float64 disagree about a ReLU's sign, float32's is imposed.
            let expected = definition.gradient(x.doubles, signs: encoder)
            #expect(largestError(gradient.doubles, expected) < 5e-5)
            // The buffers are used again: nothing of the first evaluation is left in them.
            #expect(try objective.evaluate(x).gradient == gradient)
        }
    }

    /// As for whole sounds: the step's error is of second order, rounding 1e-16 / step.
    @Test(arguments: cases.dropLast(), Kind.allCases)
    func theDefinitionsGradientAgreesWithCentralDifferences(_ test: Case, _ kind: Kind) throws {
        let definition = try Definition(
            test, try settings(test, kind), content: content(test), style: style(test))
        let count = HannFrames(samples: test.sample.samples, length: test.length, hop: test.hop).dimension
        let (x, direction) = (signal(count, test), test.sample.signal(9, samples: count).doubles)
        let gradient = definition.gradient(x.doubles)
        let step = 1e-6
        func shifted(_ sign: Double) -> [Double] { zip(x, direction).map { Double($0) + sign * step * $1 } }
        let difference = (definition.value(shifted(1)) - definition.value(shifted(-1))) / (2 * step)
        let slope = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(difference - slope) <= 1e-5 * gradient.map(abs).reduce(0, +))
        #expect(gradient.contains { $0 != 0 })
    }

    @Test(arguments: Kind.allCases) func theSameBytesOnAnyNumberOfThreads(_ kind: Kind) throws {
        let test = Self.cases[1]
        let settings = try settings(test, kind)
        func evaluate(threads: Int, keeps: Bool) throws -> (total: Double, gradient: [Float]) {
            let encoder = WaveEncoder(test.sample.weights, threads: threads, tileRows: 32)
            let objective = try objective(test, settings, encoder, keepsTargets: keeps)
            let (losses, gradient) = try objective.evaluate(signal(objective.dimension, test))
            return (losses.total, gradient)
        }
        let first = try evaluate(threads: 1, keeps: true)
        for threads in 1...5 {
            for keeps in [true, false] {
                let other = try evaluate(threads: threads, keeps: keeps)
                #expect(other.total == first.total && other.gradient == first.gradient, "\(threads), \(keeps)")
            }
        }
    }

    /// With the content loss, which does not bind frames together.
    @Test func aFrameSeesNothingOfTheOthers() throws {
        let test = Self.cases[0]
        let objective = try objective(
            test, try settings(test, .content), WaveEncoder(test.sample.weights, threads: 2, tileRows: 32))
        var x = signal(objective.dimension, test)
        let before = try objective.evaluate(x).gradient
        let changed = 3 * test.length..<4 * test.length
        for index in changed { x[index] += 0.25 }
        let after = try objective.evaluate(x).gradient
        #expect(before[changed] != after[changed])
        for index in before.indices where !changed.contains(index) { #expect(before[index] == after[index]) }
    }

    /// The targets' network is another than the one that x is optimised under: the content itself is far from the content.
    @Test func asPublishedTheNetworksDiffer() throws {
        let test = Self.cases[0]
        var settings = try settings(test, .gram)
        settings.content = .features(FeatureSettings(alpha: 1, normalisation: .sum))
        settings.content.features?.layers = try LayerSelection("residual:2@3,relu1:1")
        settings.startNoise = 0
        func losses(_ asPublished: Bool, seed: UInt64 = 1) throws -> [Double] {
            settings.network.frames?.asPublished = asPublished
            settings.seed = seed
            let objective = try TransferBackend(WaveEncoder(test.sample.weights, threads: 1)).objective(
                content: content(test), styles: [StyleSignal(content(test))], settings: settings)
            return try objective.evaluate(objective.start).losses.terms.map(\.value)
        }
        #expect(try losses(false) == [0, 0])
        let published = try losses(true)
        // Against the loss of no activation at all, which is the targets' own size.
        let encoder = ReferenceEncoder(test.sample.weights)
        let x = HannFrames(samples: test.sample.samples, length: test.length, hop: test.hop).cut(content(test))
        let point = LayerPoint.residual(2)
        let frames = stride(from: 0, to: x.count, by: test.length).map { first in
            encoder.activations(of: MuLaw.companded(Array(x[first..<first + test.length])).doubles)[point] ?? []
        }
        let gram = ReferenceLoss.gramMatrix(Array(frames.joined()), columns: 3)
        #expect(published[0] > 0.1 * gram.reduce(0) { $0 + $1 * $1 })
        #expect(published[1] > 0.1 * frames.joined().reduce(0) { $0 + $1 * $1 })
        #expect(try losses(true) == published)
        #expect(try losses(true, seed: 2) != published)
    }

    @Test func theStartIsOfFramesWithoutBounds() throws {
        let test = Self.cases[3]
        var settings = try settings(test, .gram)
        settings.startNoise = 0
        func start(_ mode: StartMode, seed: UInt64 = 3) throws -> [Float] {
            (settings.start, settings.seed) = (mode, seed)
            let objective = try objective(test, settings, WaveEncoder(test.sample.weights, threads: 1))
            #expect(objective.bounds == nil)
            return objective.start
        }
        let frames = HannFrames(samples: test.sample.samples, length: test.length, hop: test.hop)
        let ownFrames = MuLaw.companded(frames.cut(content(test)))
        let styleFrames = MuLaw.companded(frames.cut(style(test)))
        #expect(try start(.content) == ownFrames)
        #expect(try start(.style) == styleFrames)
        // 2550 numbers: the mean is known to 0.02, the variance to 0.03; five of those deviations.
        let noise = try start(.noise).doubles
        let mean = noise.reduce(0, +) / Double(noise.count)
        let variance = noise.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(noise.count)
        #expect(noise.count == 2_550 && abs(mean) < 0.1 && abs(variance - 1) < 0.15)
        #expect(noise.contains { $0 > 1.5 } && noise.contains { $0 < -1.5 })
        #expect(try start(.noise) == noise.map { Float($0) })
        #expect(try start(.noise, seed: 4) != noise.map { Float($0) })
        let mix = try start(.mix(0.25))
        for index in mix.indices {
            #expect(abs(mix[index] - 0.75 * ownFrames[index] - 0.25 * Float(noise[index])) < 1e-6)
        }
    }

    @Test func theLimitDecidesWhetherTargetsAreKept() throws {
        let test = Case(sample: RandomCase(width: 8, layers: 3, samples: 60_000, seed: 75), length: 512, hop: 128)
        let encoder = WaveEncoder(test.sample.weights, threads: 1, tileRows: 32)
        let settings = try settings(test, .content)
        let sound = [Float](repeating: 0, count: 60_000)
        func plan(_ limit: Int?) throws -> MemoryPlan {
            try TransferBackend(encoder, memoryLimit: limit).plan(
                content: sound, styles: [StyleSignal(sound)], settings: settings)
        }
        let kept = try plan(nil)
        #expect(kept.strategy == MemoryStrategy(window: 512, targets: .stored))
        #expect(try plan(kept.bytes).strategy == kept.strategy)
        let lean = try plan(kept.bytes - 1)
        #expect(lean.strategy.targets == .recomputed && lean.bytes < kept.bytes)
        let error = #expect(throws: Failure.self) { try plan(lean.bytes - 1) }
        #expect(error?.kind == .badData && error?.description.contains("--max-memory") == true)
    }

    @Test func whatCannotBeCutIsRefused() throws {
        let architecture = EncoderArchitecture(width: 3, layers: 2, hop: 65)
        let weights = EncoderWeights.unitScaled(architecture: architecture, seed: 1)
        let backend = TransferBackend(WaveEncoder(weights, threads: 1))
        var settings = try settings(Self.cases[0], .gram)
        func refusal(samples: Int) -> Failure? {
            let sound = [Float](repeating: 0.1, count: samples)
            return #expect(throws: Failure.self) {
                try backend.objective(content: sound, styles: [StyleSignal(sound)], settings: settings)
            }
        }
        #expect(refusal(samples: 15)?.remedy?.contains("--frame-hop") == true)
        // A row for each 65 samples, and frames of 64.
        settings.style?.layers = try LayerSelection("encoding")
        #expect(refusal(samples: 100)?.remedy?.contains("--frame-length") == true)
    }

    // MARK: - What the cases are made of

    private func content(_ test: Case) -> [Float] { MuLaw.expand(test.sample.signal(1)).map { min(max($0, -1), 1) } }

    /// Longer than the content, and cut to it.
    private func style(_ test: Case) -> [Float] {
        MuLaw.expand(test.sample.signal(2, samples: test.sample.samples + 41)).map { min(max($0, -1), 1) }
    }

    /// Beyond the codes' range in places.
    private func signal(_ count: Int, _ test: Case) -> [Float] {
        test.sample.signal(5, samples: count).map { 1.6 * $0 }
    }

    private func settings(_ test: Case, _ kind: Kind) throws -> TransferSettings {
        var settings = TransferSettings(
            loss: kind == .l2 ? .l2 : .gram, layers: try LayerSelection("residual:1-2"),
            contentLayer: try LayerSelection("residual:2@3,relu1:1"), alpha: kind == .content ? 1e-2 : 0)
        if kind == .content { settings.styleWeight = 0 }
        settings.sharedNormalisation = kind == .l2 ? .mean : .sum
        settings.styleDivisor = .positions
        settings.network.frames = FrameSettings(length: test.length)
        settings.network.frames?.hop = test.hop
        return settings
    }

    private func objective(
        _ test: Case, _ settings: TransferSettings, _ encoder: WaveEncoder, keepsTargets: Bool? = nil
    ) throws -> any TransferObjective {
        let (content, style) = (content(test), style(test))
        return try TransferBackend(encoder).objective(
            content: content, styles: [StyleSignal(style)], settings: settings,
            strategy: keepsTargets.map { MemoryStrategy(window: test.length, targets: $0 ? .stored : .recomputed) })
    }
}

/// The losses in float64, frame by frame through the reference encoder.
private struct Definition {
    private typealias Loss = ([Double]) -> (value: Double, gradient: [Double])
    private let encoder: ReferenceEncoder
    private let length: Int
    private let terms: [(point: LayerPoint, weight: Double, loss: Loss)]

    init(
        _ test: FramedEncoderObjectiveTests.Case, _ settings: TransferSettings, content: [Float], style: [Float]
    ) throws {
        let encoder = ReferenceEncoder(test.sample.weights)
        let (architecture, length) = (test.sample.weights.architecture, test.length)
        (self.encoder, self.length) = (encoder, length)
        let frames = HannFrames(samples: content.count, length: test.length, hop: test.hop)
        func target(_ sound: [Float], _ point: LayerPoint) -> [Double] {
            Self.maps(MuLaw.companded(frames.cut(sound)).doubles, encoder, length: length, point)
        }
        let isSum = settings.sharedNormalisation == .sum
        func scaled(_ factor: Double, _ loss: @escaping Loss) -> Loss {
            { map in
                let (value, gradient) = loss(map)
                return (factor * value, gradient.map { factor * $0 })
            }
        }
        func squared(_ target: [Double]) -> Loss {
            scaled(isSum ? Double(target.count) : 1) { ReferenceLoss.squaredError($0, target: target) }
        }
        func gram(_ target: [Double], columns: Int) -> Loss {
            let matrix = ReferenceLoss.gramMatrix(target, columns: columns)
            return scaled(isSum ? Double(columns * columns) : 1) {
                ReferenceLoss.gram($0, target: matrix, columns: columns)
            }
        }
        let (stylePoints, contentPoints) = try settings.points(in: architecture)
        terms =
            stylePoints.map { chosen in
                let map = target(style, chosen.point)
                let loss = settings.statistic == .l2 ? squared(map) : gram(map, columns: architecture.width)
                return (chosen.point, settings.styleWeight * chosen.weight, loss)
            }
            + contentPoints.map { chosen in
                (chosen.point, settings.alpha * chosen.weight, squared(target(content, chosen.point)))
            }
    }

    func value(_ x: [Double]) -> Double {
        terms.reduce(0) { $0 + $1.weight * $1.loss(Self.maps(x, encoder, length: length, $1.point)).value }
    }

    /// - Parameter signs: whose ReLUs' signs are taken; nil for the reference's own.
    func gradient(_ x: [Double], signs: WaveEncoder? = nil) -> [Double] {
        let gradients = terms.map { term in
            term.loss(Self.maps(x, encoder, length: length, term.point)).gradient.map { term.weight * $0 }
        }
        let reLUs = Set((1...encoder.architecture.layers).flatMap { [LayerPoint.relu1($0), .relu2($0)] })
        return stride(from: 0, to: x.count, by: length).flatMap { first -> [Double] in
            let frame = Array(x[first..<first + length])
            let activations =
                signs.map { $0.activations(of: frame.map { Float($0) }, at: reLUs).mapValues { $0.values.doubles } }
                ?? encoder.activations(of: frame)
            var own: [LayerPoint: [Double]] = [:]
            for (term, gradient) in zip(terms, gradients) {
                let count = gradient.count / (x.count / length)
                let part = Array(gradient[first / length * count..<(first / length + 1) * count])
                own[term.point] = own[term.point].map { zip($0, part).map(+) } ?? part
            }
            return encoder.gradient(activations: activations, gradients: own, samples: length)
        }
    }

    /// The maps of all frames at a point, one after the other.
    private static func maps(_ x: [Double], _ encoder: ReferenceEncoder, length: Int, _ point: LayerPoint) -> [Double] {
        stride(from: 0, to: x.count, by: length).flatMap { first in
            encoder.activations(of: Array(x[first..<first + length]))[point] ?? []
        }
    }
}
