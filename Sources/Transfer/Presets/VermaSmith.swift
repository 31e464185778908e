// SPDX-License-Identifier: Apache-2.0

extension Preset {
    static let vermaSmith = Preset(
        name: "verma-smith",
        title: "Gram and content losses with the style's energy envelopes",
        source: "P. Verma, J. O. Smith: Neural Style Transfer for Audio Spectrograms (2018)",
        departures: common + [
            "Weights are random (He): their AlexNet, trained on audio, was never published. Its convolutions here run over "
                + "time, with frequencies as channels.",
            "The layers, the weights of the four losses and the number of steps are not given: style at all five layers, "
                + "content at the fourth, weights by trial on the bundled pair.",
            "The envelopes' formula is not given: mean squares of the log spectrum over time and over frequencies, and "
                + "their mean squared difference.",
            "Phases come from 100 rounds of Griffin-Lim.",
        ],
        settings: [
            .backend: .text("stft"), .loss: .text("gram"), .layers: .text("relu1-5"), .contentLayer: .text("relu4"),
            .alpha: .number(1), .styleWeight: .number(1), .normalisation: .text("mean"),
            .gramDivisor: .text("positions"), .energyWeight: .number(1), .frequencyEnergyWeight: .number(1),
            .optimizer: .text("lbfgsb"), .gradientTolerance: .number(0), .iterations: .whole(300),
            .start: .text("noise"), .startNoise: .number(0.1), .sampleRate: .whole(16_000), .fftSize: .whole(512),
            .hop: .whole(160), .windowLength: .whole(480), .network: .text("alexnet"), .bias: .flag(false),
            .initialisation: .text("he"), .phase: .text("griffin-lim"), .phaseIterations: .whole(100),
        ])
}
