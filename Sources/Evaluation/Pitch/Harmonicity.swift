// SPDX-License-Identifier: Apache-2.0
internal import COpenBLAS
import Foundation
import Matrices

/// The harmonic-to-noise ratio of a sound in decibels, by Boersma (Accurate short-term analysis of the fundamental
/// frequency and the harmonics-to-noise ratio of a sampled sound, 1993): equal energies of a periodic and an aperiodic
/// part give 0.
///
/// A frame x, its mean subtracted, is weighted by a Hann window w of six periods of C2 (92 ms), his length for this
/// measure. The window's autocorrelation is divided out (equation 9), and the highest peak between the periods of C7
/// and C2 is the periodic part's share of the energy (equation 4):
///
///     r[k]  = (r_xw[k] / r_xw[0]) / (r_w[k] / r_w[0])
///     ratio = 10 log10(r_max / (1 - r_max))
///
/// Between samples r is interpolated by sinc functions (equation 22). A ratio is within -60...60 dB: it is -60 if
/// there is no peak above 0.
public struct Harmonicity: Sendable {
    /// Values of r per sample of lag; between them a parabola is fitted.
    private static let phases = 16
    /// Samples on either side that interpolate a value between two of them: frequencies above 98 % of half the sample rate
    /// are lost.
    private static let depth = 100
    /// The least peak of a frame that is not silent, as a share of the sound's: Praat's default.
    private static let silence = 0.1

    private let window: [Double]
    /// `r_w[0] / r_w[k]`.
    private let correction: [Double]
    /// Weights of the samples from `1 - depth` to `depth`, for each phase.
    private let interpolation: [[Double]]

    /// Of sounds at ``Evaluation/sampleRate``.
    public init() {
        let length = Int((6 * Double(Evaluation.sampleRate) / PitchTracker.lowest).rounded())
        window = (0..<length).map { 0.5 - 0.5 * cos(2 * Double.pi * Double($0) / Double(length)) }
        let own = autocorrelation(of: window, lags: PitchTracker.periods.upperBound + Self.depth)
        correction = own.map { own[0] / $0 }
        interpolation = (0..<Self.phases).map { phase in
            (1 - Self.depth...Self.depth).map { sample in
                let distance = Double(phase) / Double(Self.phases) - Double(sample)
                guard distance != 0 else { return 1 }
                let angle = Double.pi * distance
                return sin(angle) / angle * (0.5 + 0.5 * cos(angle / Double(Self.depth)))
            }
        }
    }

    /// The mean ratio over the frames that are not silent, in decibels.
    ///
    /// Frames begin at multiples of 256 samples and are entirely within the sound. A frame is silent if its largest absolute
    /// value is below a tenth of the sound's, each with its mean subtracted.
    ///
    /// - Parameters:
    ///   - samples: `[T]`, mono.
    ///   - threads: at least 1; the result does not depend on it.
    /// - Returns: nil for silence, and for sounds shorter than a frame.
    public func ratio(of samples: [Float], threads: Int = 1) -> Double? {
        guard samples.count >= window.count else { return nil }
        let threshold = Self.silence * Self.deviation(samples[...])
        guard threshold > 0 else { return nil }
        let frames = 1 + (samples.count - window.count) / PitchTracker.hop
        let ratios = Workers(count: threads).map(pieces: frames) { index, _ -> Double? in
            let frame = samples[index * PitchTracker.hop..<index * PitchTracker.hop + window.count]
            return Self.deviation(frame) < threshold ? nil : ratio(ofFrame: frame)
        }
        let heard = ratios.compactMap(\.self)
        return heard.isEmpty ? nil : heard.reduce(0, +) / Double(heard.count)
    }

    private func ratio(ofFrame frame: ArraySlice<Float>) -> Double {
        let mean = Self.mean(frame)
        let r = autocorrelation(of: zip(frame, window).map { (Double($0) - mean) * $1 }, lags: correction.count - 1)
        let normalised = zip(r, correction).map { $0 / r[0] * $1 }
        var highest = highestPeak(of: interpolated(normalised))
        // Interpolation can exceed 1; then it counts as being as far below, as in Praat.
        if highest > 1 { highest = 1 / highest }
        return min(max(10 * log10(highest / (1 - highest)), -60), 60)
    }

    /// r from the shortest to the longest period, in steps of a phase.
    private func interpolated(_ r: [Double]) -> [Double] {
        // From lag 1 - depth: the function is even.
        let even = r[1..<Self.depth].reversed() + r
        return even.withUnsafeBufferPointer { even in
            guard let start = even.baseAddress else { return [] }
            let values = PitchTracker.periods.flatMap { lag in
                interpolation.map { cblas_ddot(Int32($0.count), $0, 1, start + lag, 1) }
            }
            return Array(values.prefix((PitchTracker.periods.count - 1) * Self.phases + 1))
        }
    }

    /// The highest vertex of the parabolas through local maxima and their neighbours; 0 without any.
    private func highestPeak(of values: [Double]) -> Double {
        var highest = 0.0
        for i in 1..<values.count - 1 where values[i] > values[i - 1] && values[i] >= values[i + 1] {
            let slope = (values[i + 1] - values[i - 1]) / 2
            let curvature = values[i + 1] + values[i - 1] - 2 * values[i]
            highest = max(highest, values[i] - slope * slope / (2 * curvature))
        }
        return highest
    }

    private static func mean(_ samples: ArraySlice<Float>) -> Double {
        samples.reduce(0) { $0 + Double($1) } / Double(samples.count)
    }

    /// The largest absolute value of what is left without the mean.
    private static func deviation(_ samples: ArraySlice<Float>) -> Double {
        let mean = mean(samples)
        return samples.reduce(0) { max($0, abs(Double($1) - mean)) }
    }
}
