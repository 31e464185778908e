// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices

/// The sound texture model of McDermott and Simoncelli (Sound Texture Perception via Statistics of the Auditory Periphery, Neuron 71, 2011),
/// with a backward pass, for sounds of one length and rate. All in float64.
///
/// A sound x of N samples is filtered by ``CochlearBank`` in its own spectrum; the envelope of a band b is the magnitude of its
/// analytic signal a, compressed, and cut off at 200 Hz:
///
///     e = lowpass (|a|^2 + 1e-10)^0.15,  a = 2 sum_{f in b} H_b(f) X(f) e^(2 pi i f t) / N
///
/// What is measured of it is said in ``TextureClass``, and how in ``EnvelopeBand``. A band's analytic signal is taken at eight times its
/// bandwidth, at least at 400 Hz: all its frequencies are there, and what the compression adds above comes down by less than 1e-2 of
/// a statistic's class from the values at the full rate. Filters act on the spectrum of the whole sound, which so follows upon itself; it is
/// continued by its beginning to at least a second, and to a length whose transform is fast.
///
/// The toolbox of the paper's authors lowers the rate by a filter in time, and takes the roots of variances as variations; it has no 1e-10,
/// 100 dB below full scale.
///
/// One call at a time.
public final class TextureModel: Sendable {
    private let samples: Int
    private let workers: Workers
    private let transform: RealTransform
    private let banks: ModulationBanks
    private let spectrum: AlignedBuffer<Double>
    private let spare: AlignedBuffer<Double>
    private let bands: [EnvelopeBand]
    private let scratch: [EnvelopeBand.Scratch]
    private let canGoBack: Bool

    /// - Parameters:
    ///   - samples: of the sounds, at least one.
    ///   - sampleRate: in hertz, at least 1000; 20,000 in the paper.
    ///   - threads: at least 1.
    ///   - gradient: whether ``gradient(of:)`` will be called.
    public init(samples: Int, sampleRate: Int, threads: Int, gradient: Bool) {
        precondition(samples >= 1 && sampleRate >= 1_000, "a texture of nothing")
        (self.samples, canGoBack) = (samples, gradient)
        workers = Workers(count: threads)
        let length = 2 * ComplexTransform.size(atLeast: (max(samples, sampleRate) + 1) / 2)
        transform = RealTransform(size: length)
        let bins = length / 2 + 1
        (spectrum, spare) = (AlignedBuffer(count: 2 * bins), AlignedBuffer(count: 2 * bins))
        let seconds = Double(length) / Double(sampleRate)
        let modulations = Int((ModulationBanks.highest * seconds + 1e-6).rounded(.down)) + 1
        let banks = ModulationBanks(bins: modulations, seconds: seconds)
        self.banks = banks
        var transforms: [Int: ComplexTransform] = [:]
        func plan(_ size: Int) -> ComplexTransform {
            if let known = transforms[size] { return known }
            let plan = ComplexTransform(size: size)
            transforms[size] = plan
            return plan
        }
        let slow = plan(ComplexTransform.size(atLeast: 2 * modulations))
        bands = CochlearBank(bins: bins, seconds: seconds, sampleRate: sampleRate).filters.map { filter in
            let size = ComplexTransform.size(atLeast: max(Self.oversampling * filter.count, 2 * modulations))
            return EnvelopeBand(
                filter, of: length, plan(size), slow: slow, modulations: modulations, banks, gradient: gradient)
        }
        let largest = transforms.keys.max() ?? 1
        scratch = (0..<min(workers.count, bands.count)).map { _ in
            EnvelopeBand.Scratch(largest: largest, slow: slow.size, modulations: modulations, gradient: gradient)
        }
    }

    /// A band's rate over its bandwidth.
    private static let oversampling = 8

    /// The statistics of a sound, `[T]`.
    public func statistics(of signal: [Double]) -> TextureStatistics {
        precondition(signal.count == samples, "a sound of another length")
        let (bands, scratch, spectrum, samples) = (bands, scratch, spectra.signal, samples)
        signal.withUnsafeBufferPointer { signal in
            transform.transform({ signal[$0 < samples ? $0 : $0 % samples] }, into: spectrum, spare: spectra.spare)
        }
        // The widest bands, which take longest, come first.
        workers.run(pieces: bands.count) { piece, worker in
            bands[bands.count - 1 - piece].analyse(spectrum, scratch[worker])
        }
        workers.run(pieces: bands.count) { piece, _ in bands[piece].compare(piece, with: bands) }
        var statistics = TextureStatistics()
        for (number, band) in bands.enumerated() { band.enter(number, into: &statistics) }
        return statistics
    }

    /// The gradient with respect to the samples, `[T]`, of the sound that ``statistics(of:)`` last saw.
    ///
    /// - Parameter slopes: derivatives of what is to be differentiated with respect to the statistics; 0 for those that are NaN.
    public func gradient(of slopes: TextureStatistics) -> [Double] {
        precondition(canGoBack, "a model without a backward pass")
        let (bands, scratch, spectrum) = (bands, scratch, spectra.signal)
        workers.run(pieces: bands.count) { piece, worker in
            let number = bands.count - 1 - piece
            bands[number].goBack(number, slopes, bands, spectrum, scratch[worker])
        }
        // No band looks at the spectrum any more.
        spectrum.clear(0..<transform.size / 2 + 1)
        for band in bands { band.addGradient(to: spectrum) }
        transform.transpose(spectrum, spare: spectra.spare)
        var gradient = [Double](repeating: 0, count: samples)
        for time in 0..<transform.size {
            gradient[time < samples ? time : time % samples] +=
                time % 2 == 0 ? spectrum.re[time / 2] : spectrum.im[time / 2]
        }
        return gradient
    }

    private var spectra: (signal: SplitComplex, spare: SplitComplex) {
        let bins = transform.size / 2 + 1
        return (SplitComplex(spectrum, count: bins), SplitComplex(spare, count: bins))
    }
}
