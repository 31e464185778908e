// SPDX-License-Identifier: Apache-2.0
import Spectrogram

/// The preconditioner of a ``PreconditionedWaveform``: frequencies that neither sound has hardly change, so that no noise arises
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
