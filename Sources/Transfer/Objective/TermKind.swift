// SPDX-License-Identifier: Apache-2.0

/// A weight of a term beside those of style and content: `--NAME-weight`. Each is declared beside its ``TransferTerm``.
public struct TermKind: Hashable, Sendable {
    /// What a term looks at.
    public enum Sight: Sendable {
        /// The energies of a spectrogram: of a whole sound, or of a spectrum without phases.
        case energies
        /// A whole sound.
        case waveform
    }

    /// As in a trace.
    public let name: String
    /// What it is computed from.
    public let sight: Sight
    /// What `--help` says of its weight.
    public let help: String
}
