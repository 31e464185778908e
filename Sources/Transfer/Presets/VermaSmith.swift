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
            "Phases come from 100 iterations of Griffin-Lim.",
        ],
        settings: [
            \.backend: "stft", \.loss: "gram", \.layers: "relu1-5", \.contentLayer: "relu4", \.alpha: 1,
            \.styleWeight: 1, \.normalisation: "mean", \.gramDivisor: "positions", \.energyWeight: 1,
            \.frequencyEnergyWeight: 1, \.optimizer: "lbfgsb", \.gradientTolerance: 0, \.iterations: 300,
            \.start: "noise", \.startNoise: 0.1, \.sampleRate: 16_000, \.fftSize: 512, \.hop: 160, \.windowLength: 480,
            \.network: "alexnet", \.initialisation: "he", \.phaseIterations: 100,
        ])
}
