// SPDX-License-Identifier: Apache-2.0

extension Preset {
    static let cmu = Preset(
        name: "cmu",
        title: "Sixteen layers of 1 x 3, VGG-like, with Gatys' losses",
        source: "G. Arakalgud, P. Thukral, P. Srinivasan: Neural Style Transfer for Audio (CMU 15-780, 2017)",
        departures: common + [
            "Weights are random (He): those trained on MagnaTagATune were never published. The authors found random ones as "
                + "good.",
            "Stages and pooling are VGG-19's, which has sixteen convolutions; the paper names neither. The first stage has 1024 "
                + "filters and the others 512: with VGG's 64, 1025 frequencies are not distinguished and noise remains.",
            "Style is compared at the first layer of each stage, as Gatys does, content at the fourth layer; the paper chose "
                + "its own by trial and does not name them, nor the weights and the number of steps.",
            "Rate, transform, compression, optimiser and phases are not given: those of ulyanov, with 100 iterations "
                + "of Griffin-Lim, and without L-BFGS-B's tolerances: Gatys' losses are too small for them.",
        ],
        settings: [
            \.backend: "stft", \.loss: "gram", \.layers: "relu1,relu3,relu5,relu9,relu13", \.contentLayer: "relu4",
            \.alpha: 1e-5, \.normalisation: "gatys", \.optimizer: "lbfgsb", \.lossTolerance: 0, \.gradientTolerance: 0,
            \.iterations: 500, \.start: "noise", \.startNoise: 1e-3, \.network: "deep", \.initialisation: "he",
            \.phaseIterations: 100,
        ])
}
