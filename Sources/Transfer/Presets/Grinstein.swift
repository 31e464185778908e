// SPDX-License-Identifier: Apache-2.0

extension Preset {
    static let grinstein = Preset(
        name: "grinstein",
        title: "Style statistics alone, starting from the content",
        source:
            "E. Grinstein, N. Duong, A. Ozerov, P. Perez: Audio style transfer (ICASSP 2018), its shallow random network",
        departures: common + [
            "Only the wide random network: the auditory model of the same paper is another system.",
            "The paper refers to Ulyanov for the network; its sizes, the optimiser and its steps are taken from there.",
        ],
        settings: [
            \.backend: "stft", \.loss: "gram", \.layers: "relu1", \.alpha: 0, \.normalisation: "sum",
            \.gramDivisor: "frames", \.optimizer: "lbfgsb", \.iterations: 300, \.start: "content", \.startNoise: 0,
            \.phaseIterations: 500,
        ])
}
