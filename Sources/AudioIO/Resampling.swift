// SPDX-License-Identifier: Apache-2.0

import CSampleRate
import Files

extension Waveform {
    /// The same sound at another rate, band-limited to the lower of the two: libsamplerate's best sinc converter
    /// (a signal-to-noise ratio of 144 dB, a bandwidth of 96 %).
    ///
    /// Nothing is shifted: frame `t` of the result is at `t / rate` seconds of this waveform. The result has
    /// `frameCount * rate / sampleRate` frames, rounded, at least one. At an equal rate it is this waveform itself.
    ///
    /// - Parameters:
    ///   - rate: the new rate in Hz, at most 256 times higher or lower.
    ///   - quality: how finely it is done; the best costs ten times as much as the fastest.
    /// - Throws: ``Failure`` of kind `usage` when the rates are further apart or `rate` is not positive.
    public func resampled(to rate: Int, _ quality: ResamplingQuality = .best) throws(Failure) -> Waveform {
        if rate == sampleRate { return self }
        let ratio = Double(rate) / Double(sampleRate)
        guard src_is_valid_ratio(ratio) != 0 else {
            throw Failure(
                .usage, "cannot resample", why: "\(sampleRate) Hz to \(rate) Hz is not within a factor of 256",
                remedy: "choose a closer rate")
        }
        let count = max(1, Int((Double(frameCount) * ratio).rounded()))
        var converted: [[Float]] = []
        for channel in channels {
            converted.append(try resample(channel, ratio: ratio, count: count, quality))
        }
        return Waveform(channels: converted, sampleRate: rate)
    }
}

/// One of libsamplerate's sinc converters.
public enum ResamplingQuality: Sendable {
    /// A signal-to-noise ratio of 144 dB, a bandwidth of 96 %.
    case best
    /// 97 dB and 80 %: for what is only measured.
    case fastest
}

/// `count` samples of `input` at `ratio` times its rate, as if silence followed it.
///
/// - Throws: ``Failure`` of kind `software` where libsamplerate refuses.
package func resample(
    _ input: [Float], ratio: Double, count: Int, _ quality: ResamplingQuality
) throws(Failure) -> [Float] {
    var output = [Float](repeating: 0, count: count)
    // At the end of its input the converter may omit the last frame: some silence flushes it.
    let input = input + [Float](repeating: 0, count: 2 + Int(1 / ratio))
    let status = input.withUnsafeBufferPointer { input in
        output.withUnsafeMutableBufferPointer { output in
            var data = SRC_DATA()
            data.data_in = input.baseAddress
            data.data_out = output.baseAddress
            data.input_frames = input.count
            data.output_frames = output.count
            data.src_ratio = ratio
            return src_simple(&data, Int32(quality == .best ? SRC_SINC_BEST_QUALITY : SRC_SINC_FASTEST), 1)
        }
    }
    guard status == 0 else {
        throw Failure(.software, "cannot resample", why: String(cString: src_strerror(status)))
    }
    return output
}
