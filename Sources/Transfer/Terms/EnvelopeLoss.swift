// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import Spectrogram

/// The content: the loudness of bands over time.
struct EnvelopeTerm: TransferTerm {
    func add<Network>(to terms: inout TermSet<Network.Point>, _ context: TermContext<Network>) {
        guard let envelope = context.settings.content.envelope, envelope.alpha > 0 else { return }
        let loss = MemoryLedger.named("envelopes") {
            EnvelopeLoss(
                content: context.sounds.content, weight: envelope.alpha,
                bands: envelope.bands == .linear ? .linear : .mel(sampleRate: context.settings.workingRate),
                threads: context.threads)
        }
        terms.add(
            LossTerm(
                .content, weight: envelope.alpha, unit: .variance { [variance = loss.variance] in variance }, loss),
            onWaveform: loss)
    }
}

/// The distance of band envelopes over time: content as loudness in some bands, without regard to what makes it.
///
/// With the power p of ``EnvelopeBands``, and T frames,
///
///     e[t, b] = log(p[t, b] + 1e-3),  d = e - mean_t e,  L = mean_{t, b} (d - d_content)^2
///
/// A sound that is louder or darker throughout has the same envelopes, except near the floor.
final class EnvelopeLoss: WaveformLoss {
    private(set) var value = 0.0
    var weight: Double
    /// The mean square of the content's own d; 0 where they do not vary, but for rounding: 1e-9.
    private(set) var variance = 0.0
    private static let floor: Float = 1e-3
    private let bands: EnvelopeBands
    private let spectrogram: DifferentiableSpectrogram
    private var target: [Double] = []
    /// `p + floor` and `L`'s derivatives by e, `[frames, bands]`.
    private var powers: [Float]
    private var slopes: [Float]
    private let memory: MemoryLedger.Entry?

    /// - Parameters:
    ///   - content: `[T]`, at least one sample.
    ///   - weight: of this loss in the total; scales the gradient, not ``value``.
    init(content: [Float], weight: Double, bands: EnvelopeBands = .linear, threads: Int) {
        self.weight = weight
        self.bands = bands
        spectrogram = DifferentiableSpectrogram(bands.transform, samples: content.count, threads: threads)
        let values = spectrogram.frames * bands.count
        powers = [Float](repeating: 0, count: values)
        slopes = powers
        memory = MemoryLedger.note(bytes: values * (3 * MemoryLayout<Double>.size + 2 * MemoryLayout<Float>.size))
        guard !MemoryLedger.isPlanning else { return }
        target = envelopes(of: content)
        let meanSquare = target.reduce(0) { $0 + $1 * $1 } / Double(target.count)
        variance = meanSquare > 1e-9 ? meanSquare : 0
    }

    func evaluate(_ y: [Float], addingTo gradient: inout [Float]) {
        let differences = zip(envelopes(of: y), target).map { $0 - $1 }
        let count = Double(differences.count)
        value = differences.reduce(0) { $0 + $1 * $1 } / count
        // The mean over time drops out: the differences' own is 0.
        let scale = Float(2 * weight / count)
        for index in slopes.indices { slopes[index] = scale * Float(differences[index]) }
        let (slopes, powers, bands) = (slopes, powers, bands)
        let own = spectrogram.gradient { frame, values, g in
            g.update(repeating: .zero, count: bands.transform.bins)
            for (band, filter) in bands.filters.enumerated() {
                let index = frame * bands.count + band
                let factor = 2 * slopes[index] / powers[index]
                for (offset, share) in filter.shares.enumerated() {
                    g[filter.first + offset] += values[filter.first + offset] * (factor * share)
                }
            }
        }
        for index in gradient.indices { gradient[index] += own[index] }
    }

    /// d, `[frames, bands]`; leaves the powers in the buffer.
    private func envelopes(of signal: [Float]) -> [Double] {
        spectrogram.analyse(signal)
        let (frames, count) = (spectrogram.frames, bands.count)
        var envelopes = [Double](repeating: 0, count: frames * count)
        for frame in 0..<frames {
            let values = spectrogram.values.unsafePointer(frame: frame)
            for (band, filter) in bands.filters.enumerated() {
                var power = Self.floor
                for (offset, share) in filter.shares.enumerated() {
                    let value = values[filter.first + offset]
                    power += share * (value * value).sum()
                }
                powers[frame * count + band] = power
                envelopes[frame * count + band] = log(Double(power))
            }
        }
        for band in 0..<count {
            let places = stride(from: band, to: envelopes.count, by: count)
            let mean = places.reduce(0) { $0 + envelopes[$1] } / Double(frames)
            for place in places { envelopes[place] -= mean }
        }
        return envelopes
    }
}
