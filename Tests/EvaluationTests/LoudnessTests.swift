// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import Evaluation

@Suite struct LoudnessTests {
    private let reference: EvaluationReference

    init() throws { reference = try EvaluationReference() }

    /// 0.01 LU, a tenth of what EBU Tech 3341 allows to a meter.
    @Test(arguments: EvaluationReference.names, ["16000", "44100", "48000", "followed by silence"])
    func loudnessIsPyloudnorms(name: String, variant: String) throws {
        let sound = try reference.sound(name)
        let expected = try reference.alone(name).loudness[variant] ?? nil
        let rate = Int(variant) ?? 16_000
        // As the script makes them.
        let samples =
            switch variant {
            case "16000": sound
            case "followed by silence": sound + sound.map { _ in 0 }
            default: Array((sound + sound + sound + sound).prefix(4 * sound.count / (rate / 10) * (rate / 10)))
            }
        let loudness = Loudness.of(samples, sampleRate: rate)
        guard let loudness, let expected else {
            #expect(loudness == expected)
            return
        }
        #expect(abs(loudness - expected) < 0.01)
    }

    /// 0.01 LU, as above. The others' order tells the channels' places apart.
    @Test func loudnessOfChannelsIsPyloudnorms() throws {
        #expect(
            reference.channels.contains { $0.names.count == 2 } && reference.channels.contains { $0.names.count == 5 })
        for sample in reference.channels {
            let channels = try sample.names.map { try reference.sound($0) }
            let loudness = try #require(Loudness.of(channels: channels, sampleRate: 16_000))
            #expect(abs(loudness - sample.loudness) < 0.01, "\(sample.names)")
            for target in [-40.0, Loudness.target] {
                let gain = try #require(Loudness.gain(of: channels, sampleRate: 16_000, to: target))
                let scaled = channels.map { $0.map { gain * $0 } }
                #expect(abs((Loudness.of(channels: scaled, sampleRate: 16_000) ?? 0) - target) < 0.01)
            }
        }
    }

    /// Two equal channels have twice one's energy, with blocks and without.
    @Test(arguments: [0.1, 1.0]) func channelsAddUp(seconds: Double) throws {
        let note = Array(try reference.sound("note").prefix(Int(16_000 * seconds)))
        let (one, two) = (
            try #require(Loudness.of(note, sampleRate: 16_000)),
            try #require(Loudness.of(channels: [note, note], sampleRate: 16_000))
        )
        #expect(abs(two - one - 10 * log10(2)) < 1e-6)
    }

    /// What is hardly more than silence would need a factor that float32 does not hold.
    @Test func aGainIsFinite() throws {
        let hardly = [Float](repeating: .leastNonzeroMagnitude, count: 16_000)
        let gain = try #require(Loudness.gain(of: [hardly], sampleRate: 16_000))
        #expect(gain == .greatestFiniteMagnitude)
        #expect(Loudness.matched(hardly, sampleRate: 16_000).allSatisfy { $0.isFinite })
        let silence = [Float](repeating: 0, count: 16_000)
        for channels: [[Float]] in [[], [[]], [silence], [silence, silence]] {
            #expect(Loudness.gain(of: channels, sampleRate: 16_000) == nil)
            #expect(Loudness.of(channels: channels, sampleRate: 16_000) == nil)
        }
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
        }
        let short = (0..<1_600).map { $0 % 20 < 10 ? Float(0.25) : -0.25 }
        let expected = Float(pow(10, (Loudness.target + 0.691) / 20))
        #expect(Loudness.matched(short, sampleRate: 16_000).allSatisfy { abs(abs($0) - expected) < 1e-6 })
    }

    /// What it is where there is a block above the gate, and nothing else.
    @Test func integratedLoudnessHasNoStandIn() throws {
        let sound = [try reference.sound("speech")]
        #expect(
            Loudness.integrated(channels: sound, sampleRate: 16_000) == Loudness.of(channels: sound, sampleRate: 16_000)
        )
        for (count, amplitude) in [(6_399, Float(0.25)), (16_000, 1e-5), (16_000, 0)] {
            let wave = (0..<count).map { $0 % 20 < 10 ? amplitude : -amplitude }
            #expect(Loudness.integrated(channels: [wave], sampleRate: 16_000) == nil)
        }
    }

    /// 1e-6 of full scale: float32 rounds the quieter sound.
    @Test(arguments: ["note", "speech"]) func matchingDoesNotDependOnTheGate(name: String) throws {
        let sound = try reference.sound(name)
        let expected = Loudness.matched(sound, sampleRate: 16_000)
        for gain in [Float(1e-5), 1e-3, 0.7, 20] {
            let matched = Loudness.matched(sound.map { $0 * gain }, sampleRate: 16_000)
            #expect(zip(matched, expected).allSatisfy { abs($0 - $1) < 1e-6 })
        }
    }

    @Test(arguments: [0, 1, 16_000]) func silenceStaysSilence(count: Int) {
        let silence = [Float](repeating: 0, count: count)
        #expect(Loudness.of(silence, sampleRate: 16_000) == nil)
        #expect(Loudness.matched(silence, sampleRate: 16_000) == silence)
    }
}
