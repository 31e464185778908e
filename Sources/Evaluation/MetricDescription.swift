// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What a reader needs to know about a metric.
extension Metric {
    /// What a metric measures.
    public enum Group: String, CaseIterable, Sendable {
        /// The output compared with the style.
        case style = "Style"
        /// The output compared with the content.
        case content = "Content"
        /// f0 and pitch classes.
        case pitch = "Pitch"
        /// Spectra, frame by frame, compared with the content or the style.
        case spectra = "Spectra"
        /// Noise and clipping of the output.
        case degeneration = "Degeneration"
    }

    /// Which of two values is better.
    public enum Direction: Sendable {
        case lower, higher
        /// A description, not a judgement.
        case neither
    }

    /// A short name.
    public var title: String { description.title }
    /// What it measures.
    public var group: Group { description.group }
    /// `Hz`, `dB`, or nothing.
    public var unit: String { description.unit }
    /// How it is computed, as text.
    public var formula: String { description.formula }
    /// The possible values.
    public var range: String { description.range }
    /// Which values are better, or nearer to the reference.
    public var direction: Direction { description.direction }
    /// The paper, or the library whose definition it is.
    public var source: String { description.source }

    /// A value for a table, without its unit.
    public func format(_ value: Double) -> String {
        String(format: "%.\(description.decimals)f", value)
    }

    private struct Description {
        var title: String
        var group: Group
        var unit = ""
        var formula: String
        var range: String
        var direction: Direction
        var decimals: Int
        var source: String
    }

    private var description: Description {
        switch self {
        case .styleDistance:
            Description(
                title: "Fréchet distance of log-mel frames", group: .style,
                formula:
                    "|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), means and covariances of log max(mel, 1e-6); "
                    + Self.mel,
                range: "0 to infinity", direction: .lower, decimals: 1,
                source: "Dowson and Landau 1982; Heusel et al. 2017")
        case .styleCovariance:
            Description(
                title: "log-covariance distance", group: .style,
                formula:
                    "||log(Co + e I) - log(Cs + e I)||_F / sqrt(C), covariances of the first C = 32 features, "
                    + "e = 1e-3 tr(Cs) / C; \(Self.judge)",
                range: "0 to infinity", direction: .lower, decimals: 3, source: "Arsigny et al. 2006")
        case .styleGram:
            Description(
                title: "Gram distance", group: .style,
                formula: "||Go - Gs||_F / ||Gs||_F, G = F^T F / T of features F; \(Self.judge)",
                range: "0 to infinity", direction: .lower, decimals: 3,
                source: "Gatys et al. 2016; Ustyuzhaninov et al. 2016")
        case .styleTexture:
            Description(
                title: "sound texture distance", group: .style,
                formula:
                    "||So - Ss|| / ||Ss||, mean over nine classes of statistics S: moments, correlations and modulations of "
                    + "the envelopes of 32 cochlear bands up to 8 kHz, and the bands' power",
                range: "0 to infinity", direction: .lower, decimals: 3, source: "McDermott and Simoncelli 2011")
        case .contentEnvelope:
            Description(
                title: "correlation of log-mel envelopes", group: .content,
                formula:
                    "Pearson's r over time of each band that varies, mean over bands; \(Self.mel); \(Self.beginning)",
                range: "-1 to 1", direction: .higher, decimals: 3, source: "Pearson 1895")
        case .contentWaveform:
            Description(
                title: "correlation of waveforms", group: .content,
                formula: "Pearson's r of the samples; \(Self.beginning)",
                range: "-1 to 1", direction: .higher, decimals: 3, source: "Pearson 1895")
        case .contentOnsets:
            Description(
                title: "correlation of onset strengths", group: .content,
                formula:
                    "Pearson's r of the mean over bands of max(0, rise in dB from frame to frame), levels "
                    + "within 80 dB of the loudest; \(Self.mel); \(Self.beginning)",
                range: "-1 to 1", direction: .higher, decimals: 3, source: "librosa.onset.onset_strength")
        case .pitch:
            Description(
                title: "median f0", group: .pitch, unit: "Hz",
                formula: "median of f0 over voiced frames; \(Self.track)",
                range: "65.4 (C2) to 2093 (C7)", direction: .neither, decimals: 1, source: Self.trackSource)
        case .voicing:
            Description(
                title: "voiced frames", group: .pitch, formula: "voiced frames / frames; \(Self.track)",
                range: "0 to 1", direction: .neither, decimals: 3, source: Self.trackSource)
        case .pitchContent: Self.accuracy("raw pitch accuracy", whose: "f0 is", of: "content")
        case .chromaContent: Self.accuracy("raw chroma accuracy", whose: "f0, moved by octaves, is", of: "content")
        case .pitchStyle: Self.accuracy("raw pitch accuracy", whose: "f0 is", of: "style")
        case .chromaStyle: Self.accuracy("raw chroma accuracy", whose: "f0, moved by octaves, is", of: "style")
        case .chroma:
            Description(
                title: "energy in the pitch classes", group: .pitch,
                formula:
                    "energy of bins nearest to given pitch classes, or to those with a tenth of the style's energy / "
                    + "energy of all, C3 to B7; n_fft 4096, hop 1024 at 16 kHz",
                range: "0 to 1", direction: .higher, decimals: 3, source: "Fujishima 1999")
        case .convergenceContent: Self.convergence("content")
        case .convergenceStyle: Self.convergence("style")
        case .logSpectralContent: Self.logSpectral("content")
        case .logSpectralStyle: Self.logSpectral("style")
        case .multiResolutionContent: Self.multiResolution("content")
        case .multiResolutionStyle: Self.multiResolution("style")
        case .flatness:
            Description(
                title: "spectral flatness", group: .degeneration,
                formula:
                    "geometric / arithmetic mean over bins of max(|X|^2, 1e-10), mean over frames that are not "
                    + "silent; \(Self.frames)",
                range: "0 (tone) to 1 (noise; white noise has some 0.56)", direction: .lower, decimals: 4,
                source: "librosa.feature.spectral_flatness")
        case .flatnessRatio:
            Description(
                title: "flatness relative to content and style", group: .degeneration,
                formula: "flatness / the larger of the content's and the style's flatness",
                range: "0 to infinity (above 1: noisier than both)", direction: .lower, decimals: 3,
                source: "librosa.feature.spectral_flatness")
        case .harmonicity:
            Description(
                title: "harmonic-to-noise ratio", group: .degeneration, unit: "dB",
                formula:
                    "10 log10(r / (1 - r)), r the highest peak of the normalised autocorrelation from C2 to C7, mean over "
                    + "frames that are not silent",
                range: "-60 to 60", direction: .higher, decimals: 2, source: "Boersma 1993")
        case .clipping:
            Description(
                title: "clipped samples", group: .degeneration,
                formula: "samples with |x| >= 0.999 / samples, of a file's own channels at its own rate and loudness",
                range: "0 to 1", direction: .lower, decimals: 5, source: "definition")
        }
    }

    private static let beginning = "over the length of the shorter sound"
    private static let frames = "n_fft 1024, hop 256 at 16 kHz"
    private static let mel = "64 mel bands, \(frames)"
    private static let track = "pYIN, frames of 2048, hop 256 at 16 kHz"
    private static let trackSource = "Mauch and Dixon 2014; librosa.pyin"
    private static let judge =
        "a random layer of 320 filters of 6 frames over log(1 + |X|), then ReLU; n_fft 800, hop 200 at 16 kHz"

    private static func accuracy(_ title: String, whose: String, of reference: String) -> Description {
        Description(
            title: "\(title), \(reference)", group: .pitch,
            formula:
                "frames whose \(whose) within 50 cents of the \(reference)'s / frames voiced in the \(reference); "
                + "\(track); \(beginning)",
            range: "0 to 1", direction: .higher, decimals: 3, source: "Salamon et al. 2014; mir_eval.melody")
    }

    private static func convergence(_ reference: String) -> Description {
        Description(
            title: "spectral convergence, \(reference)", group: .spectra,
            formula: "|| |X| - |Y| ||_F / || |Y| ||_F, Y the \(reference); \(frames); \(beginning)",
            range: "0 to infinity", direction: .lower, decimals: 3, source: "Arik et al. 2018")
    }

    private static func logSpectral(_ reference: String) -> Description {
        Description(
            title: "log-spectral distance, \(reference)", group: .spectra, unit: "dB",
            formula:
                "root mean square over bins of the difference of 10 log10 max(|X|^2, 1e-6) to the \(reference), "
                + "mean over frames; \(frames); \(beginning)",
            range: "0 to infinity", direction: .lower, decimals: 2, source: "Gray and Markel 1976")
    }

    private static func multiResolution(_ reference: String) -> Description {
        Description(
            title: "multi-resolution STFT distance, \(reference)", group: .spectra,
            formula:
                "|| |X| - |Y| ||_F / || |Y| ||_F + mean |log |X| - log |Y||, Y the \(reference), mean over "
                + "n_fft 1024, 2048, 512, hops 120, 240, 50, windows 600, 1200, 240; \(beginning)",
            range: "0 to infinity", direction: .lower, decimals: 3,
            source: "Yamamoto et al. 2020; auraloss.freq.MultiResolutionSTFTLoss")
    }
}
