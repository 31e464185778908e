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
        return Waveform(channels: converted, sampleRate: rate, layout: layout)
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
    var code: Int32 = 0
    let kind = Int32(quality == .best ? SRC_SINC_BEST_QUALITY : SRC_SINC_FASTEST)
    guard let converter = src_new(kind, 1, &code) else {
        throw Failure(.software, "cannot resample", why: String(cString: src_strerror(code)))
    }
    defer { src_delete(converter) }
    // At the end of its input the converter may omit the last frame: some silence flushes it.
    let silence = [Float](repeating: 0, count: 2 + Int(1 / ratio))
    var written = 0
    for (part, isLast) in [(input, false), (silence, true)] {
        var read = 0
        repeat {
            let (got, used) = output.withUnsafeMutableBufferPointer { output in
                part.withUnsafeBufferPointer { part in
                    var data = SRC_DATA()
                    data.data_in = part.baseAddress.map { $0 + read }
                    data.data_out = output.baseAddress.map { $0 + written }
                    data.input_frames = part.count - read
                    data.output_frames = output.count - written
                    data.end_of_input = isLast ? 1 : 0
                    data.src_ratio = ratio
                    code = src_process(converter, &data)
                    return (data.output_frames_gen, data.input_frames_used)
                }
            }
            guard code == 0 else {
                throw Failure(.software, "cannot resample", why: String(cString: src_strerror(code)))
            }
            (written, read) = (written + got, read + used)
            if got == 0, used == 0 { break }
        } while read < part.count && written < count
    }
    return output
}
