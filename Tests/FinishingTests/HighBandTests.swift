// SPDX-License-Identifier: Apache-2.0

import AudioIO
import Finishing
import Glibc
import TestSupport
import Testing

@Suite struct HighBandTests {
    /// Of networks: NSynth's, and the spectra's default.
    private static let cases = [
        (22_050, 16_000), (32_000, 16_000), (44_100, 16_000), (48_000, 16_000), (96_000, 16_000), (44_100, 22_050),
    ]

    /// Noise, the same on every machine, in -0.5...0.5: it has all frequencies.
    private func noise(_ count: Int, seed: UInt64 = 1) -> [Float] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(state >> 40) / Float(1 << 24) - 0.5
        }
    }

    /// The difference of largest magnitude.
    private func distance(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } }

    /// The amplitude of a tone, away from the ends: `2 |mean x e^(-i w t)|` under a Hann window, computed in double precision.
    private func amplitude(_ hertz: Double, in samples: [Float], rate: Int) -> Double {
        var (re, im, sum) = (0.0, 0.0, 0.0)
        for (t, sample) in samples.enumerated() {
            let window = 0.5 - 0.5 * cos(2 * .pi * Double(t) / Double(samples.count))
            let phase = 2 * .pi * hertz * Double(t) / Double(rate)
            (re, im) = (re + window * Double(sample) * cos(phase), im - window * Double(sample) * sin(phase))
            sum += window
        }
        return 2 * (re * re + im * im).squareRoot() / sum
    }

    /// Both sums of the identity are float32 of numbers below 2: a few of their 6e-8. The resampler's own error is in `low`,
    /// goes up on both sides, and cancels. The length is odd, so that it is rounded.
    @Test(arguments: cases) func anOutputThatIsTheContentGivesBackTheContent(rate: Int, network: Int) throws {
        let channels = [noise(rate / 5 + 1), sine(300, rate: rate, count: rate / 5 + 1)]
        let content = Waveform(channels: channels, sampleRate: rate)
        let low = try content.resampled(to: network)
        let result = try HighBand(of: content, above: low).added(to: low)
        #expect(result.sampleRate == rate && result.frameCount == content.frameCount)
        for (a, b) in zip(result.channels, channels) { #expect(distance(a, b) < 5e-7) }
    }

    /// A low tone stays, the octave below the band is halved: so is the tone in the band. The low tone's side lobes and what
    /// the ends bring into the octave change the ratio by less than 0.5 %.
    @Test(arguments: cases) func theBandFollowsTheLevelBelowIt(rate: Int, network: Int) throws {
        let tones = [0.02, 0.35, 0.25 * (1 + Double(rate) / Double(network))].map { $0 * Double(network) }
        func sum(_ gains: [Double], rate: Int) -> Waveform {
            let count = rate / 2
            let parts = zip(tones, gains).map { sine($0, rate: rate, count: count, amplitude: 0.3 * $1) }
            let samples = (0..<count).map { t in parts.reduce(0) { $0 + $1[t] } }
            return Waveform(mono: samples, sampleRate: rate)
        }
        let content = sum([1, 1, 1], rate: rate)
        let band = try HighBand(of: content, above: try content.resampled(to: network))
        let result = try band.added(to: sum([1, 0.5, 0], rate: network)).channels[0]
        for (tone, wanted) in zip(tones, [0.3, 0.15, 0.15]) {
            #expect(abs(amplitude(tone, in: result, rate: rate) - wanted) < 0.005 * wanted, "\(tone) Hz")
        }
    }

    /// 20 dB more below give 12 dB more in the band, and nothing below nothing.
    @Test(arguments: [(10, 4), (2, 2), (0, 0)] as [(Float, Float)]) func theGainHasLimits(given: Float, wanted: Float)
        throws
    {
        let content = Waveform(mono: noise(9_600), sampleRate: 48_000)
        let low = try content.resampled(to: 16_000)
        let band = try HighBand(of: content, above: low)
        func high(_ gain: Float) throws -> [Float] {
            let output = Waveform(mono: low.channels[0].map { gain * $0 }, sampleRate: 16_000)
            return zip(try band.added(to: output).channels[0], try output.resampled(to: 48_000).channels[0]).map {
                $0 - $1
            }
        }
        // Sums up to 10 in float32, whose differences are off by 5e-7 each.
        #expect(distance(try high(given), try high(1).map { wanted * $0 }) < 5e-6)
    }

    /// The loudness of the output rises in its middle; the gain is a frame's, and linear between frames' centres.
    @Test func theGainFollowsInTime() throws {
        let content = Waveform(mono: noise(96_000), sampleRate: 48_000)
        let low = try content.resampled(to: 16_000)
        let output = Waveform(
            mono: low.channels[0].enumerated().map { $0 < 16_000 ? $1 / 2 : $1 }, sampleRate: 16_000)
        let band = try HighBand(of: content, above: low)
        func high(_ output: Waveform) throws -> [Float] {
            zip(try band.added(to: output).channels[0], try output.resampled(to: 48_000).channels[0]).map { $0 - $1 }
        }
        let (changed, unchanged) = (try high(output), try high(low))
        // Half a frame and one hop, 768 samples at 16 kHz, before and after the change no frame sees both sides.
        let reach = 3 * 768
        let (before, behind) = (0..<48_000 - reach, 48_000 + reach..<96_000)
        #expect(distance(Array(changed[before]), unchanged[before].map { $0 / 2 }) < 1e-6)
        #expect(distance(Array(changed[behind]), Array(unchanged[behind])) < 1e-6)
    }

    /// To the sample: the cross-correlation of the carried band with the content's own is largest without a delay.
    @Test(arguments: cases) func theBandStaysWhereItIs(rate: Int, network: Int) throws {
        let content = Waveform(mono: noise(rate / 4), sampleRate: rate)
        let low = try content.resampled(to: network)
        let output = Waveform(mono: noise(low.frameCount, seed: 7), sampleRate: network)
        let result = try HighBand(of: content, above: low).added(to: output).channels[0]
        let carried = zip(result, try output.resampled(to: rate).channels[0]).map { $0 - $1 }
        let own = zip(content.channels[0], try low.resampled(to: rate).channels[0]).map { $0 - $1 }
        let still = correlation(own, carried, delay: 0)
        #expect(still > 0.95)
        for delay in 1...20 {
            #expect(abs(correlation(own, carried, delay: delay)) < still, "\(delay)")
            #expect(abs(correlation(carried, own, delay: delay)) < still, "-\(delay)")
        }
    }

    /// A band above an octave without level is carried as it is; the sound below has some, so that side lobes are there.
    @Test func whereTheContentHasNoLevelNothingChanges() throws {
        let parts = [sine(250, rate: 48_000, count: 24_000), sine(15_000, rate: 48_000, count: 24_000)]
        // Faded: an end that is cut off has all frequencies.
        let content = Waveform(
            mono: (0..<24_000).map { t in
                let fade = Float(0.5 - 0.5 * cos(2 * .pi * Double(t) / 24_000))
                return fade * (parts[0][t] + parts[1][t])
            }, sampleRate: 48_000)
        let low = try content.resampled(to: 16_000)
        let output = Waveform(mono: noise(low.frameCount), sampleRate: 16_000)
        let result = try HighBand(of: content, above: low).added(to: output).channels[0]
        #expect(
            abs(amplitude(15_000, in: result, rate: 48_000) - amplitude(15_000, in: content.channels[0], rate: 48_000))
                < 1e-4)
    }

    @Test func silenceStaysSilence() throws {
        let content = Waveform(mono: [Float](repeating: 0, count: 4_800), sampleRate: 48_000)
        let low = try content.resampled(to: 16_000)
        #expect(try HighBand(of: content, above: low).added(to: low) == content)
        // Of silence nothing can be carried.
        let output = Waveform(mono: noise(1_600), sampleRate: 16_000)
        #expect(try HighBand(of: content, above: low).added(to: output) == output.resampled(to: 48_000))
    }

    @Test(arguments: [1, 2, 3, 100, 1_537]) func shortSoundsKeepTheirLength(count: Int) throws {
        let content = Waveform(mono: noise(count), sampleRate: 44_100)
        let low = try content.resampled(to: 16_000)
        let result = try HighBand(of: content, above: low).added(to: low)
        #expect(result.frameCount == count && distance(result.channels[0], content.channels[0]) < 5e-7)
    }

    /// As a style that is trimmed or looped makes them.
    @Test(arguments: [1_000, 5_000]) func outputsOfAnotherLengthKeepTheirs(count: Int) throws {
        let content = Waveform(mono: noise(9_600), sampleRate: 48_000)
        let band = try HighBand(of: content, above: try content.resampled(to: 16_000))
        let result = try band.added(to: Waveform(mono: noise(count), sampleRate: 16_000))
        #expect(result.frameCount == 3 * count && result.channels[0].allSatisfy(\.isFinite))
    }
}
