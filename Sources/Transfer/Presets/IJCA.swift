// SPDX-License-Identifier: Apache-2.0

extension Preset {
    static let ijca = Preset(
        name: "ijca",
        title: "A wide layer of truncated Glorot weights at 44.1 kHz",
        source: "Audio Style Transfer using Shallow Convolutional Networks and Random Filters, "
            + "International Journal of Computer Applications",
        departures: common + [
            "The paper prints Glorot's deviation without its root: here it has the root. TensorFlow's initialiser also widens the "
                + "normal to make up for what it truncates, which the paper does not.",
            "The paper inverts log(1 + m) by the exponential alone: here it is e^x - 1.",
            "Hop, kernel length and the weight of the style are not given: 512, 11 and 1, with Gram matrices over frames.",
            "L-BFGS-B has no learning rate; the paper's 0.001 is not used.",
            "The paper does not say how phases are estimated: here 100 iterations of Griffin-Lim.",
        ],
        settings: [
            \.backend: "stft", \.loss: "gram", \.layers: "relu1", \.contentLayer: "relu1", \.alpha: 0.1,
            \.normalisation: "sum", \.gramDivisor: "frames", \.optimizer: "lbfgsb", \.iterations: 500,
            \.start: "noise", \.startNoise: 1e-3, \.duration: 10, \.styleDuration: 20, \.sampleRate: 44_100,
            \.initialisation: "glorot-truncated", \.phaseIterations: 100,
        ])
}
