// SPDX-License-Identifier: Apache-2.0

extension Preset {
    /// What both have of their own.
    private static let cleanDepartures = [
        "The linear waveform is optimised, under a preconditioner that follows both sounds' spectra: frequencies that neither has stay "
            + "quiet. Published forms optimise the companded waveform or a spectrum without phases, which adds noise.",
        "L-BFGS instead of Adam. Style is in units of its loss at the content, content in units of its own variance, so that "
            + "--alpha means the same for every pair: 0 is all style, 1 nearly all content.",
        "Content is the loudness of 40 mel bands over time instead of features: more of it is preserved, with less noise.",
        "A small term brings the mean spectrum to the style's.",
        "Channels, rate, loudness, pauses and the band above the network's are those of the content.",
    ]

    /// Our own optimisation.
    public static let clean = Preset(
        name: "clean",
        title: "Our own, without the noise: the linear waveform with NSynth's encoder and a network on spectrograms",
        source: "this project, from nsynth-voice; the encoder is NSynth's (Engel et al., 2017)",
        departures: cleanDepartures + [
            "Gram matrices are compared by the divergence of Gaussians that have them as covariances: weak directions, where noise "
                + "shows, count as much as strong ones.",
            "Of NSynth's 30 blocks the first ten, dilations 1 to 512, in a third of the time. Tonal sound is captured by a second "
                + "network, 512 random filters on spectrograms: with it the pitch of a sustained style comes through.",
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
        title: "Our own: a wide random network on spectrograms, optimising the waveform itself",
        source: "this project, from ulyanov (Ulyanov and Lebedev, 2016)",
        departures: cleanDepartures + [
            "The gradient goes through the STFT to the waveform: phases are never estimated.",
            "The start is the style with the content's loudness in bands, as in a vocoder: a tonal style's pitch is preserved.",
        ],
        settings: [
            \.backend: "stft", \.variable: "waveform", \.preconditionerSpectrum: "both", \.preconditionerFloor: 1e-2,
            \.preconditionerWindow: 1_024, \.loss: "gram", \.layers: "relu1", \.contentLoss: "envelope",
            \.envelopeBands: "mel", \.alpha: 4e-4, \.styleWeight: 1, \.balance: "auto", \.meanSpectrumWeight: 0.003,
            \.normalisation: "sum", \.gramDivisor: "frames", \.optimizer: "lbfgsb", \.corrections: 20,
            \.lossTolerance: 0, \.gradientTolerance: 0, \.iterations: 600, \.start: "vocoded", \.startNoise: 0,
        ])
}
