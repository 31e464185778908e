// SPDX-License-Identifier: Apache-2.0

import AudioIO
import Files
import TestSupport
import Testing

@Suite struct ResamplingTests {
    @Test func equalRatesChangeNothing() throws {
        let waveform = music(rate: 22_050, count: 500, channels: 2)
        #expect(try waveform.resampled(to: 22_050) == waveform)
    }

    /// A sine has a known value at every time, so this finds a shift, a wrong scale and a wrong rate. 1e-4 is far
    /// over the converter's noise (-144 dB) and far under what a shift by a tenth of a frame makes (9e-3).
    @Test(arguments: [(44_100, 16_000), (16_000, 44_100), (48_000, 16_000), (11_025, 16_000)])
    func sineStaysWhereItIs(from: Int, to: Int) throws {
        let seconds = 2
        let input = Waveform(mono: sine(440, rate: from, count: seconds * from), sampleRate: from)
        let output = try input.resampled(to: to)
        let expected = sine(440, rate: to, count: seconds * to)
        #expect(output.sampleRate == to)
        #expect(output.frameCount == expected.count)
        let edge = to / 20
        var worst: Float = 0
        for t in edge..<(expected.count - edge) { worst = max(worst, abs(output.channels[0][t] - expected[t])) }
        #expect(worst < 1e-4)
    }

    @Test func toneOverTheNewBandDisappears() throws {
        let input = Waveform(mono: sine(12_000, rate: 48_000, count: 48_000), sampleRate: 48_000)
        let output = try input.resampled(to: 16_000)
        let middle = Waveform(mono: Array(output.channels[0][800..<15_200]), sampleRate: 16_000)
        #expect(middle.peak < 1e-5)
    }

    @Test(arguments: [
        (44_100, 16_000, 44_101), (44_100, 16_000, 1), (16_000, 44_100, 7), (8_000, 48_000, 100), (48_000, 8_000, 2),
        (22_050, 16_000, 12_345),
    ])
    func lengthIsRounded(from: Int, to: Int, count: Int) throws {
        let input = Waveform(mono: sine(100, rate: from, count: count), sampleRate: from)
        let expected = max(1, Int((Double(count) * Double(to) / Double(from)).rounded()))
        #expect(try input.resampled(to: to).frameCount == expected)
    }

    /// The last frames must be computed, not filled up: they are the same as when silence follows.
    @Test(arguments: [(8_000, 48_000), (44_100, 16_000), (16_000, 48_000), (1_000, 250_000), (250_000, 1_000)])
    func endIsComputed(from: Int, to: Int) throws {
        let samples = [Float](repeating: 0.5, count: from / 10)
        let output = try Waveform(mono: samples, sampleRate: from).resampled(to: to).channels[0]
        let silence = [Float](repeating: 0, count: from / 10)
        let longer = try Waveform(mono: samples + silence, sampleRate: from).resampled(to: to).channels[0]
        #expect(output.count == to / 10)
        #expect(output[...] == longer.prefix(output.count))
        #expect(output.last != 0)
    }

    @Test func channelsStayApart() throws {
        let left = sine(300, rate: 44_100, count: 4_410)
        let right = sine(700, rate: 44_100, count: 4_410)
        let both = try Waveform(channels: [left, right], sampleRate: 44_100).resampled(to: 16_000)
        #expect(both.channels[0] == (try Waveform(mono: left, sampleRate: 44_100).resampled(to: 16_000)).channels[0])
        #expect(both.channels[1] == (try Waveform(mono: right, sampleRate: 44_100).resampled(to: 16_000)).channels[0])
    }

    @Test(arguments: [1_000_000, 3, 0, -16_000]) func refusesRatesTooFarAway(rate: Int) {
        let waveform = Waveform(mono: [0, 1, 0], sampleRate: 1_000)
        let failure = failure { _ = try waveform.resampled(to: rate) }
        #expect(failure?.kind == .usage)
        #expect(failure?.description.contains("factor of 256") == true)
    }
}
