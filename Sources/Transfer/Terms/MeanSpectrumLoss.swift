// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import Spectrogram

extension TermKind {
    /// The distance of mean log spectra.
    public static let meanSpectrum = TermKind(
        name: "mean-spectrum", sight: .waveform,
        help: "The weight of the distance of mean log spectra, for waveforms.")
}

/// The style's mean spectrum.
struct MeanSpectrumTerm: TransferTerm {
    func add<Network>(to terms: inout TermSet<Network.Point>, _ context: TermContext<Network>) {
        guard let weight = context.settings.terms[.meanSpectrum] else { return }
        let loss = MemoryLedger.named("mean spectrum") {
            MeanSpectrumLoss(
                styles: context.sounds.styles, samples: context.sounds.content.count, weight: weight,
                threads: context.threads)
        }
        terms.add(LossTerm(.further(.meanSpectrum), weight: weight, loss), onWaveform: loss)
    }
}

/// The distance of mean spectra, on a logarithmic scale: with S the style's and Y the output's STFT of 1024 samples every 256,
///
///     L = mean_f (log(mean_t |Y|^2 + 1e-4) - log(mean_t |S|^2 + 1e-4))^2
final class MeanSpectrumLoss: WaveformLoss {
    private(set) var value = 0.0
    var weight: Double
    private static let transform = ShortTimeFourierTransform(size: 1_024, hop: 256)
    private static let floor = 1e-4
    private let spectrogram: DifferentiableSpectrogram
    private let target: [Double]

    /// - Parameters:
    ///   - styles: at least one.
    ///   - samples: T, of the signals to come.
    ///   - weight: of this loss in the total; scales the gradient, not ``value``.
    init(styles: [StyleSignal], samples: Int, weight: Double, threads: Int) {
        self.weight = weight
        spectrogram = DifferentiableSpectrogram(Self.transform, samples: samples, threads: threads)
        target = MemoryLedger.isPlanning ? [] : styles.meanPower(by: Self.transform).map { log($0 + Self.floor) }
    }

    func evaluate(_ y: [Float], addingTo gradient: inout [Float]) {
        spectrogram.analyse(y)
        let (frames, bins) = (spectrogram.frames, Self.transform.bins)
        var power = [Double](repeating: Self.floor, count: bins)
        for frame in 0..<frames {
            let values = spectrogram.values.unsafePointer(frame: frame)
            for bin in 0..<bins { power[bin] += Double((values[bin] * values[bin]).sum()) / Double(frames) }
        }
        let differences = zip(power, target).map { log($0) - $1 }
        value = differences.reduce(0) { $0 + $1 * $1 } / Double(bins)
        let factors = zip(differences, power).map { Float(4 * weight * $0 / ($1 * Double(bins * frames))) }
        let own = spectrogram.gradient { _, values, g in
            for bin in 0..<bins { g[bin] = values[bin] * factors[bin] }
        }
        for index in gradient.indices { gradient[index] += own[index] }
    }
}
