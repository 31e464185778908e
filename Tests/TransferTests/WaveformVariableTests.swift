// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Matrices
import MuLaw
import Optimizers
import Spectrogram
import TestSupport
import Testing
import WaveEncoder

@testable import Transfer

/// Objectives over a linear waveform under a preconditioner, and the balance of their terms.
@Suite struct WaveformVariableTests {
    private func sound(_ seed: UInt64, _ count: Int) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map {
            0.3 * sin(Float($0) * (0.2 + 0.1 * Float(seed))) + 0.1 * (1 + sin(Float($0) / 100)) * generator.uniform()
        }
    }

    private func settings(
        _ backend: BackendName, _ change: (inout TransferSettings) throws -> Void = { _ in }
    ) throws -> TransferSettings {
        var settings = try TransferSettings([\.backend: .text(backend.rawValue), \.variable: "waveform"])
        settings.alpha = 0.5
        if backend == .stft {
            settings.network.spectral?.fftSize = 128
            settings.network.spectral?.hop = 32
            settings.network.randomNetwork?.wide?.filters = 24
            settings.network.randomNetwork?.wide?.kernel = 3
        }
        try change(&settings)
        return settings
    }

    private func objective(
        _ settings: TransferSettings, content: [Float], styles: [StyleSignal], strategy: MemoryStrategy? = nil
    ) throws -> any TransferObjective {
        switch settings.backend {
        case .nsynth:
            let encoder = WaveEncoder(
                RandomCase(width: 8, layers: 4, samples: 10, seed: 3).weights, threads: 2, tileRows: 40)
            return try TransferBackend(encoder).objective(
                content: content, styles: styles, settings: settings, strategy: strategy)
        case .stft:
            let weights = SpectralWeights.random(
                try settings.architecture(), .ulyanov, hasBias: false, seed: 1, threads: 1)
            return try TransferBackend(SpectralNetwork(weights, threads: 2), sampleRate: settings.workingRate)
                .objective(content: content, styles: styles, settings: settings)
        }
    }

    private func moved(_ objective: any TransferObjective, _ seed: UInt64, by size: Float = 0.05) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return objective.start.map { $0 + size * generator.normal() }
    }

    /// By central differences of our own loss along directions: each part has a float64 reference of its own elsewhere; here it is
    /// the chain that is looked at. The loss is known to some 1e-6, and a step of 1e-2 bends it by less.
    @Test(
        arguments: [BackendName.nsynth, .stft],
        [
            (StyleStatistic.gram, TransferSettings.ContentLoss.features, TransferSettings.Balance.none),
            (.gram, .envelope, .auto), (.kl, .features, .auto), (.kl, .envelope, .none), (.l2, .none, .auto),
        ])
    func theGradientIsThatOfTheLoss(
        _ backend: BackendName,
        _ losses: (StyleStatistic, TransferSettings.ContentLoss, TransferSettings.Balance)
    ) throws {
        let settings = try settings(backend) {
            $0.statistic = losses.0
            ($0.contentLoss, $0.balance) = (losses.1, losses.2)
            if losses.1 == .none { $0.alpha = 0 }
            ($0[term: .meanSpectrum], $0[term: .spectralStyle]) = (0.3, 0.4)
            $0[term: .energy] = 0.2
        }
        let objective = try objective(settings, content: sound(1, 700), styles: [StyleSignal(sound(2, 900))])
        #expect(objective.bounds == nil)
        let x = moved(objective, 7)
        let (value, gradient) = try objective.evaluate(x)
        let steepest = dot(gradient.doubles, gradient.doubles).squareRoot()
        for seed in UInt64(11)..<14 {
            // Along the gradient, with something else: a direction in which the loss changes.
            var generator = SeededGenerator(seed: seed)
            let direction = gradient.map { Double($0) / steepest + 0.02 * Double(generator.normal()) }
            func loss(_ step: Double) throws -> Double {
                try objective.evaluate(zip(x, direction).map { Float(Double($0) + step * $1) }).losses.total
            }
            let step = 2e-3
            let difference = try (loss(step) - loss(-step)) / (2 * step)
            #expect(abs(difference - dot(gradient.doubles, direction)) < 0.01 * steepest, "\(value.total)")
        }
    }

    /// At the content a balanced style is 1 and the content 0, whatever the scale of both; the trace keeps the raw values.
    @Test(arguments: [BackendName.nsynth, .stft], StyleStatistic.all)
    func balance(_ backend: BackendName, _ loss: StyleStatistic) throws {
        let plain = try settings(backend) { $0.statistic = loss }
        var balanced = plain
        balanced.balance = .auto
        let (content, styles) = (sound(1, 900), [StyleSignal(sound(2, 900))])
        let (one, two) = (
            try objective(plain, content: content, styles: styles),
            try objective(balanced, content: content, styles: styles)
        )
        let start = try two.evaluate(two.start).losses
        #expect(start.terms.map(\.name) == ["style", "content", "raw-style", "raw-content"])
        #expect(abs(start.terms[0].value - 1) < 1e-5 && abs(start.terms[1].value) < 1e-6)
        #expect(abs(start.total - 1) < 1e-5)

        let x = moved(two, 5)
        let (raw, scaled) = (try one.evaluate(x), try two.evaluate(x))
        let (style, contentTerm) = (scaled.losses.terms[0].value, scaled.losses.terms[1].value)
        #expect(abs(scaled.losses.total - style - 0.5 * contentTerm) < 1e-9 * scaled.losses.total)
        for (index, term) in raw.losses.terms.enumerated() {
            #expect(abs(scaled.losses.terms[index + 2].value / term.value - 1) < 1e-6)
        }
        // Twenty times as much of one loss is one part of the balanced one.
        let factor = try one.evaluate(one.start).losses.terms[0].value
        #expect(abs(style * factor / raw.losses.terms[0].value - 1) < 1e-4)
    }

    /// The variance of the content's features, against their own values in float64.
    @Test func theContentIsInUnitsOfItsVariance() throws {
        let content = sound(1, 800)
        let settings = try settings(.nsynth) {
            $0.balance = .auto
            $0.content.features?.layers = try LayerSelection("relu2:4")
        }
        let objective = try objective(settings, content: content, styles: [StyleSignal(sound(2, 500))])
        let losses = try objective.evaluate(moved(objective, 3)).losses
        let encoder = WaveEncoder(
            RandomCase(width: 8, layers: 4, samples: 10, seed: 3).weights, threads: 1, tileRows: 40)
        let x = MuLaw.compressed(content)
        let features = try #require(encoder.activations(of: x, at: [.relu2(4)])[.relu2(4)]).values.doubles
        let mean = features.reduce(0, +) / Double(features.count)
        let variance = features.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(features.count)
        #expect(abs(losses.terms[1].value * variance / losses.terms[3].value - 1) < 1e-5)
    }

    /// The same sound as content and style, and silence: nothing to divide by.
    @Test(arguments: [BackendName.nsynth, .stft], StyleStatistic.all.filter { $0 != .l2 })
    func nothingToBalance(_ backend: BackendName, _ loss: StyleStatistic) throws {
        let silence = [Float](repeating: 0, count: 700)
        for (content, style) in [
            (sound(1, 700), sound(1, 700)), (silence, sound(1, 700)), (sound(1, 700), silence), (silence, silence),
        ] {
            for contentLoss in [TransferSettings.ContentLoss.features, .envelope] {
                let settings = try settings(backend) {
                    ($0.statistic, $0.balance, $0.contentLoss) = (loss, .auto, contentLoss)
                    ($0[term: .meanSpectrum], $0[term: .spectralStyle]) = (0.01, 0.3)
                }
                let objective = try objective(settings, content: content, styles: [StyleSignal(style)])
                let (losses, gradient) = try objective.evaluate(moved(objective, 2))
                #expect(losses.total.isFinite && gradient.allSatisfy { $0.isFinite })
            }
        }
    }

    /// In windows of time the same comes out, the balance too.
    @Test(arguments: StyleStatistic.all)
    func recomputing(_ loss: StyleStatistic) throws {
        let settings = try settings(.nsynth) { ($0.statistic, $0.balance) = (loss, .auto) }
        let (content, styles) = (sound(1, 900), [StyleSignal(sound(2, 1_000))])
        let kept = try objective(settings, content: content, styles: styles)
        let windows = try objective(
            settings, content: content, styles: styles, strategy: MemoryStrategy(window: 80, targets: .recomputed))
        let (one, two) = (try kept.evaluate(moved(kept, 4)), try windows.evaluate(moved(windows, 4)))
        for (own, other) in zip(one.losses.terms, two.losses.terms) {
            // Sums in another order; the inverse of a small Gram matrix makes more of it.
            #expect(abs(own.value / other.value - 1) < 2e-4, "\(own.name)")
        }
        #expect(largestError(two.gradient.doubles, one.gradient.doubles) < 1e-3)
    }

    /// The starts of a linear waveform.
    @Test func starts() throws {
        let (content, style) = (sound(1, 3_000), sound(2, 2_000))
        func start(_ mode: StartMode, noise: Double = 0) throws -> [Float] {
            let objective = try objective(
                settings(.nsynth) { ($0.start, $0.startNoise) = (mode, noise) }, content: content,
                styles: [StyleSignal(style)])
            return try objective.waveform(of: objective.start) { _ in true }
        }
        #expect(try start(.content) == content)
        #expect(try start(.style) == (0..<3_000).map { style[$0 % 2_000] })
        let noisy = try start(.content, noise: 0.01)
        #expect(zip(noisy, content).allSatisfy { abs($0 - $1) <= 0.01 } && noisy != content)
        func power(_ signal: [Float]) -> Double { dot(signal.doubles, signal.doubles) / Double(signal.count) }
        #expect(try abs(power(start(.noise)) / power(content) - 1) < 0.15)
        let mixed = try start(.mix(0.25))
        let rest = zip(mixed, content).map { $0 - 0.75 * $1 }
        #expect(abs(power(rest) / power(content) * 16 - 1) < 0.15)
        let transform = ShortTimeFourierTransform(size: 1_024, hop: 256)
        func distance(_ signal: [Float]) -> Double {
            let (own, wanted) = (
                MeanSpectrum.power(of: signal, by: transform), MeanSpectrum.power(of: style, by: transform)
            )
            return zip(own, wanted).reduce(0) { $0 + abs(log($1.0 / $1.1)) }
        }
        #expect(try distance(start(.equalised)) < distance(content) / 3)
        // Not the content any more, and not the style as it is.
        let (vocoded, asStyle) = (try start(.vocoded), try start(.style))
        #expect(vocoded.allSatisfy { $0.isFinite } && vocoded != content && vocoded != asStyle)
        #expect(distance(vocoded) < distance(content))
    }

    /// Envelopes and mean spectra over the companded variable too: their gradient goes through the expansion.
    @Test func waveformLossesOverTheCompandedVariable() throws {
        let settings = try settings(.nsynth) {
            ($0.variable, $0.contentLoss, $0[term: .meanSpectrum]) = (.mulaw, .envelope, 0.5)
            ($0.alpha, $0.balance) = (5, .auto)
        }
        let objective = try objective(settings, content: sound(1, 600), styles: [StyleSignal(sound(2, 600))])
        let x = MuLaw.compressed(sound(3, 600))
        let gradient = try objective.evaluate(x).gradient.doubles
        let steepest = dot(gradient, gradient).squareRoot()
        let direction = gradient.map { $0 / steepest }
        func loss(_ step: Double) throws -> Double {
            try objective.evaluate(zip(x, direction).map { Float(Double($0) + step * $1) }).losses.total
        }
        let difference = try (loss(1e-3) - loss(-1e-3)) / 2e-3
        #expect(abs(difference - steepest) < 0.01 * steepest)
    }
}
