// SPDX-License-Identifier: Apache-2.0
import Matrices
import Spectrogram

/// Measures outputs beside one content and one style.
///
/// All sounds are mono at ``sampleRate``. Each is brought to one loudness first, so that no figure depends on how loud a
/// system writes; clipping alone is counted as the sound is.
public struct Evaluation: Sendable {
    /// In hertz: the rate that every system's output can be brought to.
    public static let sampleRate = 16_000
    /// What is measured.
    public let metrics: Set<Metric>
    /// The classes that ``Metric/chroma`` counts, 0 for C.
    public let pitchClasses: Set<Int>

    /// - Parameters:
    ///   - pitchClasses: 0 for C to 11; nil for those that hold most of the style's energy.
    ///   - threads: at least 1.
    public init(
        content: [Float], style: [Float], pitchClasses: Set<Int>? = nil, metrics: Set<Metric> = Set(Metric.allCases),
        threads: Int = 1
    ) {
        self.metrics = metrics
        self.pitchClasses = pitchClasses ?? []
    }

    /// Measures a sound. What is not defined for it (a pitch where nothing is voiced) is left out.
    public func scores(of output: [Float]) -> [Metric: Double] {
        [:]
    }
}
