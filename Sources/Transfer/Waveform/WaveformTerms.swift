// SPDX-License-Identifier: Apache-2.0
import Spectrogram

/// The losses on the linear waveform that settings ask for.
struct WaveformTerms {
    let envelope: EnvelopeLoss?
    let meanSpectrum: MeanSpectrumLoss?
    let spectralStyle: SpectralStyleLoss?
    /// As parts of the total.
    let terms: [LossTerm]

    /// All of them.
    var losses: [any WaveformLoss] {
        let losses: [(any WaveformLoss)?] = [envelope, meanSpectrum, spectralStyle]
        return losses.compactMap(\.self)
    }

    /// - Parameters:
    ///   - content: as many samples as are optimised.
    ///   - styles: at least one.
    init(content: [Float], styles: [StyleSignal], settings: TransferSettings, threads: Int) {
        envelope =
            settings.comparesEnvelopes
            ? EnvelopeLoss(
                content: content, weight: settings.alpha, bands: EnvelopeBands(settings), threads: threads) : nil
        meanSpectrum =
            settings.meanSpectrumWeight > 0
            ? MeanSpectrumLoss(
                styles: styles, samples: content.count, weight: settings.meanSpectrumWeight, threads: threads) : nil
        spectralStyle =
            settings.spectralStyleWeight > 0
            ? SpectralStyleLoss(
                content: content, styles: styles, weight: settings.spectralStyleWeight, seed: settings.seed,
                threads: threads) : nil
        terms =
            (envelope.map { [LossTerm("content", weight: settings.alpha, $0)] } ?? [])
            + (meanSpectrum.map { [LossTerm("mean-spectrum", weight: settings.meanSpectrumWeight, $0)] } ?? [])
            + (spectralStyle.map { [LossTerm("spectral-style", weight: settings.spectralStyleWeight, $0)] } ?? [])
    }

    /// Bytes of them, of what makes a waveform of the variable, and of making a start of the content.
    static func memoryNeeded(samples: Int, settings: TransferSettings, threads: Int) -> Int {
        let float = MemoryLayout<Float>.size
        // y, x, their gradients, and a loss's own.
        let signals = settings.variable == .waveform ? 6 * samples * float : 0
        // A complex spectrogram has four times a signal's values where frames overlap by three quarters.
        let start = settings.start.changesContent ? 14 * samples * float : 0
        return signals + start
            + (settings.comparesEnvelopes
                ? EnvelopeLoss.memoryNeeded(samples: samples, bands: EnvelopeBands(settings)) : 0)
            + (settings.meanSpectrumWeight > 0 ? MeanSpectrumLoss.memoryNeeded(samples: samples) : 0)
            + (settings.spectralStyleWeight > 0
                ? SpectralStyleLoss.memoryNeeded(samples: samples, threads: threads) : 0)
            + (settings.variable == .waveform ? PreconditionedWaveform.memoryNeeded(samples: samples) : 0)
    }
}

extension TransferSettings {
    /// Whether band envelopes are the content.
    var comparesEnvelopes: Bool { alpha > 0 && contentLoss == .envelope }
    /// Whether activations are.
    var comparesContentFeatures: Bool { alpha > 0 && contentLoss == .features }
}
