// SPDX-License-Identifier: Apache-2.0

extension Preset {
    /// What is run where nothing else is asked for.
    public static let clean = Preset(
        name: "clean",
        title: "Our own, without the noise: the linear waveform under a preconditioner, by KL",
        source: "this project; the encoder is NSynth's (J. Engel et al., 2017)",
        departures: [],
        settings: [
            .backend: .text("nsynth"), .variable: .text("waveform"), .loss: .text("kl"), .layers: .text("relu1"),
            .contentLoss: .text("features"), .alpha: .number(0.1), .balance: .text("auto"),
            .optimizer: .text("lbfgsb"), .corrections: .whole(20), .lossTolerance: .number(0),
            .gradientTolerance: .number(0), .iterations: .whole(50),
        ])

    static let cleanSTFT = Preset(
        name: "clean-stft",
        title: "Our own: Ulyanov's network on the waveform itself, without a search for phases",
        source: "this project; the network is Ulyanov and Lebedev's (2016)",
        departures: [],
        settings: [
            .backend: .text("stft"), .variable: .text("waveform"), .loss: .text("gram"), .layers: .text("relu1"),
            .contentLoss: .text("features"), .alpha: .number(0.1), .balance: .text("auto"),
            .optimizer: .text("lbfgsb"), .corrections: .whole(20), .lossTolerance: .number(0),
            .gradientTolerance: .number(0), .iterations: .whole(100),
        ])
}
