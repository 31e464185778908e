// SPDX-License-Identifier: Apache-2.0

extension Preset {
    static let cmu = Preset(
        name: "cmu",
        title: "Sixteen layers of 1 x 3, VGG-like, with Gatys' losses",
        source: "G. Arakalgud, P. Thukral, P. Srinivasan: Neural Style Transfer for Audio (CMU 15-780, 2017)",
        departures: [
            "Weights are random (He): those trained on MagnaTagATune were never published. The authors found random ones as "
                + "good.",
            "Widths and pooling are VGG-19's, which has sixteen convolutions; the paper names neither.",
            "The layers are Gatys' for VGG (style at the first of each stage, content at the second of the fourth); the "
                + "paper found its own by trial and does not tell them, nor the weights and the number of steps.",
            "Rate, transform, compression, optimiser and phases are not given: those of ulyanov, with 100 rounds of "
                + "Griffin-Lim.",
        ],
        settings: [
            .backend: .text("stft"), .loss: .text("gram"), .layers: .text("relu1,relu3,relu5,relu9,relu13"),
            .contentLayer: .text("relu10"), .alpha: .number(1e-3), .normalisation: .text("gatys"),
            .gramDivisor: .text("positions"), .optimizer: .text("lbfgsb"), .iterations: .whole(300),
            .start: .text("noise"), .startNoise: .number(0.1), .sampleRate: .whole(22_050), .fftSize: .whole(2_048),
            .hop: .whole(512), .network: .text("deep"), .bias: .flag(false), .initialisation: .text("he"),
            .phase: .text("griffin-lim"), .phaseIterations: .whole(100),
        ])
}
