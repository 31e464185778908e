// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import Evaluation

@Suite struct LoudnessTests {
    private let reference: EvaluationReference

    init() throws { reference = try EvaluationReference() }

    /// 0.1 LU, EBU Tech 3341's tolerance for meters: pyloudnorm's filters approximate those of BS.1770.
    @Test(arguments: EvaluationReference.names, ["16000", "44100", "48000", "followed by silence"])
    func loudnessIsPyloudnorms(name: String, variant: String) throws {
        let sound = try reference.sound(name)
        let expected = try reference.alone(name).loudness[variant] ?? nil
        let (samples, rate) =
            switch Int(variant) {
            case 16_000: (sound, 16_000)
            case let rate?: (sound + sound + sound + sound, rate)
            case nil: (sound + sound.map { _ in 0 }, 16_000)
            }
        let loudness = Loudness.of(samples, sampleRate: rate)
        guard let loudness, let expected else {
            #expect(loudness == expected)
            return
        }
        if abs(loudness - expected) > 0.001 { print("LL", name, variant, loudness - expected) }
        #expect(abs(loudness - expected) < 0.1)
    }

    /// 0.01 LU: the gate may count a block more or less at another loudness.
    @Test(arguments: ["note", "chord", "speech", "noise"]) func aMatchedSoundHasTheTarget(name: String) throws {
        for target in [-40.0, Loudness.target, -14] {
            let matched = Loudness.matched(try reference.sound(name), sampleRate: 16_000, to: target)
            #expect(abs((Loudness.of(matched, sampleRate: 16_000) ?? 0) - target) < 0.01)
        }
    }

    @Test func whatHasNoBlockIsMeasuredByItsMeanSquare() throws {
        // 0.1 s, and one second far below the gate: a square wave of amplitude a has 20 log10 a.
        for (count, amplitude) in [(1_600, Float(0.25)), (16_000, 1e-5)] {
            let wave = (0..<count).map { $0 % 20 < 10 ? amplitude : -amplitude }
            let loudness = try #require(Loudness.of(wave, sampleRate: 16_000))
            #expect(abs(loudness - (20 * log10(Double(amplitude)) - 0.691)) < 1e-6)
            let matched = Loudness.matched(wave, sampleRate: 16_000)
            let expected = Float(pow(10, (Loudness.target + 0.691) / 20))
            #expect(matched.allSatisfy { abs(abs($0) - expected) < 1e-6 })
        }
    }

    @Test(arguments: [0, 1, 16_000]) func silenceStaysSilence(count: Int) {
        let silence = [Float](repeating: 0, count: count)
        #expect(Loudness.of(silence, sampleRate: 16_000) == nil)
        #expect(Loudness.matched(silence, sampleRate: 16_000) == silence)
    }
}
