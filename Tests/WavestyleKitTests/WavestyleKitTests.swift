// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing
import WavestyleKit

/// What `import WavestyleKit` alone gives.
@Suite struct WavestyleKitTests {
    private let voice = Waveform(
        channels: [sine(220, rate: 22_050, count: 6_000), sine(330, rate: 22_050, count: 6_000)], sampleRate: 22_050)
    private let flute = Waveform(mono: sine(660, rate: 48_000, count: 12_000), sampleRate: 48_000)

    /// Any rate and channels go in; a linear waveform comes out as the content was, a published variable as its code made it.
    @Test(arguments: [
        ("clean", 22_050, 2), ("nsynth-voice", 16_000, 1), ("clean-stft", 22_050, 2), ("dipani", 22_050, 1),
    ])
    func aTransferGivesASound(_ preset: String, _ rate: Int, _ channels: Int) throws {
        let transfer = try StyleTransfer(preset: preset, threads: 1) { settings in
            settings.optimisation?.iterations = 2
            if settings.name == .nsynth { settings.optimisation?.weights = "random-32" }
            settings.optimisation?.network.randomNetwork?.wide?.filters = 64
        }
        var steps: [(channel: Int, iteration: Int)] = []
        let result = try transfer.run(content: voice, styles: [.init(flute)]) { step in
            steps.append((step.channel, step.iteration))
            return true
        }
        #expect(result.sound.sampleRate == rate && result.sound.channels.count == channels)
        #expect(abs(result.sound.duration - voice.duration) <= 1 / 16_000)
        #expect(steps.map(\.channel) == (0..<channels).flatMap { [$0, $0, $0] })
        #expect(steps.map(\.iteration) == (0..<channels).flatMap { _ in [0, 1, 2] })
        for outcome in result.outcomes { #expect(outcome.kept.losses.total < outcome.first.losses.total) }
    }

    @Test func aTransferCanBeStopped() throws {
        let transfer = try StyleTransfer(preset: "nsynth-voice", threads: 1) { settings in
            settings.optimisation?.weights = "random-32"
        }
        let result = try transfer.run(content: voice, styles: [.init(flute)]) { $0.iteration < 3 }
        #expect(result.outcomes.map(\.reached) == [3] && result.outcomes.allSatisfy { $0.wasStopped })
    }

    /// In the content's own channels at its own rate and loudness; and told as it goes.
    @Test func aMosaicGivesASound() throws {
        var told: [Double] = []
        let transfer = try StyleTransfer(threads: 1) { $0.blend = 0.4 }
        #expect(transfer.settings.mosaic?.blend == 0.4)
        let result = try transfer.run(
            content: voice, styles: [.init(flute)],
            progress: { progress in
                told.append(progress.fraction)
                return true
            })
        #expect(result.sound.sampleRate == voice.sampleRate && result.sound.channels.count == 2)
        #expect(result.sound.frameCount == voice.frameCount && result.outcomes.isEmpty)
        #expect(result.mosaic?.mode != nil && told.last == 1)
        let stopped = #expect(throws: Failure.self) {
            try transfer.run(content: voice, styles: [.init(flute)], progress: { _ in false })
        }
        #expect(stopped?.kind == .interrupted)
    }

    @Test func whatCannotBeUsedIsAFailure() {
        #expect(#expect(throws: Failure.self) { try StyleTransfer(preset: "cleanest") }?.kind == .usage)
        #expect(#expect(throws: Failure.self) { try StyleTransfer { $0.blend = -1 } }?.kind == .usage)
        #expect(#expect(throws: Failure.self) { try SoundNetwork(weights: "none") }?.kind == .noInput)
        #expect(#expect(throws: Failure.self) { try voice.write(to: "/nowhere/a.wav") }?.kind == .cannotCreate)
    }

    /// The module that settings come from can be named, too.
    @Test func qualifiedNamesWork() throws {
        let settings: Transfer.MethodSettings = try StyleTransfer(preset: "clean", threads: 1).settings
        #expect(settings.optimisation?.variable == .waveform)
    }

    /// A loss of one's own gives what the built-in one of the same formula gives: `mean F^2` is the squared error beside zeros.
    /// Both go through the same passes; the gradients at the map differ by float32's rounding of one product.
    @Test func aLossOfOnesOwn() throws {
        let network = try SoundNetwork(weights: "random-32", threads: 1)
        let x = try network.input(flute)
        let (rows, columns) = LayerPoint.relu1(4).shape(samples: x.count, in: network.encoder.architecture)
        let own = MapLoss(weight: 3) { map in
            let scale = 1 / Float(map.rows * map.columns)
            let square = map.values.reduce(0) { $0 + Double($1) * Double($1) }
            return (square * Double(scale), map.values.map { 2 * scale * $0 })
        }
        let zeros = FeatureMap(rows: rows, columns: columns)
        let (loss, gradient) = network.evaluate(x, losses: [.relu1(4): [own]])
        let expected = network.evaluate(x, losses: [.relu1(4): [SquaredErrorLoss(target: zeros, weight: 3)]])
        #expect(abs(loss / expected.loss - 1) < 1e-6)
        #expect(largestError(gradient.doubles, expected.gradient.doubles) < 1e-5)
        #expect(gradient.contains { $0 != 0 })
    }

    @Test func activationsAndGramMatrices() throws {
        let network = try SoundNetwork(weights: "random-32", threads: 1)
        let maps = try network.activations(of: network.input(voice), at: "relu1:1-2,encoding")
        #expect(Set(maps.keys) == [.relu1(1), .relu1(2), .encoding])
        let map = try #require(maps[.relu1(2)])
        let reference = ReferenceLoss.gramMatrix(map.values.doubles, columns: map.columns)
        // Float32 sums over 1,024 rows, in float64 from there on.
        #expect(largestError(map.gram, reference) < 1e-5)
    }

    @Test func figures() throws {
        let same = try Evaluation.scores(of: voice, content: voice, style: flute)
        let other = try Evaluation.scores(of: flute, content: voice, style: flute)
        #expect(same[.contentEnvelope].map { abs($0 - 1) < 1e-6 } ?? true)
        #expect(try #require(other[.styleDistance]) < (try #require(same[.styleDistance])))
    }

    @Test func aSoundIsWritten() throws {
        let folder = try TemporaryFolder()
        try voice.write(to: folder.file("a.flac"))
        #expect(try AudioFile.read(folder.file("a.flac")).frameCount == voice.frameCount)
        #expect(voice.beginning(seconds: 0.1).frameCount == 2_205 && voice.beginning(seconds: nil) == voice)
    }
}
