// SPDX-License-Identifier: Apache-2.0
import Glibc
import Matrices
import TestSupport
import Testing

@testable import Transfer

@Suite struct ContentPartsTests {
    private func noise(_ count: Int, seed: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in 0.1 * generator.normal() }
    }

    private func level(_ samples: ArraySlice<Float>) -> Double {
        (samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)).squareRoot()
    }

    @Test(arguments: [(16_000, 16_000), (16_001, 16_000), (320_000, 49_999), (57_600_000, 1_234_567), (1_000, 7)])
    func partsCoverTheContent(samples: Int, longest: Int) {
        let ranges = ContentParts(of: samples, longest: longest, sampleRate: 16_000).ranges
        #expect(ranges.first?.lowerBound == 0 && ranges.last?.upperBound == samples)
        #expect(Set(ranges.map(\.count)).count == 1 && ranges[0].count <= longest)
        let overlap = min(16_000, longest / 4)
        for (one, next) in zip(ranges, ranges.dropFirst()) {
            #expect(one.upperBound - next.lowerBound >= overlap && next.lowerBound > one.lowerBound)
        }
        #expect((ranges.count == 1) == (samples <= longest))
    }

    /// Parts of one sound are that sound, but for rounding.
    @Test func aSoundIsPutTogetherAgain() {
        let whole = noise(50_000, seed: 1)
        let parts = ContentParts(of: 50_000, longest: 12_000, sampleRate: 16_000)
        var sound: [Float] = []
        for (index, range) in parts.ranges.enumerated() {
            parts.add(Array(whole[range]), as: Array(whole[range]), at: index, to: &sound)
        }
        #expect(sound.count == whole.count && zip(sound, whole).allSatisfy { abs($0 - $1) < 1e-7 })
    }

    /// Independent noises of other levels: everywhere the content's level, within what 50 ms of noise differ by (3 standard deviations:
    /// 0.46 dB), and a little more in crossfades, whose mean is taken over its course.
    @Test func levelsStayAtTheJoins() {
        let content = noise(96_000, seed: 2)
        let parts = ContentParts(of: 96_000, longest: 30_000, sampleRate: 16_000)
        var sound: [Float] = []
        for (index, range) in parts.ranges.enumerated() {
            let part = noise(range.count, seed: UInt64(10 + index)).map { $0 * Float(index + 1) }
            parts.add(part, as: Array(content[range]), at: index, to: &sound)
        }
        #expect(parts.ranges.count > 3 && sound.count == 96_000)
        for start in stride(from: 0, to: 96_000, by: 800) {
            #expect(abs(20 * log10(level(sound[start..<start + 800]) / 0.1)) < 1, "at \(start)")
        }
    }

    @Test func aSilentPartIsSilent() {
        let parts = ContentParts(of: 3_000, longest: 1_000, sampleRate: 16_000)
        let silence = [Float](repeating: 0, count: parts.ranges[0].count)
        var sound: [Float] = []
        for index in parts.ranges.indices {
            parts.add(noise(silence.count, seed: 3), as: silence, at: index, to: &sound)
        }
        #expect(sound == [Float](repeating: 0, count: 3_000))
    }
}
