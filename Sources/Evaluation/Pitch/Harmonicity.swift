// SPDX-License-Identifier: Apache-2.0
internal import COpenBLAS
import Foundation
import Matrices

/// The harmonic-to-noise ratio of a sound in decibels, by Boersma (Accurate short-term analysis of the fundamental
/// frequency and the harmonics-to-noise ratio of a sampled sound, 1993): equal energies of a periodic and an aperiodic
/// part give 0.
///
/// A frame x, its mean taken off, is weighted by a Hann window w of six periods of C2 (92 ms), his length for this
/// measure. The window's autocorrelation is divided out (equation 9), and the highest peak between the periods of C7
/// and C2 is the periodic part's share of the energy (equation 4):
///
///     r[k]  = (r_xw[k] / r_xw[0]) / (r_w[k] / r_w[0])
///     ratio = 10 log10(r_max / (1 - r_max))
///
/// Between samples r is interpolated by sinc functions (equation 22). A ratio lies in -60...60 dB: it is -60 where
/// there is no peak above 0.
public struct Harmonicity: Sendable {
    /// Values of r for each sample of lag; between them it is taken for a parabola.
    private static let phases = 16
    /// Samples on either side that a value between two of them is made of: what lies above 98 % of half the sample rate
    /// is lost.
    private static let depth = 100
    /// The least peak of a frame that is not silent, as a share of the sound's: Praat's default.
    private static let silence = 0.1

    private let periods: ClosedRange<Int>
    private let window: [Double]
    /// `r_w[0] / r_w[k]`.
    private let correction: [Double]
    /// Weights of the samples from `1 - depth` to `depth`, for each phase.
    private let interpolation: [[Double]]

    /// - Parameter sampleRate: in hertz, so that C7 lies below its half.
    public init(sampleRate: Int = Evaluation.sampleRate) {
        precondition(Double(sampleRate) >= 2 * PitchTracker.highest, "a sample rate below twice the highest pitch")
        periods = PitchTracker.periods(sampleRate: Double(sampleRate))
        let length = Int((6 * Double(sampleRate) / PitchTracker.lowest).rounded())
        window = (0..<length).map { 0.5 - 0.5 * cos(2 * Double.pi * Double($0) / Double(length)) }
        let own = autocorrelation(of: window, lags: periods.upperBound + Self.depth)
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
    /// Frames begin at multiples of 256 samples and lie in the sound as a whole. One is silent whose largest absolute
    /// value is below a tenth of the sound's, each with its mean taken off.
    ///
    /// - Parameters:
    ///   - samples: `[T]`, mono.
    ///   - threads: at least 1; the result does not depend on it.
    /// - Returns: nil for silence, and for sounds shorter than a frame.
    public func ratio(of samples: [Float], threads: Int = 1) -> Double? {
        guard samples.count >= window.count else { return nil }
        let sound = centred(samples.map(Double.init)[...])
        let threshold = Self.silence * peak(sound)
        guard threshold > 0 else { return nil }
        let ratios = AlignedBuffer<Double>(count: 1 + (sound.count - window.count) / PitchTracker.hop)
        Workers(count: threads).run(pieces: ratios.count) { index, _ in
            let start = index * PitchTracker.hop
            let frame = centred(sound[start..<start + window.count])
            ratios.pointer[index] = peak(frame) < threshold ? .nan : ratio(ofFrame: frame)
        }
        let heard = (0..<ratios.count).map { ratios.pointer[$0] }.filter { !$0.isNaN }
        return heard.isEmpty ? nil : heard.reduce(0, +) / Double(heard.count)
    }

    private func ratio(ofFrame frame: [Double]) -> Double {
        let r = autocorrelation(of: zip(frame, window).map { $0 * $1 }, lags: correction.count - 1)
        let normalised = zip(r, correction).map { $0 / r[0] * $1 }
        var highest = highestPeak(of: interpolated(normalised))
        // Interpolation can lead beyond 1; it counts as being as far below, as in Praat.
        if highest > 1 { highest = 1 / highest }
        return min(max(10 * log10(highest / (1 - highest)), -60), 60)
    }

    /// r from the shortest to the longest period, in steps of a phase.
    private func interpolated(_ r: [Double]) -> [Double] {
        // From lag 1 - depth: the function is even.
        let even = r[1..<Self.depth].reversed() + r
        return even.withUnsafeBufferPointer { even in
            guard let start = even.baseAddress else { return [] }
            let values = periods.flatMap { lag in
                interpolation.map { cblas_ddot(Int32($0.count), $0, 1, start + lag, 1) }
            }
            return Array(values.prefix((periods.count - 1) * Self.phases + 1))
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
}

/// The values less their mean.
private func centred(_ values: ArraySlice<Double>) -> [Double] {
    let mean = values.reduce(0, +) / Double(values.count)
    return values.map { $0 - mean }
}

private func peak(_ values: [Double]) -> Double {
    values.reduce(0) { max($0, abs($1)) }
}
