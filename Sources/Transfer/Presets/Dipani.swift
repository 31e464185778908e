// SPDX-License-Identifier: Apache-2.0

extension Preset {
    static let dipani = Preset(
        name: "dipani",
        title: "A linear layer from the content, by Adam, without a content loss",
        source: "A. Dipani: Neural Style Transfer on Audio Signals (2018), Neural-Style-Transfer-Audio",
        departures: common.dropFirst() + [
            "Adam places epsilon as TensorFlow does; PyTorch's place makes no difference to gradients of this size.",
            "The number of steps is a choice there, 400 to 2500: here 400.",
            "The weight 2500 is inside the squared error there: 2500^2 here.",
        ],
        settings: [
            \.backend: "stft", \.loss: "gram", \.layers: "conv1", \.alpha: 0, \.styleWeight: 6.25e6,
            \.normalisation: "mean", \.gramDivisor: "entries", \.optimizer: "adam", \.learningRate: 0.03,
            \.iterations: 400, \.start: "content", \.startNoise: 0, \.ceiling: 1, \.kernel: 3, \.padding: "same",
            \.relu: false, \.bias: true, \.initialisation: "pytorch", \.phaseIterations: 500,
        ])
}
