// SPDX-License-Identifier: Apache-2.0
import Foundation
import Spectrogram

/// The distance of band envelopes over time: content as loudness in some bands, without regard to what makes it.
///
/// With 16 bands of 16 bins each, from bin 1 on, of an STFT of 512 samples every 128, and T frames,
///
///     e[t, b] = log(mean_k |Y[t, k]|^2 + 1e-3),  d = e - mean_t e,  L = mean_{t, b} (d - d_content)^2
///
/// A sound that is louder or darker throughout has the same envelopes.
final class EnvelopeLoss: WaveformLoss {
    private(set) var value = 0.0
    var weight: Double
    /// The mean square of the content's own d.
    private(set) var variance = 0.0
    private static let transform = ShortTimeFourierTransform(size: 512, hop: 128)
    private static let bands = 16
    private static let binsOfBand = 16
    private static let floor: Float = 1e-3
    private let spectrogram: DifferentiableSpectrogram
    private var target: [Double] = []
    /// `mean_k |Y|^2 + floor` and `L`'s derivatives by e, `[frames, bands]`.
    private var powers: [Float]
    private var slopes: [Float]

    /// - Parameters:
    ///   - content: `[T]`, at least one sample.
    ///   - weight: of this loss in the total; scales the gradient, not ``value``.
    init(content: [Float], weight: Double, threads: Int) {
        self.weight = weight
        spectrogram = DifferentiableSpectrogram(Self.transform, samples: content.count, threads: threads)
        powers = [Float](repeating: 0, count: spectrogram.frames * Self.bands)
        slopes = powers
        target = envelopes(of: content)
        variance = target.reduce(0) { $0 + $1 * $1 } / Double(target.count)
    }

    /// Bytes of one.
    static func memoryNeeded(samples: Int) -> Int {
        let envelopes = transform.frames(samples: samples) * bands
        return DifferentiableSpectrogram.memoryNeeded(transform, samples: samples)
            + envelopes * (3 * MemoryLayout<Double>.size + 2 * MemoryLayout<Float>.size)
    }

    func evaluate(_ y: [Float], addingTo gradient: inout [Float]) {
        let differences = zip(envelopes(of: y), target).map { $0 - $1 }
        let count = Double(differences.count)
        value = differences.reduce(0) { $0 + $1 * $1 } / count
        // The mean over time drops out: the differences' own is 0.
        let scale = Float(2 * weight / count)
        for index in slopes.indices { slopes[index] = scale * Float(differences[index]) }
        let (slopes, powers) = (slopes, powers)
        let own = spectrogram.gradient { frame, values, g in
            g.update(repeating: .zero, count: Self.transform.bins)
            for band in 0..<Self.bands {
                let index = frame * Self.bands + band
                let factor = 2 * slopes[index] / (powers[index] * Float(Self.binsOfBand))
                for bin in Self.bins(of: band) { g[bin] = values[bin] * factor }
            }
        }
        for index in gradient.indices { gradient[index] += own[index] }
    }

    private static func bins(of band: Int) -> Range<Int> {
        1 + band * binsOfBand..<1 + (band + 1) * binsOfBand
    }

    /// d, `[frames, bands]`; leaves the powers behind.
    private func envelopes(of signal: [Float]) -> [Double] {
        spectrogram.analyse(signal)
        let (frames, bands) = (spectrogram.frames, Self.bands)
        var envelopes = [Double](repeating: 0, count: frames * bands)
        for frame in 0..<frames {
            let values = spectrogram.values.pointer(frame: frame)
            for band in 0..<bands {
                let sum = Self.bins(of: band).reduce(Float(0)) { $0 + (values[$1] * values[$1]).sum() }
                powers[frame * bands + band] = sum / Float(Self.binsOfBand) + Self.floor
                envelopes[frame * bands + band] = log(Double(powers[frame * bands + band]))
            }
        }
        for band in 0..<bands {
            let places = stride(from: band, to: envelopes.count, by: bands)
            let mean = places.reduce(0) { $0 + envelopes[$1] } / Double(frames)
            for place in places { envelopes[place] -= mean }
        }
        return envelopes
    }
}
