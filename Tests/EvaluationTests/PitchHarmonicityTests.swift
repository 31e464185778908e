// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Foundation
import Matrices
import Testing

@Suite struct PitchHarmonicityTests {
    /// 0.1 dB: NumPy interpolates by a transform. Sinc functions of 60 samples lose some of what lies close to half the sample rate:
    /// of white noise 0.07 dB, of the others less than 0.01.
    @Test(arguments: PitchReference.names) func theRatioIsNumPys(name: String) throws {
        let expected = try #require(PitchReference.load().sounds[name]).harmonicity
        let ratio = Harmonicity().ratio(of: try PitchReference.samples(name), threads: 2)
        #expect((ratio == nil) == (expected == nil))
        if let ratio, let expected { #expect(abs(ratio - expected) < (name == "noise" ? 0.1 : 0.01)) }
    }

    /// Within 1 dB: the highest of many peaks profits by what noise adds to it.
    @Test(arguments: [0.0, 10, 20, 30], [110.0, 220, 523.25]) func itIsTheSignalToNoiseRatio(
        decibels: Double, frequency: Double
    ) throws {
        let tone = harmonicTone(frequency, harmonics: 10)
        let power = tone.reduce(0) { $0 + $1 * $1 } / Double(tone.count)
        let deviation = (power * pow(10, -decibels / 10)).squareRoot()
        var generator = SeededGenerator(seed: 3)
        let sound = tone.map { Float($0 + deviation * Double(generator.normal())) }
        #expect(abs(try #require(Harmonicity().ratio(of: sound)) - decibels) < 1)
    }

    /// Also where a period is hardly eight samples: there it rests on the interpolation.
    @Test(arguments: [65.5, 130.81, 440, 1_046.5, 2_093]) func aSineHasHardlyAnyNoise(frequency: Double) throws {
        #expect(try #require(Harmonicity().ratio(of: sine(frequency))) > 45)
    }

    @Test func itKnowsNeitherLoudnessNorOffset() throws {
        let sound = try PitchReference.samples("speech")
        let ratio = try #require(Harmonicity().ratio(of: sound))
        let other = try #require(Harmonicity().ratio(of: sound.map { 0.01 * $0 + 0.5 }))
        // The offset leaves 16 bits of the samples.
        #expect(abs(ratio - other) < 0.01)
        #expect(Harmonicity().ratio(of: sound, threads: 3) == ratio)
    }

    /// Silence before and behind a sound does not count, but for frames that have part of it.
    @Test func silentFramesDontCount() throws {
        let tone = sine(440, samples: 8_192)
        let silence = [Float](repeating: 0, count: 16_384)
        #expect(try #require(Harmonicity().ratio(of: silence + tone + silence)) > 20)
        #expect(Harmonicity().ratio(of: silence) == nil)
        #expect(Harmonicity().ratio(of: silence.map { _ in 0.25 }) == nil)
    }

    /// Six periods of C2 are 1,468 samples.
    @Test func aSoundShorterThanAFrameHasNone() {
        #expect(Harmonicity().ratio(of: []) == nil)
        #expect(Harmonicity().ratio(of: sine(440, samples: 1_467)) == nil)
        #expect(Harmonicity().ratio(of: sine(440, samples: 1_468)) != nil)
    }

    @Test func aRampHasNoPeak() {
        #expect(Harmonicity().ratio(of: (0..<1_468).map { Float($0) / 1_468 }) == -60)
    }
}
