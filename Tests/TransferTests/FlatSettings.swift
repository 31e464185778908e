// SPDX-License-Identifier: Apache-2.0
import Spectrogram

@testable import Transfer

/// The tree's leaves under one name each, with a default where a leaf has no place: as the tests change them one by one.
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

    var loss: StyleStatistic {
        get { statistic ?? .gram }
        set { statistic = newValue }
    }
    var layers: LayerSelection {
        get { style?.layers ?? network.usualLayers }
        set { style?.layers = newValue }
    }
    var contentLayer: LayerSelection? {
        get { content.features?.layers }
        set { content.features?.layers = newValue }
    }
    var normalisation: LossNormalisation {
        get { sharedNormalisation ?? .mean }
        set { sharedNormalisation = newValue }
    }
    var gramDivisor: GramDivisor {
        get { styleDivisor ?? .positions }
        set { styleDivisor = newValue }
    }
    var fit: LengthFit {
        get { lengthFit ?? .trim }
        set { lengthFit = newValue }
    }
    var energyWeight: Double {
        get { self[term: .energy] ?? 0 }
        set { self[term: .energy] = newValue }
    }
    var frequencyEnergyWeight: Double {
        get { self[term: .frequencyEnergy] ?? 0 }
        set { self[term: .frequencyEnergy] = newValue }
    }
    var meanSpectrumWeight: Double {
        get { self[term: .meanSpectrum] ?? 0 }
        set { self[term: .meanSpectrum] = newValue }
    }
    var spectralStyleWeight: Double {
        get { self[term: .spectralStyle] ?? 0 }
        set { self[term: .spectralStyle] = newValue }
    }
    var frameLength: Int? {
        get { network.frames?.length }
        set { lengthOfFrames = newValue }
    }
    var frameHop: Int? {
        get { network.frames?.hop }
        set { if let newValue { network.frames?.hop = newValue } }
    }
    var roundsCodes: Bool { network.roundsCodes ?? false }
    var asPublished: Bool { network.frames?.asPublished ?? false }
    var envelopeBands: EnvelopeSettings.Bands { content.envelope?.bands ?? .linear }
    var corrections: Int { optimizer.lbfgsb?.corrections ?? LBFGSBSettings().corrections }
    private var spectral: SpectralSettings { network.spectral ?? SpectralSettings() }
    var fftSize: Int { spectral.fftSize }
    var hop: Int { spectral.hop }
    var windowLength: Int? { spectral.windowLength }
    var ceiling: Double? { network.logSpectrum?.ceiling }
    var phase: PhaseReconstruction {
        let spectrum = network.logSpectrum ?? LogSpectrumSettings()
        return PhaseReconstruction(
            spectrum.method, iterations: spectrum.iterations,
            momentum: spectrum.momentum ?? PhaseReconstruction().momentum, start: spectrum.start, seed: seed)
    }
}
