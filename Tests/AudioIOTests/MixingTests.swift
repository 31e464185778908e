// SPDX-License-Identifier: Apache-2.0

import AudioIO
import TestSupport
import Testing

@Suite struct MixingTests {
    private func mix(_ channels: [[Float]]) -> (samples: [Float], warnings: [String]) {
        var warnings: [String] = []
        let mix = Waveform(channels: channels, sampleRate: 16_000).mixedDown { warnings.append($0) }
        return (mix.channels[0], warnings)
    }

    private let low = sine(200, rate: 16_000, count: 16_000)
    private let high = sine(310, rate: 16_000, count: 16_000)

    /// The right channel is the left one inverted, but for a step of 16 bits.
    @Test func opposedChannelsDontVanish() throws {
        let sound = try AudioFile.read(Fixtures.path("sounds/antiphase.wav"))
        let (left, right) = (sound.channels[0], sound.channels[1])
        #expect(zip(left, right).allSatisfy { abs($0 + $1) < 4e-5 })
        let (mixed, warnings) = mix(sound.channels)
        let sign: Float = warnings.first?.contains("channel 1") == true ? -1 : 1
        #expect(zip(mixed, left).allSatisfy { abs(sign * $0 - $1) < 4e-5 })
        #expect(warnings.count == 1 && warnings[0].hasPrefix("its channels cancel each other when mixed: channel "))
    }

    /// What is opposed to the strongest is inverted, and no other; a constant part hides nothing.
    @Test func theStrongestDecides() {
        let (mixed, warnings) = mix([low, low.map { -0.6 * $0 + 0.1 }, low.map { -0.4 * $0 }])
        #expect(warnings == ["its channels cancel each other when mixed: channels 2, 3 are inverted"])
        #expect(zip(mixed, low).allSatisfy { abs($0 - (2 * $1 - 0.1) / 3) < 1e-6 })
        #expect(mix([low.map { -0.9 * $0 }, low]).warnings.first?.hasSuffix("channel 1 is inverted") == true)
    }

    /// Bytes stay the mean's: half of 1.5 dB or more is left, independent channels, one of many, silence.
    @Test func othersAreTheMean() {
        let silence = [Float](repeating: 0, count: low.count)
        let sounds = [
            [low, low.map { -0.8 * $0 }], [low, high], [low, high.map { -$0 }], [low, silence], [silence, silence],
            [low] + [[Float]](repeating: silence, count: 63), [[0.5], [-0.5]],
        ]
        for channels in sounds {
            let (mixed, warnings) = mix(channels)
            #expect(warnings.isEmpty)
            var sums = channels[0]
            for channel in channels.dropFirst() { for t in sums.indices { sums[t] += channel[t] } }
            #expect(mixed == sums.map { $0 / Float(channels.count) })
        }
    }

    /// A sine's standard deviation is its amplitude / sqrt 2.
    @Test func silenceIsBelow120Decibels() {
        func isSilent(_ channels: [[Float]]) -> Bool { Waveform(channels: channels, sampleRate: 16_000).isSilent }
        #expect(isSilent([sine(200, rate: 16_000, count: 16_000, amplitude: 1.4e-6)]))
        #expect(!isSilent([sine(200, rate: 16_000, count: 16_000, amplitude: 1.5e-6)]))
        #expect(isSilent([[Float](repeating: 0.3, count: 100)]))
        #expect(!isSilent([[Float](repeating: 0, count: 16_000), low]))
    }
}
