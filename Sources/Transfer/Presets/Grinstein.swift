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
            .backend: .text("stft"), .loss: .text("gram"), .layers: .text("relu1"), .alpha: .number(0),
            .normalisation: .text("sum"), .gramDivisor: .text("frames"), .optimizer: .text("lbfgsb"),
            .iterations: .whole(300), .start: .text("content"), .startNoise: .number(0), .sampleRate: .whole(22_050),
            .fftSize: .whole(2_048), .hop: .whole(512), .network: .text("wide"), .filters: .whole(4_096),
            .kernel: .whole(11), .padding: .text("valid"), .relu: .flag(true), .bias: .flag(false),
            .initialisation: .text("ulyanov"), .phase: .text("griffin-lim"), .phaseIterations: .whole(500),
        ])
}
