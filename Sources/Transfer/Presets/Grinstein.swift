// SPDX-License-Identifier: Apache-2.0

extension Preset {
    static let grinstein = Preset(
        name: "grinstein",
        title: "Style statistics alone, starting from the content",
        source:
            "E. Grinstein, N. Duong, A. Ozerov, P. Perez: Audio style transfer (ICASSP 2018), its shallow random network",
        departures: common + [
            "Only the wide random network: the auditory model of the same paper is grinstein-auditory.",
            "The paper refers to Ulyanov for the network; its sizes, the optimiser and its steps are taken from there.",
        ],
        settings: [
            \.backend: "stft", \.loss: "gram", \.layers: "relu1", \.alpha: 0, \.normalisation: "sum",
            \.gramDivisor: "frames", \.optimizer: "lbfgsb", \.iterations: 300, \.start: "content", \.startNoise: 0,
            \.phaseIterations: 500,
        ])

    static let grinsteinAuditory = Preset(
        name: "grinstein-auditory",
        title: "Sound texture statistics of an auditory model, starting from the content",
        source:
            "E. Grinstein, N. Duong, A. Ozerov, P. Perez: Audio style transfer (ICASSP 2018), its auditory model: J. McDermott, "
            + "E. Simoncelli: Sound Texture Perception via Statistics of the Auditory Periphery (Neuron 71, 2011)",
        departures: [
            "Statistics are compared by each class's squared error relative to the style's own sum of squares, the inverse of the "
                + "texture paper's signal-to-noise ratio; the nine classes weigh the same. The transfer paper gives no weights.",
            "The waveform is optimised as a whole, by L-BFGS-B, in its spectrum under a preconditioner that follows both sounds' mean spectra, which "
                + "--init noise has too: with --preconditioner-spectrum flat, the raw waveform, quiet bands take several times the steps. The texture "
                + "paper imposes statistics on each band's envelope in turn by conjugate gradients, and puts bands together again.",
            "All nine classes are imposed, kurtosis and C2 too, which the authors' toolbox leaves out by default.",
            "Envelopes are cut off at 200 Hz in their spectrum; they are computed at eight times each band's width, and have a floor 100 dB "
                + "below full scale. The toolbox lowers the rate of the whole sound's by a filter in time.",
            "Statistics are means over the whole sound, without a window, of the style as well as of x; the toolbox fades the style's ends. The "
                + "style has its own length and level; the toolbox uses seven seconds, at one level.",
            "Channels, rate, loudness and the band above 10 kHz are those of the content, its pauses are not.",
        ],
        settings: [
            \.backend: "stft", \.variable: "waveform", \.preconditionerSpectrum: "both", \.contentLoss: "none",
            \.styleWeight: 0, \.textureWeight: 1, \.optimizer: "lbfgsb", \.lossTolerance: 0, \.gradientTolerance: 0,
            \.iterations: 300, \.start: "content", \.startNoise: 0, \.sampleRate: 20_000,
        ])
}
