// SPDX-License-Identifier: Apache-2.0

extension Preset {
    static let ulyanov = Preset(
        name: "ulyanov",
        title: "One wide random layer over a log spectrogram",
        source: "D. Ulyanov, V. Lebedev: Audio texture synthesis and style transfer (2016), neural-style-audio-tf",
        departures: common,
        settings: [
            .backend: .text("stft"), .loss: .text("gram"), .layers: .text("relu1"), .contentLayer: .text("relu1"),
            .alpha: .number(1e-2), .styleWeight: .number(1), .normalisation: .text("sum"),
            .gramDivisor: .text("frames"), .optimizer: .text("lbfgsb"), .iterations: .whole(300),
            .start: .text("noise"), .startNoise: .number(1e-3),
            // 430 frames.
            .duration: .number(9.96), .styleDuration: .number(9.96), .sampleRate: .whole(22_050),
            .fftSize: .whole(2_048), .hop: .whole(512), .network: .text("wide"), .filters: .whole(4_096),
            .kernel: .whole(11), .padding: .text("valid"), .relu: .flag(true), .bias: .flag(false),
            .initialisation: .text("ulyanov"), .phase: .text("griffin-lim"), .phaseIterations: .whole(500),
            .phaseStart: .text("random"),
        ])
}
