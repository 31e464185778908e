// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Spectrogram

/// What a sound has above half of a lower rate, to be carried into sounds that were made at that rate. At a higher rate the same formulas
/// carry what the resampler's filter takes below half of the sound's own rate.
///
/// With content `x` at its own rate R, an output `y` at the lower rate r, and `up`, `down` for
/// ``Waveform/resampled(to:)``, which shifts nothing:
///
///     z(t) = up(y)(t) + g(t) (x(t) - up(down(x))(t))
///
/// The gain g follows the change of level in the octave below the band, from r/4 to r/2: at frame m of the STFT at r
/// (1024 samples under a Hann window, every 256),
///
///     g_m = sqrt(sum_k |Y[m, k]|^2 / sum_k |X[m, k]|^2),  at most 4 (12 dB),  k = 256...512  (for r > R as many R / r of them),
///
/// X of `down(x)`, linear in between, and constant after the last frame. Where x has no level in that octave,
/// 100 dB below its loudest frame, there is no change to follow: `g_m = 1`. Each channel is treated by itself.
///
/// For `y = down(x)` z is x, but for the rounding of float32. Time is linear in the length; one copy of the sound is held.
public struct HighBand: Sendable {
    /// The largest gain.
    public static let largestGain: Float = 4
    private static let transform = ShortTimeFourierTransform(size: 1_024, hop: 256)
    /// The least power of the octave that counts, relative to the whole power of the loudest frame.
    private static let leastPower: Float = 1e-10

    /// `x - up(down(x))`, `[C][T]` at R.
    private let band: Waveform
    /// `down(x)`: its power in the octave, for each channel and frame; 0 where that is no level.
    private let levels: [[Float]]
    /// The octave's bins.
    private let octave: Range<Int>
    /// Its frames at r.
    private let lowFrames: Int

    /// - Parameters:
    ///   - content: x, `[C][T]`.
    ///   - low: `down(x)`: the same at another rate, as ``Waveform/resampled(to:)`` makes it.
    /// - Throws: ``Failure`` of kind `usage` for rates that are not within a factor of 256.
    public init(of content: Waveform, above low: Waveform) throws(Failure) {
        precondition(
            low.sampleRate != content.sampleRate && low.channels.count == content.channels.count,
            "a sound of another kind")
        let bins = Self.transform.bins * min(low.sampleRate, content.sampleRate) / low.sampleRate
        let octave = bins / 2..<bins
        var channels: [[Float]] = []
        for (channel, low) in zip(content.channels, low.mono) {
            var rest = channel
            for (t, sample) in zip(rest.indices, try low.resampled(to: content.sampleRate).channels[0]) {
                rest[t] -= sample
            }
            channels.append(rest)
        }
        band = Waveform(channels: channels, sampleRate: content.sampleRate)
        levels = low.channels.map { channel in
            let (powers, loudest) = Self.powers(of: channel, in: octave)
            return powers.map { $0 > Self.leastPower * loudest ? $0 : 0 }
        }
        self.octave = octave
        lowFrames = low.frameCount
    }

    /// z at the content's rate: as long as the content where `output` is as long as `low`, else as long as `output`.
    ///
    /// - Parameter output: y, `[C][T']`, at the rate of `low`.
    /// - Throws: ``Failure`` of kind `usage` for rates that are not within a factor of 256.
    public func added(to output: Waveform) throws(Failure) -> Waveform {
        precondition(output.channels.count == levels.count, "an output of other channels")
        var channels: [[Float]] = []
        for (index, low) in output.mono.enumerated() {
            var sum = try low.resampled(to: band.sampleRate).channels[0]
            // Resampling down and up rounds the length twice.
            if low.frameCount == lowFrames {
                sum = sum.prefix(band.frameCount) + [Float](repeating: 0, count: max(band.frameCount - sum.count, 0))
            }
            let gains = gains(of: low.channels[0], beside: levels[index])
            let framesOfSample = Double(low.sampleRate) / Double(band.sampleRate * Self.transform.hop)
            for (t, high) in zip(sum.indices, band.channels[index]) {
                let place = min(Double(t) * framesOfSample, Double(gains.count - 1))
                let (below, share) = (Int(place), Float(place - place.rounded(.down)))
                let above = min(below + 1, gains.count - 1)
                sum[t] += ((1 - share) * gains[below] + share * gains[above]) * high
            }
            channels.append(sum)
        }
        return Waveform(channels: channels, sampleRate: band.sampleRate, layout: output.layout)
    }

    /// `g_m` for the frames that both have: at least one.
    private func gains(of output: [Float], beside levels: [Float]) -> [Float] {
        zip(Self.powers(of: output, in: octave).octave, levels).map { power, level in
            level > 0 ? min((power / level).squareRoot(), Self.largestGain) : 1
        }
    }

    /// Each frame's power in the octave, and the largest whole power of a frame.
    private static func powers(of signal: [Float], in octave: Range<Int>) -> (octave: [Float], loudest: Float) {
        let spectra = FrameSpectra(transform, of: signal)
        var loudest: Float = 0
        let powers = (0..<spectra.frames).map { frame in
            spectra.withSpectrum(frame) { spectrum in
                func power(_ bins: Range<Int>) -> Float { bins.reduce(0) { $0 + (spectrum[$1] * spectrum[$1]).sum() } }
                let high = power(octave)
                loudest = max(loudest, power(0..<octave.lowerBound) + high)
                return high
            }
        }
        return (powers, loudest)
    }
}

extension Waveform {
    /// Each channel by itself.
    fileprivate var mono: [Waveform] { channels.map { Waveform(mono: $0, sampleRate: sampleRate) } }
}
