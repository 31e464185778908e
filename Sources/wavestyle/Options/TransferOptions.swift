// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Transfer

/// The method, and its settings. Those that are not given are the base preset's: see ``ChosenSettings``.
struct TransferOptions: SettingOptions {
    @Option(
        help: .everyday(
            """
            The base settings, by name (see 'wavestyle presets') or from a JSON file. Without it the base is mosaic, or, \
            if --loss, --layers or --backend is given, that backend's published form, nsynth or stft. (default: mosaic)
            """, value: "name|file"), completion: .file())
    var preset: String?

    @Option(\.backend) var backend: GivenSetting?
    @Option(\.mode) var mode: GivenSetting?
    @Option(\.blend) var blend: GivenSetting?

    @Option(
        parsing: .unconditional,
        help: .rare(
            """
            \(SettingTable.shared.keep.helpText) With a network: the iterate that becomes the result, last, best:loss, or \
            best:METRIC among those measured, as best:chroma. (default: last)
            """, value: "share|which"))
    var keep: KeepOption?

    @Option(\.octave) var octave: GivenSetting?
    @Option(\.ground) var ground: GivenSetting?
    @Flag(\.words) var words: Bool?
    @Option(\.variable) var variable: GivenSetting?
    @Option(\.preconditionerSpectrum) var preconditionerSpectrum: GivenSetting?
    @Option(\.preconditionerFloor) var preconditionerFloor: GivenSetting?
    @Option(\.preconditionerWindow) var preconditionerWindow: GivenSetting?
    @Option(\.loss) var loss: GivenSetting?
    @Option(\.layers) var layers: GivenSetting?
    @Option(\.contentLoss) var contentLoss: GivenSetting?
    @Option(\.envelopeBands) var envelopeBands: GivenSetting?
    @Option(\.contentLayer) var contentLayer: GivenSetting?
    @Option(\.alpha) var alpha: GivenSetting?
    @Option(\.styleWeight) var styleWeight: GivenSetting?
    @Option(\.balance) var balance: GivenSetting?
    @Option(\.meanSpectrumWeight) var meanSpectrumWeight: GivenSetting?
    @Option(\.spectralStyleWeight) var spectralStyleWeight: GivenSetting?
    @Option(\.textureWeight) var textureWeight: GivenSetting?
    @Option(\.normalisation) var normalisation: GivenSetting?
    @Option(\.gramDivisor) var gramDivisor: GivenSetting?
    @Option(\.energyWeight) var energyWeight: GivenSetting?
    @Option(\.frequencyEnergyWeight) var frequencyEnergyWeight: GivenSetting?
    @Option(\.optimizer) var optimizer: GivenSetting?
    @Option(\.learningRate) var learningRate: GivenSetting?
    @Option(\.corrections) var corrections: GivenSetting?
    @Option(\.lossTolerance) var lossTolerance: GivenSetting?
    @Option(\.gradientTolerance) var gradientTolerance: GivenSetting?
    @Option(\.maxEvaluations) var maxEvaluations: GivenSetting?
    @Option(\.iterations) var iterations: GivenSetting?
    @Option(\.start) var start: GivenSetting?
    @Option(\.startNoise) var startNoise: GivenSetting?
    @Option(\.seed) var seed: GivenSetting?
    @Option(\.fit) var fit: GivenSetting?
    @Option(\.frameLength) var frameLength: GivenSetting?
    @Option(\.frameHop) var frameHop: GivenSetting?
    @Flag(\.asPublished) var asPublished: Bool?
}
