// SPDX-License-Identifier: Apache-2.0
import Matrices

/// The power of a signal's bins, averaged over its frames.
public enum MeanSpectrum {
    /// `mean_t |X[t, k]|^2`, of `bins` values.
    public static func power(of signal: [Float], by transform: ShortTimeFourierTransform) -> [Double] {
        let spectra = FrameSpectra(transform, of: signal)
        var sums = [Double](repeating: 0, count: transform.bins)
        for frame in 0..<spectra.frames {
            spectra.withSpectrum(frame) { spectrum in
                for bin in sums.indices { sums[bin] += Double((spectrum[bin] * spectrum[bin]).sum()) }
            }
        }
        return sums.map { $0 / Double(spectra.frames) }
    }

    /// A signal whose mean spectrum is brought to another one's, by a gain for each bin that does not change in time.
    ///
    /// - Parameters:
    ///   - power: the target mean power, of `bins` values.
    ///   - gains: the allowed range of gains.
    public static func equalised(
        _ signal: [Float], to power: [Double], by transform: ShortTimeFourierTransform,
        gains range: ClosedRange<Float> = 0.03...30, threads: Int = 1
    ) -> [Float] {
        let own = Self.power(of: signal, by: transform)
        let gains = zip(power, own).map { wanted, own in
            let gain = Float((wanted / max(own, .leastNormalMagnitude)).squareRoot())
            return min(max(gain, range.lowerBound), range.upperBound)
        }
        return filtered(signal, gains: gains, by: transform, threads: threads)
    }

    /// A signal whose short-time spectra are multiplied by a gain for each bin.
    public static func filtered(
        _ signal: [Float], gains: [Float], by transform: ShortTimeFourierTransform, threads: Int = 1
    ) -> [Float] {
        let spectrogram = transform.transform(signal, threads: threads)
        for frame in 0..<spectrogram.frames {
            let values = spectrogram.unsafePointer(frame: frame)
            for bin in gains.indices { values[bin] *= gains[bin] }
        }
        return transform.inverse(spectrogram, samples: signal.count, threads: threads)
    }
}
