// SPDX-License-Identifier: Apache-2.0

extension Preset {
    /// What both have of their own.
    private static let cleanDepartures = [
        "The linear waveform moves, under a preconditioner that follows both sounds' spectra: frequencies that neither has stay "
            + "quiet. Published forms move the companded waveform or a spectrum without phases, which brings noise in.",
        "L-BFGS in place of Adam. Style is in units of its loss at the content, content in units of its own variance, so that "
            + "--alpha means the same for every pair: 0 is all style, 1 nearly all content.",
        "Content is the loudness of 40 mel bands over time in place of features: more of it is kept, with less noise.",
        "A small term brings the mean spectrum to the style's.",
        "Channels, rate, loudness and the band above the network's are those of the content.",
    ]

    /// What is run where nothing else is asked for.
    public static let clean = Preset(
        name: "clean",
        title: "Our own, without the noise: the linear waveform under NSynth's encoder and a network over spectra",
        source: "this project, from nsynth-voice; the encoder is NSynth's (Engel et al., 2017)",
        departures: cleanDepartures + [
            "Gram matrices are compared by the divergence of Gaussians that have them as covariances: weak directions, where noise "
                + "shows, count as much as strong ones.",
            "Of NSynth's 30 blocks the first ten, dilations 1 to 512, in a third of the time. What is tonal is heard by a second "
                + "network, 512 random filters over spectra: with it a held style's pitch comes through.",
        ],
        settings: [
            \.backend: "nsynth", \.variable: "waveform", \.preconditionerSpectrum: "both", \.preconditionerFloor: 1e-3,
            \.preconditionerWindow: 1_024, \.loss: "kl", \.layers: "relu1:-10", \.contentLoss: "envelope",
            \.envelopeBands: "mel", \.alpha: 0.08, \.styleWeight: 1, \.balance: "auto", \.meanSpectrumWeight: 0.4,
            \.spectralStyleWeight: 0.3, \.optimizer: "lbfgsb", \.corrections: 20, \.lossTolerance: 0,
            \.gradientTolerance: 0, \.iterations: 75, \.start: "content", \.startNoise: 0,
        ])

    static let cleanSTFT = Preset(
        name: "clean-stft",
        title: "Our own: a wide random network over spectra, on the waveform itself",
        source: "this project, from ulyanov (Ulyanov and Lebedev, 2016)",
        departures: cleanDepartures + [
            "The gradient goes through the STFT to the waveform: no phases are ever searched for.",
            "The start is the style under the content's loudness in bands, as by a vocoder: a tonal style's pitch stays.",
        ],
        settings: [
            \.backend: "stft", \.variable: "waveform", \.preconditionerSpectrum: "both", \.preconditionerFloor: 1e-2,
            \.preconditionerWindow: 1_024, \.loss: "gram", \.layers: "relu1", \.contentLoss: "envelope",
            \.envelopeBands: "mel", \.alpha: 4e-4, \.styleWeight: 1, \.balance: "auto", \.meanSpectrumWeight: 0.003,
            \.normalisation: "sum", \.gramDivisor: "frames", \.optimizer: "lbfgsb", \.corrections: 20,
            \.lossTolerance: 0, \.gradientTolerance: 0, \.iterations: 600, \.start: "vocoded", \.startNoise: 0,
        ])
}
