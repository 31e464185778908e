// SPDX-License-Identifier: Apache-2.0
import Matrices
import Spectrogram

/// Measures outputs against one content and one style.
///
/// All sounds are mono at ``sampleRate``. Each is first brought to the same loudness, so that no metric depends on a
/// system's output level; only clipping is counted at the original level.
public struct Evaluation: Sendable {
    /// In hertz: the rate that every system's output can be resampled to.
    public static let sampleRate = 16_000
    /// What is measured.
    public let metrics: Set<Metric>
    /// The classes that ``Metric/chroma`` counts, 0 for C.
    public let pitchClasses: Set<Int>
    private let content: AnalysedSound
    private let style: AnalysedSound
    private let measures: [Metric: any Measure]
    private let threads: Int

    /// Computes what the metrics need of content and style.
    ///
    /// - Parameters:
    ///   - content: `[T]`, of any length.
    ///   - style: `[T]`, of any length.
    ///   - pitchClasses: 0 for C to 11; nil for those with at least a tenth of the style's energy.
    ///   - threads: at least 1.
    public init(
        content: [Float], style: [Float], pitchClasses: Set<Int>? = nil, metrics: Set<Metric> = Set(Metric.allCases),
        threads: Int = 1
    ) {
        self.init(
            content: AnalysedSound(matching: content, threads: threads),
            style: AnalysedSound(matching: style, threads: threads), pitchClasses: pitchClasses, metrics: metrics,
            threads: threads)
    }

    /// Compares with sounds at their own loudness.
    init(
        content: AnalysedSound, style: AnalysedSound, pitchClasses: Set<Int>? = nil, metrics: Set<Metric>, threads: Int
    ) {
        // Products here are too small for several threads.
        Product.useCallingThreadOnly()
        (self.content, self.style) = (content, style)
        self.metrics = metrics
        let pitchClasses =
            pitchClasses ?? (metrics.contains(.chroma) ? style.pitchClassProfile : nil).map(PitchClassEnergy.prominent)
            ?? []
        self.pitchClasses = pitchClasses
        self.threads = threads
        measures = Dictionary(
            uniqueKeysWithValues: metrics.compactMap { metric in
                Self.measure(metric, content: content, style: style, pitchClasses).map { (metric, $0) }
            })
    }

    /// Measures a sound. Metrics that are not defined for it are left out: a pitch where nothing is voiced, a ratio to silence, a
    /// correlation with what does not vary, and all metrics of a sound whose samples are not all finite.
    ///
    /// - Parameters:
    ///   - output: `[T]`, of any length.
    ///   - clipping: what ``Clipping`` counted in the sound before it was mixed and resampled; nil to count in `output`.
    public func scores(of output: [Float], clipping: Double? = nil) -> [Metric: Double] {
        scores(of: AnalysedSound(matching: output, threads: threads), clipping: clipping)
    }

    /// Measures the content as if it were an output, from what is already computed.
    ///
    /// - Parameter clipping: as for ``scores(of:clipping:)``.
    public func contentScores(clipping: Double? = nil) -> [Metric: Double] { scores(of: content, clipping: clipping) }

    /// Measures the style as if it were an output, from what is already computed.
    ///
    /// - Parameter clipping: as for ``scores(of:clipping:)``.
    public func styleScores(clipping: Double? = nil) -> [Metric: Double] { scores(of: style, clipping: clipping) }

    /// Measures a sound at its own loudness; one without samples has no scores.
    func scores(of output: AnalysedSound, clipping: Double? = nil) -> [Metric: Double] {
        guard !output.samples.isEmpty else { return [:] }
        var scores = measures.compactMapValues { $0.score(output) }.filter(\.value.isFinite)
        if metrics.contains(.clipping), let clipping { scores[.clipping] = clipping }
        return scores
    }

    /// nil if the metric is not defined for this content or style.
    private static func measure(
        _ metric: Metric, content: AnalysedSound, style: AnalysedSound, _ pitchClasses: Set<Int>
    ) -> (any Measure)? {
        switch metric {
        case .styleDistance: FrechetDistance(to: style)
        case .styleCovariance: LogCovarianceDistance(to: style)
        case .styleGram: GramDistance(to: style)
        case .styleTexture: TextureMeasure(to: style)
        case .contentEnvelope: Comparison(with: content, Correlation.ofEnvelopes)
        case .contentWaveform: Comparison(with: content, Correlation.ofWaveforms)
        case .contentOnsets: Comparison(with: content, Correlation.ofOnsets)
        case .pitch: Property(\.pitchTrack.medianF0)
        case .voicing: Property(\.pitchTrack.voicing)
        case .pitchContent: MelodyAgreement(with: content, \.pitch)
        case .chromaContent: MelodyAgreement(with: content, \.chroma)
        case .pitchStyle: MelodyAgreement(with: style, \.pitch)
        case .chromaStyle: MelodyAgreement(with: style, \.chroma)
        case .chroma: pitchClasses.isEmpty ? nil : ChromaShare(pitchClasses: pitchClasses)
        case .convergenceContent: Comparison(with: content, SpectralDistances.convergence)
        case .convergenceStyle: Comparison(with: style, SpectralDistances.convergence)
        case .logSpectralContent: Comparison(with: content, SpectralDistances.logSpectral)
        case .logSpectralStyle: Comparison(with: style, SpectralDistances.logSpectral)
        case .multiResolutionContent: Comparison(with: content, MultiResolutionDistance.between)
        case .multiResolutionStyle: Comparison(with: style, MultiResolutionDistance.between)
        case .flatness: Property(\.flatness)
        case .flatnessRatio: FlatnessRatio(to: [content, style])
        case .harmonicity: Property(\.harmonicity)
        case .clipping: Property(\.clipping)
        }
    }
}
