// SPDX-License-Identifier: Apache-2.0
import Foundation
import Spectrogram
import Testing

@testable import Evaluation

@Suite struct NoiseControlTests {
    private let reference: EvaluationReference

    init() throws { reference = try EvaluationReference() }

    private func decibels(_ samples: [Float]) -> Double {
        10 * log10(samples.reduce(0) { $0 + Double($1) * Double($1) } / Double(samples.count))
    }

    @Test(arguments: ["note", "speech", "noise"]) func theNoiseIsTenDecibelsBelowTheContent(style: String) throws {
        let content = try reference.sound("speech")
        let control = NoiseControl.sound(content: content, style: try reference.sound(style), seed: 3)
        #expect(control.count == content.count)
        let noise = zip(control, content).map { $0 - $1 }
        // float32 rounds each sum by 3e-8, some 1e-5 of the noise.
        #expect(abs(decibels(noise) - decibels(content) + 10) < 1e-4)
    }

    /// Mean power in bands of 16 bins. NumPy's, of 20 other noises, is within 1.6 dB where the style is within 20 dB of its
    /// loudest band; weaker bands beside strong ones get what the window spreads.
    @Test(arguments: ["chord", "speech", "noise"]) func theNoiseHasTheStylesSpectrum(name: String) throws {
        func bands(_ sound: [Float]) -> [Double] {
            let spectrum = MeanSpectrum.power(of: sound, by: PowerSpectra.transform)
            return stride(from: 0, to: 512, by: 16).map { first in
                10 * log10(spectrum[first..<first + 16].reduce(1e-20, +) / 16)
            }
        }
        let style = try reference.sound(name)
        let (wanted, found) = (bands(style), bands(NoiseControl.noise(like: style, samples: 16_000, seed: 1)))
        let loudest = try #require(wanted.max())
        let differences = zip(wanted, found).filter { $0.0 > loudest - 20 }.map { $1 - $0 }
        #expect(differences.count > 3)
        let mean = differences.reduce(0, +) / Double(differences.count)
        for difference in differences { #expect(abs(difference - mean) < 2, "\(differences)") }
    }

    @Test func theSeedDecidesIt() throws {
        let (content, style) = (try reference.sound("speech"), try reference.sound("chord"))
        func control(_ seed: UInt64, threads: Int = 1) -> [Float] {
            NoiseControl.sound(content: content, style: style, seed: seed, threads: threads)
        }
        #expect(control(1) == control(1))
        #expect(control(1) == control(1, threads: 3))
        #expect(control(1) != control(2))
    }

    @Test func silenceAddsNothing() throws {
        let (speech, silence) = (try reference.sound("speech"), try reference.sound("silence"))
        #expect(NoiseControl.sound(content: speech, style: silence, seed: 0) == speech)
        #expect(NoiseControl.sound(content: silence, style: speech, seed: 0) == silence)
        let short = NoiseControl.sound(content: [0.5], style: speech, seed: 0)
        #expect(short.count == 1 && short[0].isFinite)
    }
}
