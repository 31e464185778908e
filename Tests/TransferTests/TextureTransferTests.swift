// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import Spectrogram
import TestSupport
import Testing
import Texture

@testable import Transfer

/// `grinstein-auditory` as a texture synthesis.
@Suite struct TextureTransferTests {
    /// Drops over a hiss, at 20 kHz.
    private func rain(_ samples: Int) -> [Float] {
        var generator = SeededGenerator(seed: 2)
        var (sound, last) = ([Float](), Float(0))
        for _ in 0..<samples {
            let noise = generator.uniform()
            sound.append(0.02 * (noise - 0.7 * last))
            last = noise
        }
        for _ in 0..<samples / 50 {
            let start = Int(generator.next() % UInt64(samples))
            let (hertz, size) = (800 * pow(8, abs(generator.uniform())), 0.1 * abs(generator.uniform()))
            for index in 0..<min(300, samples - start) {
                sound[start + index] += size * exp(-Float(index) / 60) * sin(2 * .pi * hertz / 20_000 * Float(index))
            }
        }
        return sound
    }

    /// From noise in 60 steps, each class to the bound that McDermott and Simoncelli demand, 20 dB. From the raw waveform the mean of
    /// envelopes does not get there.
    @Test func rainFromNoise() throws {
        let settings = try TransferSettings([\.start: "noise", \.iterations: 60], preset: "grinstein-auditory")
        let architecture = try settings.architecture()
        #expect(settings.workingRate == 20_000 && architecture.layers.isEmpty)
        // What the content's pauses silence is no texture any more.
        #expect(!MethodSettings(settings).keepsPauses)
        let others = try [TransferSettings(preset: "clean"), TransferSettings([\.alpha: 0], preset: "clean")]
        #expect(others.allSatisfy { MethodSettings($0).keepsPauses })
        let weights = SpectralWeights.random(architecture, .he, hasBias: false, seed: 0, threads: 1)
        let style = rain(40_000)
        let outcome = try TransferRun(
            TransferBackend(SpectralNetwork(weights, threads: 2), sampleRate: 20_000), settings: settings
        ).run(content: style, styles: [StyleSignal(style)])
        func statistics(_ signal: [Float]) -> TextureStatistics {
            TextureModel(samples: signal.count, sampleRate: 20_000, threads: 2, gradient: false)
                .statistics(of: signal.map(Double.init))
        }
        let distance = TextureDistance(to: statistics(style))
        for (kind, value) in distance.distances(of: statistics(outcome.waveform)) {
            #expect(-10 * log10(value) > 20, "\(kind)")
        }
        #expect(abs(outcome.kept.losses.total - distance.meanSquare(of: statistics(outcome.waveform))) < 1e-6)
        // It is another sound: no copy.
        let product = zip(style, outcome.waveform).reduce(0) { $0 + $1.0 * $1.1 }
        let power = style.reduce(0) { $0 + $1 * $1 }
        #expect(abs(product) < 0.1 * power)
    }

    /// Noise as a start has the spectrum that is followed, and the content's loudness; with none to follow it is white.
    @Test func shapedNoise() throws {
        let content = rain(8_000)
        func start(_ spectrum: String) throws -> [Float] {
            let settings = try TransferSettings(
                [\.start: "noise", \.iterations: 0, \.preconditionerSpectrum: .text(spectrum)],
                preset: "grinstein-auditory")
            let weights = SpectralWeights.random(
                try settings.architecture(), .he, hasBias: false, seed: 0, threads: 1)
            return try TransferRun(
                TransferBackend(SpectralNetwork(weights, threads: 1), sampleRate: 20_000), settings: settings
            ).run(content: content, styles: [StyleSignal(content)]).waveform
        }
        let transform = ShortTimeFourierTransform(size: 1_024, hop: 256)
        let power = MeanSpectrum.power(of: content, by: transform)
        let (shaped, white) = (
            MeanSpectrum.power(of: try start("both"), by: transform),
            MeanSpectrum.power(of: try start("flat"), by: transform)
        )
        func level(_ power: [Double], _ bins: Range<Int>) -> Double { 10 * log10(power[bins].reduce(0, +)) }
        for (low, high) in [(10..<40, 60..<200), (60..<200, 300..<500)] {
            let slope = level(power, low) - level(power, high)
            #expect(abs(level(shaped, low) - level(shaped, high) - slope) < 1.5)
            #expect(
                abs(level(white, low) - level(white, high) - 10 * log10(Double(low.count) / Double(high.count))) < 1)
        }
        for spectrum in [shaped, white] {
            #expect(abs(level(spectrum, 0..<513) - level(power, 0..<513)) < 0.5)
        }
    }
}
