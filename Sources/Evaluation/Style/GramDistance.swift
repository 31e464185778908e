// SPDX-License-Identifier: Apache-2.0

/// `||G_o - G_s||_F / ||G_s||_F` of the judge's features F `[T, C]`, with the Gram matrix `G = F^T F / T` (Gatys, Ecker,
/// Bethge: Image Style Transfer Using Convolutional Neural Networks, 2016).
struct GramDistance: Measure {
    private let style: RealMatrix

    /// nil where the style is silence, or too short for a feature.
    init?(to style: AnalysedSound) {
        guard let features = style.features else { return nil }
        self.style = Self.gram(features)
        if self.style.frobeniusNorm == 0 { return nil }
    }

    func score(_ output: AnalysedSound) -> Double? {
        output.features.map { (Self.gram($0) - style).frobeniusNorm / style.frobeniusNorm }
    }

    private static func gram(_ features: RealMatrix) -> RealMatrix {
        features.transposed(times: features).mapValues { $0 / Double(features.rows) }
    }
}
