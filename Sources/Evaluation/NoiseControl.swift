// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import Spectrogram

/// The control that a transfer has to beat: the content with added noise that has the style's spectrum, and nothing else of the style.
///
/// The noise is white noise whose short-time spectra are multiplied, bin by bin, by the root of the style's mean power, and
/// inverted by least squares (``ShortTimeFourierTransform/inverse(_:samples:threads:)``); n_fft 1024, hop 256.
public enum NoiseControl {
    /// The noise's root mean square relative to the content's, in decibels.
    public static let level = -10.0

    /// The content with noise at ``level`` decibels. With a silent content or style it is the content.
    ///
    /// - Parameters:
    ///   - content: `[T]` at ``Evaluation/sampleRate``, at least one sample.
    ///   - style: `[S]` at the same rate, at least one sample.
    ///   - seed: decides the noise.
    ///   - threads: at least 1.
    /// - Returns: `[T]`; it may exceed full scale.
    public static func sound(content: [Float], style: [Float], seed: UInt64, threads: Int = 1) -> [Float] {
        let noise = noise(like: style, samples: content.count, seed: seed, threads: threads)
        let (power, noisePower) = (meanPower(content), meanPower(noise))
        guard noisePower > 0 else { return content }
        let gain = Float((power / noisePower).squareRoot() * pow(10, level / 20))
        return zip(content, noise).map { $0 + gain * $1 }
    }

    /// Noise with the mean power spectrum of a sound, up to a factor.
    ///
    /// - Returns: `[samples]`.
    static func noise(like style: [Float], samples: Int, seed: UInt64, threads: Int = 1) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        let white = (0..<samples).map { _ in generator.bell() }
        let transform = PowerSpectra.transform
        let gains = MeanSpectrum.power(of: style, by: transform).map { Float($0.squareRoot()) }
        return MeanSpectrum.filtered(white, gains: gains, by: transform, threads: threads)
    }

    private static func meanPower(_ samples: [Float]) -> Double {
        samples.reduce(0) { $0 + Double($1) * Double($1) } / Double(samples.count)
    }
}
