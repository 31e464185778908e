// SPDX-License-Identifier: Apache-2.0

extension Preset {
    static let stft = Preset(
        name: "stft",
        title: "What --backend stft names: ulyanov on sounds of any length",
        source: ulyanov.source ?? "", departures: common, settings: [\.backend: "stft"])

    static let ulyanov = Preset(
        name: "ulyanov",
        title: "One wide random layer over a log spectrogram",
        source: "D. Ulyanov, V. Lebedev: Audio texture synthesis and style transfer (2016), neural-style-audio-tf",
        departures: common,
        settings: [
            \.backend: "stft", \.loss: "gram", \.layers: "relu1", \.contentLayer: "relu1", \.alpha: 1e-2,
            \.styleWeight: 1, \.normalisation: "sum", \.gramDivisor: "frames", \.optimizer: "lbfgsb",
            \.iterations: 300, \.start: "noise", \.startNoise: 1e-3, \.duration: 9.96, \.styleDuration: 9.96,
            \.phaseIterations: 500,
        ])
}
