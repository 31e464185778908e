// SPDX-License-Identifier: Apache-2.0
import Spectrogram

/// The preconditioner of a ``PreconditionedWaveform``: frequencies that neither sound has are hardly moved, so that no noise comes in
/// there.
///
///     S(f) = sqrt(mean_t |STFT_style|^2 + mean_t |STFT_content|^2),  P = max(S / max S, floor)
enum SpectralPreconditioner {
    /// P, evenly spaced from 0 to half the sample rate.
    ///
    /// - Parameters:
    ///   - content: `[T]`.
    ///   - styles: `[T]` each, at least one; their powers are mixed by their shares.
    static func response(
        content: [Float], styles: [StyleSignal], settings: PreconditionerSettings
    ) -> [Float] {
        guard let settings = settings.following else { return [1, 1] }
        let transform = ShortTimeFourierTransform(size: settings.window, hop: max(settings.window / 4, 1))
        var power = [Double](repeating: 0, count: transform.bins)
        if settings.spectrum != .style { power = MeanSpectrum.power(of: content, by: transform) }
        if settings.spectrum != .content {
            power = zip(power, styles.meanPower(by: transform)).map { $0 + $1 }
        }
        let largest = power.max() ?? 0
        // Silence has no spectrum to follow.
        guard largest > 0 else { return [1, 1] }
        return power.map { Float(max(($0 / largest).squareRoot(), settings.floor)) }
    }
}

extension [StyleSignal] {
    /// The styles' mean power in each bin, mixed by their shares.
    func meanPower(by transform: ShortTimeFourierTransform) -> [Double] {
        zip(self, shares).reduce([Double](repeating: 0, count: transform.bins)) { sum, style in
            zip(sum, MeanSpectrum.power(of: style.0.samples, by: transform)).map { $0 + style.1 * $1 }
        }
    }
}

extension PreconditionedWaveform {
    /// The variable that settings ask for; nil for another one.
    ///
    /// - Parameters:
    ///   - content: `[T]`: as many samples as are optimised.
    ///   - styles: at least one.
    convenience init?(content: [Float], styles: [StyleSignal], settings: TransferSettings, threads: Int) {
        guard let preconditioner = settings.network.preconditioner else { return nil }
        self.init(
            origin: settings.start.waveform(
                content: settings.startingContent(content, styles: styles, threads: threads), styles: styles,
                noise: settings.startNoise, seed: settings.seed),
            response: SpectralPreconditioner.response(
                content: content, styles: styles, settings: preconditioner))
    }
}

extension TransferSettings {
    /// Variables of a waveform of so many samples.
    ///
    /// - Parameter values: those of another variable; nil for the samples.
    func dimension(samples: Int, values: Int? = nil) -> Int {
        variable == .waveform ? PreconditionedWaveform.dimension(samples: samples) : values ?? samples
    }

    /// The content as a start takes it: equalised to the styles' mean spectrum by a gain between 0.03 and 30 for each bin, or
    /// imposed on the styles, where that is asked for.
    func startingContent(_ content: [Float], styles: [StyleSignal], threads: Int) -> [Float] {
        let transform = ShortTimeFourierTransform(size: 1_024, hop: 256)
        return switch start {
        case .equalised:
            MeanSpectrum.equalised(content, to: styles.meanPower(by: transform), by: transform, threads: threads)
        case .vocoded:
            ChannelVocoder.imposed(
                content, on: styles.mixed(to: content.count, fit: .loop), by: transform,
                sampleRate: workingRate, threads: threads)
        case .content, .noise, .style, .mix: content
        }
    }
}

extension StartMode {
    /// Whether the start is something else made of the content's samples.
    var changesContent: Bool { self == .equalised || self == .vocoded }
}
