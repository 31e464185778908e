// SPDX-License-Identifier: Apache-2.0

/// A metric of an output, most of them relative to its content or its style.
public enum Metric: String, CaseIterable, Sendable {
    // Style: the output compared with the style.
    /// Frechet distance of log-mel frames.
    case styleDistance = "style-distance"
    /// Distance of log covariances of features of a network that no run optimises with.
    case styleCovariance = "style-covariance"
    /// Distance of Gram matrices of the same features.
    case styleGram = "style-gram"
    /// Distance of sound texture statistics.
    case styleTexture = "style-texture"

    // Content: the output compared with the content.
    /// Correlation over time of log-mel bands, mean over bands.
    case contentEnvelope = "content-envelope"
    /// Correlation of waveforms.
    case contentWaveform = "content-waveform"
    /// Correlation of onset strengths.
    case contentOnsets = "content-onsets"

    // Pitch.
    /// Median of f0 over voiced frames, in hertz.
    case pitch
    /// Share of voiced frames.
    case voicing
    /// Raw pitch accuracy against the content.
    case pitchContent = "pitch-content"
    /// Raw chroma accuracy against the content.
    case chromaContent = "chroma-content"
    /// Raw pitch accuracy against the style.
    case pitchStyle = "pitch-style"
    /// Raw chroma accuracy against the style.
    case chromaStyle = "chroma-style"
    /// Share of energy in given pitch classes.
    case chroma

    // Spectra: the output compared with the content, and with the style.
    /// Spectral convergence.
    case convergenceContent = "convergence-content"
    /// Spectral convergence.
    case convergenceStyle = "convergence-style"
    /// Log-spectral distance, in decibels.
    case logSpectralContent = "log-spectral-content"
    /// Log-spectral distance, in decibels.
    case logSpectralStyle = "log-spectral-style"
    /// Multi-resolution STFT distance.
    case multiResolutionContent = "multi-resolution-content"
    /// Multi-resolution STFT distance.
    case multiResolutionStyle = "multi-resolution-style"

    // Degeneration: the output alone, except for the ratio.
    /// Spectral flatness, mean over frames.
    case flatness
    /// The same divided by the larger of the content's and the style's.
    case flatnessRatio = "flatness-ratio"
    /// Harmonic-to-noise ratio, in decibels.
    case harmonicity
    /// Share of samples at full scale.
    case clipping
}
