// SPDX-License-Identifier: Apache-2.0

import AudioIO
import Glibc
import Matrices
import TestSupport
import Testing

@testable import Finishing

@Suite struct ContentPausesTests {
    /// Normal noise of a level, the same on every machine.
    private func noise(_ level: Float, _ count: Int, seed: UInt64 = 1) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in level * generator.normal() }
    }

    private func level(_ samples: some Collection<Float>) -> Double {
        (samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)).squareRoot()
    }

    private func decibels(_ samples: some Collection<Float>, relativeTo other: some Collection<Float>) -> Double {
        20 * log10(level(samples) / level(other))
    }

    /// A second of noise, one of zeros, one of noise, one 60 dB below, and one of noise.
    private func speech(rate: Int) -> [Float] {
        [0.1, 0, 0.1, 1e-4, 0.1].enumerated().flatMap { noise($1, rate, seed: UInt64($0)) }
    }

    private func applied(_ content: [[Float]], _ output: [[Float]], rate: Int, outputRate: Int? = nil) -> [[Float]] {
        var sound = Waveform(channels: output, sampleRate: outputRate ?? rate)
        ContentPauses(of: Waveform(channels: content, sampleRate: rate)).apply(to: &sound)
        return sound.channels
    }

    /// A gain would change the last bits.
    @Test(arguments: [1_000, 8_000, 11_025, 44_100]) func theContentKeepsEveryBit(rate: Int) {
        let clicks = (0..<5 * rate).map { Float($0 % (rate / 7) == 0 ? 0.5 : 0) }
        let content = [speech(rate: rate), sine(90, rate: rate, count: 5 * rate), clicks]
        #expect(applied(content, content, rate: rate) == content)
    }

    /// Whatever the optimiser filled, edges included: at -60 dB the output is what the content is, within what levels of noise in blocks
    /// of 1 ms err by, and speech keeps every bit where no pause is within a block and the fade.
    @Test(arguments: [8_000, 44_100, 48_000]) func pausesStay(rate: Int) {
        let content = speech(rate: rate)
        let output = noise(0.2, 5 * rate, seed: 9)
        let result = applied([content], [output], rate: rate)[0]
        #expect(result[rate..<2 * rate].allSatisfy { $0 == 0 })
        let words = result[2 * rate..<3 * rate]
        #expect(abs(decibels(result[3 * rate..<4 * rate], relativeTo: words) + 60) < 6)
        let margin = rate / 400
        for second in [0, 2, 4] {
            let kept = second * rate + (second > 0 ? margin : 0)..<(second + 1) * rate - (second < 4 ? margin : 0)
            #expect(Array(result[kept]) == Array(output[kept]), "second \(second)")
        }
        // A fade of 2 ms before zeros: its last sample is 1 / (2 ms + 1 sample) of what it was.
        #expect(abs(result[rate - 1]) <= abs(output[rate - 1]) / Float(rate / 500))
    }

    /// Sounds of one channel may have a quiet part that is no pause: at -20 dB the bound is 10 dB higher.
    @Test(arguments: [(-10, 0), (-20, -10), (-25, -20), (-35, -35)] as [(Double, Double)])
    func quietPartsHaveABound(content quiet: Double, wanted: Double) {
        let rate = 16_000
        let content = noise(0.1, rate) + noise(Float(0.1 * pow(10, quiet / 20)), rate, seed: 2)
        let result = applied([content], [noise(0.1, 2 * rate, seed: 3)], rate: rate)[0]
        // Closing finds the largest of 17 blocks of noise: 16 values of the chi-squared distribution each, at most 2 to 3 dB above the mean.
        #expect(abs(decibels(result[rate...], relativeTo: result[..<rate]) - wanted) < 6)
        if wanted == 0 { #expect(decibels(result[rate...], relativeTo: result[..<rate]) > -0.5) }
    }

    /// Where the output is quieter by itself, nothing is done.
    @Test func quietOutputsStay() {
        let output = speech(rate: 16_000).map { $0 / 3 }
        #expect(applied([noise(0.1, 80_000)], [output], rate: 16_000)[0] == output)
    }

    /// A channel is quiet relative to the others.
    @Test func quietChannelsStayQuiet() {
        let rate = 16_000
        let content = [noise(0.1, rate), noise(1e-5, rate, seed: 2), [Float](repeating: 0, count: rate)]
        let result = applied(content, (3...5).map { noise(0.1, rate, seed: $0) }, rate: rate)
        #expect(result[0] == noise(0.1, rate, seed: 3))
        #expect(abs(decibels(result[1], relativeTo: result[0]) + 80) < 6)
        #expect(result[2].allSatisfy { $0 == 0 })
    }

    /// Zeros from 1 s to 2 s are zeros at every rate, and so is the end where the content ends in them.
    @Test(arguments: [16_000, 44_100, 48_000]) func silenceIsAtTheSameTimeAtEveryRate(rate: Int) {
        let content = speech(rate: 22_050)[..<44_100] + noise(0.1, 22_050) + [Float](repeating: 0, count: 5_000)
        let count = Int((Double(content.count) / 22_050 * Double(rate)).rounded()) + 1
        let result = applied([Array(content)], [noise(0.1, count, seed: 4)], rate: 22_050, outputRate: rate)[0]
        #expect(result[rate..<2 * rate].allSatisfy { $0 == 0 })
        #expect(result[(3 * rate + 1)...].allSatisfy { $0 == 0 })
        #expect(result[rate / 2] != 0 && result[5 * rate / 2] != 0)
    }

    /// Shorter runs of zeros than 10 ms are part of a sound.
    @Test(arguments: [(159, false), (160, true)]) func silenceLasts10Milliseconds(zeros: Int, isSilence: Bool) {
        var content = noise(0.1, 16_000)
        for t in 8_000..<8_000 + zeros { content[t] = 0 }
        let result = applied([content], [noise(0.1, 16_000, seed: 5)], rate: 16_000)[0]
        #expect(result[8_000..<8_000 + zeros].allSatisfy { $0 == 0 } == isSilence)
    }

    /// At any loudness, without NaN.
    @Test func aSilentContentIsSilence() throws {
        let silence = Waveform(channels: [[Float](repeating: 0, count: 4_410)], sampleRate: 44_100)
        let low = try silence.resampled(to: 16_000)
        let finish = try OutputFinish(
            content: silence, above: low, pauses: ContentPauses(of: silence), rate: 44_100, loudness: -23)
        #expect(try finish.applied(to: Waveform(mono: noise(0.1, low.frameCount), sampleRate: 16_000)) == silence)
    }

    @Test(arguments: [1, 2, 17]) func shortSoundsAreSounds(count: Int) {
        let output = noise(0.1, count, seed: 6)
        #expect(applied([noise(0.1, count)], [output], rate: 16_000)[0].allSatisfy { $0.isFinite })
        #expect(applied([[Float](repeating: 0, count: 400)], [noise(0.1, 400)], rate: 16_000)[0].allSatisfy { $0 == 0 })
    }
}
