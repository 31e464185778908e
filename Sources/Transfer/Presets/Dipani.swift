// SPDX-License-Identifier: Apache-2.0

extension Preset {
    static let dipani = Preset(
        name: "dipani",
        title: "A linear layer from the content, by Adam, without a content loss",
        source: "A. Dipani: Neural Style Transfer on Audio Signals (2018), Neural-Style-Transfer-Audio",
        departures: common.dropFirst() + [
            "Adam places epsilon as TensorFlow does; PyTorch's place makes no difference to gradients of this size.",
            "The number of steps is a choice there, 400 to 2500: here 400.",
            "The weight 2500 stands inside the squared error there: 2500^2 here.",
        ],
        settings: [
            .backend: .text("stft"), .loss: .text("gram"), .layers: .text("conv1"), .alpha: .number(0),
            .styleWeight: .number(6.25e6), .normalisation: .text("mean"), .gramDivisor: .text("entries"),
            .optimizer: .text("adam"), .learningRate: .number(0.03), .iterations: .whole(400),
            .start: .text("content"), .startNoise: .number(0), .sampleRate: .whole(22_050), .fftSize: .whole(2_048),
            .hop: .whole(512), .ceiling: .number(1), .network: .text("wide"), .filters: .whole(4_096),
            .kernel: .whole(3), .padding: .text("same"), .relu: .flag(false), .bias: .flag(true),
            .initialisation: .text("pytorch"), .phase: .text("griffin-lim"), .phaseIterations: .whole(500),
        ])
}
