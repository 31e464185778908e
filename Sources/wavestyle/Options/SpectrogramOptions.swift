// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Spectrogram
import Transfer

/// What only `--backend stft` knows.
struct SpectrogramOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("stft: the rate that sounds are brought to. (default: 22050)", valueName: "hertz"))
    var sampleRate: Int?

    @Option(
        name: .customLong("n-fft"), parsing: .unconditional,
        help: ArgumentHelp("stft: samples in a frame's transform. (default: 2048)", valueName: "samples"))
    var fftSize: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("stft: samples from one frame to the next. (default: 512)", valueName: "samples"))
    var hop: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("stft: samples under the Hann window. (default: --n-fft)", valueName: "samples"))
    var windowLength: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "stft: the largest log(1 + magnitude) that the result may take. (default: any)", valueName: "size"))
    var ceiling: Double?

    @Option(
        help: ArgumentHelp(
            "stft: wide is one layer of many filters, deep sixteen in VGG-19's stages, alexnet its five. (default: wide)",
            valueName: "name"))
    var network: SpectralNetworkName?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("stft: filters of the wide layer. (default: 4096)", valueName: "count"))
    var filters: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("stft: frames that a filter of it spans. (default: 11)", valueName: "frames"))
    var kernel: Int?

    @Option(
        help: ArgumentHelp(
            "stft: beyond the ends: valid leaves frames out, same adds zeros. (default: valid)", valueName: "rule"))
    var padding: SpectralArchitecture.Padding?

    @Flag(inversion: .prefixedNo, help: "stft: whether negative activations become 0. (default: --relu)")
    var relu: Bool?

    @Flag(inversion: .prefixedNo, help: "stft: whether random layers have biases. (default: --no-bias)")
    var bias: Bool?

    @Option(
        help: ArgumentHelp(
            "stft: how random weights are drawn. (default: ulyanov)",
            valueName: "rule"))
    var initialisation: SpectralWeights.Initialisation?

    @Option(
        help: ArgumentHelp(
            "stft: the way back to a waveform. (default: griffin-lim)",
            valueName: "method"))
    var phase: PhaseReconstruction.Method?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("stft: its iterations. (default: 500)", valueName: "count"))
    var phaseIterations: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("stft: the momentum of --phase fast. (default: 0.99)", valueName: "share"))
    var phaseMomentum: Double?

    @Option(
        help: ArgumentHelp("stft: the phases that it starts from. (default: random)", valueName: "phases"))
    var phaseStart: PhaseReconstruction.Start?

    /// What is given here.
    var values: SettingValues {
        var values = SettingValues()
        values.add(sampleRate, .sampleRate)
        values.add(fftSize, .fftSize)
        values.add(hop, .hop)
        values.add(windowLength, .windowLength)
        values.add(ceiling, .ceiling)
        values.add(network, .network)
        values.add(filters, .filters)
        values.add(kernel, .kernel)
        values.add(padding, .padding)
        values.add(relu, .relu)
        values.add(bias, .bias)
        values.add(initialisation, .initialisation)
        values.add(phase, .phase)
        values.add(phaseIterations, .phaseIterations)
        values.add(phaseMomentum, .phaseMomentum)
        values.add(phaseStart, .phaseStart)
        return values
    }
}

extension SpectralNetworkName: ExpressibleByArgument {}
extension SpectralArchitecture.Padding: ExpressibleByArgument {}
extension SpectralWeights.Initialisation: ExpressibleByArgument {}
extension PhaseReconstruction.Method: ExpressibleByArgument {}
extension PhaseReconstruction.Start: ExpressibleByArgument {}
