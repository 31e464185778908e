// SPDX-License-Identifier: Apache-2.0
import Texture

/// How far an output's sound texture statistics are from the style's: the mean over their classes of
///
///     (sum (s - t)^2 / sum t^2)^(1/2)
///
/// with the statistics s of the output and t of the style (McDermott and Simoncelli, 2011): the inverse of the paper's signal-to-noise ratio,
/// in amplitude.
struct TextureMeasure: Measure {
    private let style: TextureDistance

    /// nil where the style is silence.
    init?(to style: AnalysedSound) {
        guard let statistics = style.texture, statistics[.subbandVariance].contains(where: { $0 > 0 }) else {
            return nil
        }
        self.style = TextureDistance(to: statistics)
    }

    func score(_ output: AnalysedSound) -> Double? { output.texture.map(style.meanRatio) }
}
