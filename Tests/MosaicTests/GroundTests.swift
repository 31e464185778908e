// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import Mosaic

/// The style's own recording beneath what plays.
@Suite struct GroundTests {
    private let grid = MosaicGolden.grid

    private func loop(_ styles: [(samples: [Float], weight: Float)]) -> StyleLoop {
        let counts = styles.map(\.samples.count)
        let samples = styles.flatMap(\.samples)
        let starts = counts.indices.map { counts[..<$0].reduce(0, +) / 160 }
        let material = StyleMaterial(
            channels: [samples], mix: samples, pitch: PitchTrack(f0: [], isVoiced: []),
            envelope: BandEnvelope(frames: 0, bands: 40), flux: [],
            steps: zip(starts, counts).map { $0..<$0 + $1 / 160 }, shares: styles.map { Double($0.weight) },
            statistics: EnvelopeStatistics(BandEnvelope(frames: 1, bands: 40)))
        return StyleLoop(material, channel: 0, grid)
    }

    private func read(_ loop: StyleLoop, _ range: Range<Int>) -> [Float] {
        var samples = [Float](repeating: 9, count: range.count)
        loop.read(from: range.lowerBound, into: &samples)
        return samples
    }

    /// The fade's sines are float32 here, float64 there.
    @Test(arguments: MosaicGolden.pairs) func loopIsTheReferences(pair: String) throws {
        let golden = try MosaicGolden(pair)
        let expected = try golden.values("ground/loop")
        let loop = StyleLoop(try golden.material(), channel: 0, grid)
        #expect(largestDifference(read(loop, 0..<expected.count), expected) < 1e-6)
    }

    /// Powers are float64 in both, their logarithms float32 here.
    @Test(arguments: MosaicGolden.pairs) func loudnessIsTheReferences(pair: String) throws {
        let golden = try MosaicGolden(pair)
        let levels = LoudnessCurve(try golden.values("content/samples"), grid).levels
        #expect(largestDifference(levels, try golden.values("ground/levels")) < 1e-4)
        #expect(largestDifference(Ground.held(levels, grid), try golden.values("ground/held")) < 1e-5)
    }

    /// Float32 transforms by two libraries: 80 dB below.
    @Test(arguments: MosaicGolden.pairs) func outputIsTheReferences(pair: String) throws {
        let golden = try MosaicGolden(pair)
        var samples = try golden.values("grains/output")
        let isAdded = Ground(amplitude: 0.6, grid: grid).add(
            StyleLoop(try golden.material(), channel: 0, grid), to: &samples,
            content: LoudnessCurve(try golden.values("content/samples"), grid)
        ) { _ in true }
        #expect(isAdded)
        let expected = try golden.values("ground/output")
        #expect(largestDifference(samples, expected) < 1e-3 * level(expected))
    }

    /// Pieces are the whole; before 0 is nothing; two styles have their shares of the power.
    @Test func loopsGoOn() {
        let (low, high) = (Sounds.melody(seconds: 1, seed: 3), Sounds.melody(seconds: 0.5, seed: 4))
        let loop = loop([(low, 0.75), (high, 0.25)])
        let whole = read(loop, -100..<40_000)
        #expect(whole[..<100].allSatisfy { $0 == 0 })
        #expect(read(loop, 15_000..<16_000) == Array(whole[15_100..<16_100]))
        let (one, other) = (Float(0.75).squareRoot(), Float(0.5))
        let both = zip(low, high).prefix(7_000).map { one * $0 + other * $1 }
        #expect(largestDifference(Array(whole[100..<7_100]), both) < 1e-6)
        // A seam's steps are no larger than the sounds' own.
        func largestStep(_ samples: [Float]) -> Float {
            zip(samples, samples.dropFirst()).map { abs($0 - $1) }.max() ?? 0
        }
        #expect(largestStep(whole) < 1.5 * (0.87 * largestStep(low) + 0.5 * largestStep(high)))
    }

    @Test(arguments: [1, 2, 7, 100]) func shortStylesGoOn(samples: Int) throws {
        let material = try StyleMaterial(
            [.init(channels: [Array(Sounds.melody(seconds: 1)[1_000..<1_000 + samples + 1])])], channels: 1, grid,
            BandScale(grid), workers: .init(count: 1))
        let sound = read(StyleLoop(material, channel: 0, grid), 0..<1_000)
        #expect(sound.allSatisfy { $0.isFinite } && level(sound) > 0)
    }

    /// Where both have one tone the ground adds little; a tone that only the ground has stays as it is, but for what 2 % of a Hann window's
    /// energy beside its lobe costs.
    @Test func itMakesRoom() {
        let (one, other) = (
            Sounds.sine(500, seconds: 1, rate: 16_000), Sounds.sine(2_000, seconds: 1, rate: 16_000)
        )
        func added(_ style: [Float]) -> Float {
            var samples = one
            let content = LoudnessCurve(one, grid)
            #expect(
                Ground(amplitude: 0.5, grid: grid).add(loop([(style, 1)]), to: &samples, content: content) { _ in true }
            )
            return level(zip(samples, one).map { $0 - $1 }) / level(one)
        }
        // 0.5 times 0.25 / (0.25 + 4).
        #expect(abs(added(one) - 0.5 * 0.25 / 4.25) < 0.005)
        #expect(abs(added(other) - 0.5) < 0.02)
    }

    /// Gaps of half a second are filled, longer ones fade, and nothing comes before the content does.
    @Test func itFillsGapsAndNotPauses() {
        var content = Sounds.sine(440, seconds: 6, rate: 16_000)
        for silence in [0..<8_000, 20_000..<26_000, 40_000..<80_000] { for t in silence { content[t] = 0 } }
        let style = Sounds.melody(seconds: 2, seed: 8)
        var samples = content
        let isAdded = Ground(amplitude: 0.5, grid: grid).add(
            loop([(style, 1)]), to: &samples, content: LoudnessCurve(content, grid)
        ) { _ in true }
        #expect(isAdded)
        #expect(samples[..<8_000].allSatisfy { $0 == 0 })
        #expect(level(Array(samples[20_000..<26_000])) > 0.25 * level(content))
        // Half a second and, at 80 dB a second, three quarters.
        #expect(level(Array(samples[41_000..<47_000])) > 0.25 * level(content))
        #expect(samples[61_000..<79_900].allSatisfy { $0 == 0 })
    }
}
