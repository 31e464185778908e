// SPDX-License-Identifier: Apache-2.0
import Matrices
import TestSupport
import Testing

@testable import Mosaic

/// Each step of grains on the reference's own input to that step.
@Suite struct GrainsGoldenTests {
    private let grid = MosaicGolden.grid

    /// The reference computes in float64, the correlations here are float32: a lag is within a thousandth.
    @Test(arguments: MosaicGolden.pairs, ["content", "style"])
    func pitch(of pair: String, _ sound: String) throws {
        let golden = try MosaicGolden(pair)
        let expected = try golden.pitch(sound)
        let track = YIN.track(try golden.values("\(sound)/samples"), workers: Workers(count: 1))
        #expect(track.isVoiced == expected.isVoiced)
        for (step, f0) in track.f0.enumerated() where track.isVoiced[step] {
            #expect(abs(f0 / expected.f0[step] - 1) < 1e-3, "step \(step)")
        }
    }

    /// Logarithms near the floor of 1e-6 magnify float32's errors; the reference transforms in float32 too.
    @Test(arguments: MosaicGolden.pairs, ["content", "style"])
    func envelope(of pair: String, _ sound: String) throws {
        let golden = try MosaicGolden(pair)
        let samples = try golden.values("\(sound)/samples")
        let scale = BandScale(grid)
        let f0 = try golden.pitch(sound).atFrames(grid.frames(samples.count), of: grid)
        let envelope = DensityEnvelope.measure(samples, gain: 1, f0: f0, grid, scale, workers: Workers(count: 2))
        #expect(largestDifference(envelope.values, try golden.values("\(sound)/envelope")) < 1e-3)
    }

    /// Eigenvalues in float64 here and there, of covariances that the reference has from float32: 1e-3 of a neper.
    @Test(arguments: MosaicGolden.pairs)
    func transport(of pair: String) throws {
        let golden = try MosaicGolden(pair)
        let (content, style) = (try golden.envelope("content/envelope"), try golden.envelope("style/envelope"))
        let (c, s) = (EnvelopeStatistics(content), EnvelopeStatistics(style))
        let full = try #require(Transport(full: c, to: s)).applied(to: content)
        #expect(largestDifference(full.values, try golden.values("transport/full")) < 2e-3)
        let bands = Transport(bandwise: c, to: s).applied(to: content)
        #expect(largestDifference(bands.values, try golden.values("transport/bands")) < 1e-3)
    }

    @Test(arguments: MosaicGolden.pairs, ["content", "style"])
    func marks(of pair: String, _ sound: String) throws {
        let golden = try MosaicGolden(pair)
        let marks = PitchMarks(try golden.values("\(sound)/samples"), try golden.pitch(sound), grid)
        #expect(marks.positions == (try golden.numbers("\(sound)/marks/position")))
        #expect(marks.isVoiced == (try golden.flags("\(sound)/marks/voiced")))
        #expect(largestDifference(marks.periods.map(Float.init), try golden.values("\(sound)/marks/period")) < 1e-3)
    }

    @Test(arguments: MosaicGolden.pairs)
    func path(of pair: String) throws {
        let golden = try MosaicGolden(pair)
        let pitch = try golden.pitch("content")
        let wanted = StepFeatures(try golden.envelope("transport/full").atSteps(pitch.count, of: grid))
        let path = GrainPath(try golden.material()).best(for: wanted, pitch: pitch) { _ in true }
        #expect(path == (try golden.numbers("grains/path")))
    }

    /// The same sums of the same products, in another order.
    @Test(arguments: MosaicGolden.pairs)
    func excitation(of pair: String) throws {
        let golden = try MosaicGolden(pair)
        let style = try golden.values("style/samples")
        let expected = try golden.values("grains/excitation")
        var samples = [Float](repeating: 0, count: expected.count)
        let grains = GrainSynthesis.grains(
            path: try golden.numbers("grains/path"), pitch: try golden.pitch("content"),
            marks: PitchMarks(style, try golden.pitch("style"), grid), samples: samples.count, grid)
        GrainSynthesis.lay(grains, from: style, onto: &samples)
        #expect(largestDifference(samples, expected) < 1e-4 * level(expected))
    }

    /// Float32 transforms by two libraries, twice: 80 dB below.
    @Test(arguments: MosaicGolden.pairs)
    func filter(of pair: String) throws {
        let golden = try MosaicGolden(pair)
        let pitch = try golden.pitch("content")
        var samples = try golden.values("grains/excitation")
        let gain = level(try golden.values("content/samples")) / level(samples)
        samples = samples.map { $0 * gain }
        let filter = EnvelopeFilter(
            grid: grid, scale: BandScale(grid), f0: pitch.atFrames(grid.frames(samples.count), of: grid), keep: 0.7)
        #expect(filter.apply(to: &samples, gain: 1, wanted: try golden.envelope("transport/full")) { _ in true })
        let expected = try golden.values("grains/output")
        #expect(largestDifference(samples, expected) < 1e-3 * level(expected))
    }
}
