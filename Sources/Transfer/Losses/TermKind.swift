// SPDX-License-Identifier: Apache-2.0

/// A loss beside those of style and content, with a weight of its own: `--NAME-weight`.
public struct TermKind: Hashable, Sendable {
    /// What it looks at.
    public enum Sight: Sendable {
        /// The energies of a spectrogram: of a whole sound, or of a spectrum without phases.
        case energies
        /// A whole sound.
        case waveform
    }

    /// As in a trace.
    public let name: String
    /// What it looks at.
    public let sight: Sight
    /// What `--help` says of its weight.
    public let help: String

    /// The distance of mean log spectra.
    public static let meanSpectrum = TermKind(
        name: "mean-spectrum", sight: .waveform,
        help: "The weight of the distance of mean log spectra from the style, of a waveform.")
    /// The style under a second network, over spectra.
    public static let spectralStyle = TermKind(
        name: "spectral-style", sight: .waveform,
        help: """
            The weight of the style under a second network, 512 random filters over spectra, as a share of its value at the \
            content; of a waveform.
            """)
    /// The distance of energies over time.
    public static let energy = TermKind(
        name: "energy", sight: .energies,
        help: "The weight of the distance of the spectrograms' energies over time.")
    /// The distance of energies over frequencies.
    public static let frequencyEnergy = TermKind(
        name: "frequency-energy", sight: .energies,
        help: "The weight of the distance of the spectrograms' energies over frequencies.")

    /// All of them, in the order of a trace.
    public static let all: [TermKind] = [meanSpectrum, spectralStyle, energy, frequencyEnergy]
}
