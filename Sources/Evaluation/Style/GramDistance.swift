// SPDX-License-Identifier: Apache-2.0
import Matrices

/// `||G_o - G_s||_F / ||G_s||_F` of the judge's features F `[T, C]`, with the Gram matrix `G = F^T F / T` (Gatys, Ecker,
/// Bethge: Image Style Transfer Using Convolutional Neural Networks, 2016).
struct GramDistance: Measure {
    private let style: RealMatrix

    /// nil where the style is silence, or too short for a feature.
    init?(to style: AnalysedSound) {
        guard let gram = style.features?.gram, gram.frobeniusNorm > 0 else { return nil }
        self.style = gram
    }

    func score(_ output: AnalysedSound) -> Double? {
        output.features.map { ($0.gram - style).frobeniusNorm / style.frobeniusNorm }
    }
}
