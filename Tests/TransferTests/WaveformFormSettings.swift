// SPDX-License-Identifier: Apache-2.0
@testable import Transfer

extension TransferSettings {
    /// The waveforms' published form with some leaves changed.
    init(
        loss: StyleStatistic = .gram, layers: LayerSelection, contentLayer: LayerSelection? = nil, alpha: Double = 1,
        learningRate: Double = 0.05, iterations: Int = 100, start: StartMode = .content, startNoise: Double = 1e-6,
        seed: UInt64 = 0, fit: LengthFit = .trim
    ) {
        self.init(.nsynth)
        style?.layers = layers
        style?.comparison = StyleComparison(loss, fit: fit)
        content.features?.layers = contentLayer
        self.alpha = alpha
        optimizer = .adam(step: learningRate)
        (self.iterations, self.start, self.startNoise, self.seed) = (iterations, start, startNoise, seed)
    }
}
