// SPDX-License-Identifier: Apache-2.0

extension Preset {
    static let ijca = Preset(
        name: "ijca",
        title: "A wide layer of truncated Glorot weights at 44.1 kHz",
        source: "Audio Style Transfer using Shallow Convolutional Networks and Random Filters, "
            + "International Journal of Computer Applications",
        departures: common + [
            "The paper prints Glorot's deviation without its root: the root stands. TensorFlow's initialiser also widens the "
                + "normal to make up for what it truncates, which the paper does not.",
            "The paper inverts log(1 + m) by the exponential alone: e^x - 1 stands.",
            "Hop, kernel length and the weight of the style are not given: 512, 11 and 1, with Gram matrices over frames.",
            "L-BFGS-B has no learning rate; the paper's 0.001 has no place.",
            "The paper does not say where phases come from: 100 rounds of Griffin-Lim.",
        ],
        settings: [
            .backend: .text("stft"), .loss: .text("gram"), .layers: .text("relu1"), .contentLayer: .text("relu1"),
            .alpha: .number(0.1), .normalisation: .text("sum"), .gramDivisor: .text("frames"),
            .optimizer: .text("lbfgsb"), .iterations: .whole(500), .start: .text("noise"), .startNoise: .number(1e-3),
            .duration: .number(10), .styleDuration: .number(20), .sampleRate: .whole(44_100), .fftSize: .whole(2_048),
            .hop: .whole(512), .network: .text("wide"), .filters: .whole(4_096), .kernel: .whole(11),
            .padding: .text("valid"), .relu: .flag(true), .bias: .flag(false),
            .initialisation: .text("glorot-truncated"), .phase: .text("griffin-lim"), .phaseIterations: .whole(100),
        ])
}
