// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import Testing

@testable import Spectrogram

@Suite struct ChannelVocoderTests {
    private let transform = ShortTimeFourierTransform(size: 512, hop: 128)

    private func noise(_ seed: UInt64, _ count: Int) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in 0.2 * generator.normal() }
    }

    private func imposed(_ modulator: [Float], on carrier: [Float], threads: Int = 1) -> [Float] {
        ChannelVocoder.imposed(modulator, on: carrier, by: transform, sampleRate: 16_000, threads: threads)
    }

    private func power(_ signal: some Sequence<Float>) -> Float { signal.reduce(0) { $0 + $1 * $1 } }

    /// With its own envelopes a sound stays what it is, to float32 rounding of a transform and its inverse.
    @Test(arguments: [1, 300, 6_000]) func aSoundOnItself(samples: Int) {
        let sound = noise(1, samples)
        let largest = sound.map { abs($0) }.max() ?? 0
        #expect(zip(imposed(sound, on: sound), sound).allSatisfy { abs($0 - $1) < 1e-4 * largest })
    }

    /// A tone that is interrupted gives its rhythm to noise, and neither its level nor its pitch.
    @Test func theRhythmGoesOver() {
        let count = 16_000
        let carrier = noise(2, count)
        let modulator = noise(3, count).enumerated().map { $0 / 4_000 % 2 == 0 ? 5 * $1 : 0 }
        let result = imposed(modulator, on: carrier)
        // Away from the edges by a window.
        for start in stride(from: 0, to: count, by: 4_000) {
            let part = result[start + 600..<start + 3_400]
            let own = power(carrier[start + 600..<start + 3_400])
            let ratio = power(part) / own
            #expect(start / 4_000 % 2 == 0 ? (1.2...3).contains(ratio) : ratio < 1e-3, "\(ratio)")
        }
        // The bands keep their mean power: half of the time twice of it.
        #expect(abs(power(result) / power(carrier) - 1) < 0.2)
        #expect(imposed(modulator, on: carrier, threads: 3) == result)
    }

    @Test func silence() {
        let (silence, sound) = ([Float](repeating: 0, count: 2_000), noise(4, 2_000))
        #expect(imposed(silence, on: sound).allSatisfy { $0 == 0 })
        #expect(imposed(sound, on: silence).allSatisfy { $0 == 0 })
        #expect(imposed(silence, on: silence).allSatisfy { $0 == 0 })
    }
}
