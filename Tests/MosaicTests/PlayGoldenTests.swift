// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import Mosaic

/// Each step of play on the reference's own input to that step.
@Suite struct PlayGoldenTests {
    private let grid = MosaicGolden.grid

    private func score(_ golden: MosaicGolden, octave: Int) throws -> Score {
        Score(
            try golden.pitch("content"), contentFlux: try golden.values("play/flux_content"), try golden.material(),
            styleFlux: try golden.values("play/flux_style"), octave: octave)
    }

    /// Logarithms of float32 here, of float64 there.
    @Test(arguments: MosaicGolden.pairs)
    func contours(of pair: String) throws {
        let golden = try MosaicGolden(pair)
        for sound in ["content", "style"] {
            let contour = try golden.pitch(sound).contour.map(Float.init)
            #expect(largestDifference(contour, try golden.values("play/contour_\(sound)")) < 1e-5)
            let steps = try golden.pitch(sound).count
            let flux = Score.flux(of: try golden.envelope("\(sound)/envelope"), grid, steps: steps)
            #expect(largestDifference(flux, try golden.values("play/flux_\(sound)")) < 1e-5)
        }
        #expect(try score(golden, octave: 0).onsets.sorted() == (try golden.numbers("play/onsets")))
    }

    @Test(arguments: [("voice-flute", "play"), ("voice-flute", "play_up"), ("glide-drums", "play")])
    func path(of pair: String, _ take: String) throws {
        let golden = try MosaicGolden(pair)
        let score = try score(golden, octave: try golden.numbers("\(take)/octave")[0])
        let pitch = try golden.pitch("content")
        let material = try golden.material()
        let path = try #require(
            PlayedPath(
                wanted: StepFeatures(try golden.envelope("transport/bands").atSteps(pitch.count, of: grid)),
                style: StepFeatures(material.envelope), isVoiced: material.pitch.isVoiced, score
            ) { _ in true })
        #expect(path.jumps == (try golden.numbers("\(take)/jumps")))
        // In samples: sums of speeds from float32 pitches.
        #expect(largestDifference(path.places.map { Float($0 * grid.step) }, try golden.values("\(take)/phi")) < 0.1)
        guard score.isPitched else { return }
        // Noise is aligned elsewhere by another interpolation. The reference's is by cubics, which dampen what is near half of the rate, and shifts by its own filters' delay: -30 dB.
        let expected = try golden.values("\(take)/excitation")
        var channels = [expected]
        #expect(Tape([try golden.values("style/samples")], score, grid).play(path, into: &channels) { _ in true })
        let difference = level(zip(channels[0], expected).map { $0 - $1 })
        #expect(difference < 0.03 * level(expected), "\(difference / level(expected))")
    }

    @Test(arguments: MosaicGolden.pairs)
    func rule(of pair: String) throws {
        let golden = try MosaicGolden(pair)
        let octave = Decision.wholeOctaves(from: try golden.pitch("content"), to: try golden.pitch("style"))
        #expect(octave == (try golden.numbers("rule/octave"))[0])
        for sound in ["content", "style"] {
            let share = Float(TonalShare.of(try golden.values("\(sound)/samples")))
            #expect(abs(share - (try golden.values("\(sound)/tonal_share"))[0]) < 1e-4)
        }
    }
}
