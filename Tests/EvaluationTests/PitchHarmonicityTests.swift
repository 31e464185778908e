// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Foundation
import Matrices
import Testing

@Suite struct PitchHarmonicityTests {
    /// NumPy interpolates by a transform. Sinc functions of 200 samples lose some of what lies close to half the sample
    /// rate: of white noise 0.024 dB, of the others less than 0.001.
    @Test(arguments: PitchReference.names) func theRatioIsNumPys(name: String) throws {
        let expected = try #require(PitchReference.load().sounds[name]).harmonicity
        let ratio = Harmonicity().ratio(of: try PitchReference.samples(name), threads: 2)
        #expect((ratio == nil) == (expected == nil))
        if let ratio, let expected { #expect(abs(ratio - expected) < (name == "noise" ? 0.05 : 0.005)) }
    }

    /// Praat's window is the same. It knows no shortest period, places its frames around the sound's middle, and takes a soft frame
    /// with a low ratio for silence, so that of speech 9 of 52 frames don't count and the mean is 1.6 dB higher, or 0.7 where
    /// all count. At the note's 35 dB r is 0.9997, and 1 dB is a difference of 7e-5 in it: the means are 0.8 dB apart. The tone
    /// is neither soft nor near 1, and its means are within 0.2 dB.
    @Test func theRatioIsNearPraats() throws {
        let praat = try PitchReference.load().praat
        for name in ["note", "chord", "speech"] {
            let ratio = try #require(Harmonicity().ratio(of: try PitchReference.samples(name)))
            #expect(abs(ratio - (praat[name] ?? .nan)) < 2, "\(name)")
        }
        let (tone, noise) = (harmonicTone(220, harmonics: 10), try PitchReference.samples("noise").map(Double.init))
        func power(_ samples: [Double]) -> Double { samples.reduce(0) { $0 + $1 * $1 } }
        for decibels in [0.0, 10, 20, 30] {
            let share = (power(tone) / power(noise)).squareRoot() * pow(10, -decibels / 20)
            let ratio = try #require(Harmonicity().ratio(of: zip(tone, noise).map { Float($0 + share * $1) }))
            #expect(abs(ratio - (praat["\(Int(decibels))"] ?? .nan)) < 0.2, "\(decibels)")
        }
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

    /// A tone, and noise after it that is just above a tenth of the tone's peak, and just below.
    @Test func silentFramesDontCount() throws {
        let tone = sine(440, samples: 16_000)
        var generator = SeededGenerator(seed: 5)
        let noise = (0..<16_000).map { _ in 0.5 * generator.uniform() }
        func ratio(noiseTimes factor: Float) throws -> Double {
            try #require(Harmonicity().ratio(of: tone + noise.map { factor * $0 }))
        }
        let alone = try #require(Harmonicity().ratio(of: tone))
        // Some five of 63 frames have a part of both.
        #expect(try ratio(noiseTimes: 0.095) > 0.9 * alone)
        // Half the frames are noise, whose ratio is negative.
        #expect(try ratio(noiseTimes: 0.105) < 0.5 * alone)
    }

    @Test func silenceHasNoRatio() {
        #expect(Harmonicity().ratio(of: [Float](repeating: 0, count: 16_000)) == nil)
        #expect(Harmonicity().ratio(of: [Float](repeating: 0.25, count: 16_000)) == nil)
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
