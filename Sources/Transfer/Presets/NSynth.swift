// SPDX-License-Identifier: Apache-2.0

extension Preset {
    private static let stanford =
        "F. Boemer, E. Gong, Y. Homma: Audio Transfer Learning with Voices (Stanford CS230, 2018)"

    /// Departures of all three experiments.
    private static let stanfordDepartures = [
        "The weights are those given: by default random ones, which have never heard music. The paper uses Magenta's.",
        "The paper says 64 kHz; NSynth's encoder works at 16 kHz.",
        "The paper's three seconds are 48,000 samples, not a multiple of the encoder's 512: any length is accepted here.",
        "The start's noise is added after quantising: before, it would turn silence into a dither of +-1 code.",
    ]

    private static func squaredError(_ name: String, title: String, section: String) -> Preset {
        Preset(
            name: name, title: title, source: "\(stanford), section \(section)",
            departures: stanfordDepartures + [
                "'The first five encoding layers' are read as the first ReLU of blocks 1 to 5; "
                    + "--layers relu1:1-3,relu2:1-2 is the other reading."
            ],
            settings: [
                \.backend: "nsynth", \.loss: "l2", \.layers: "relu1:1-5", \.alpha: 0, \.styleWeight: 1,
                \.normalisation: "mean", \.optimizer: "adam", \.learningRate: 0.05, \.iterations: 100,
                \.start: "content", \.startNoise: 1e-6, \.fit: "trim", \.duration: 3, \.styleDuration: 3,
            ])
    }

    static let nsynthPitch = squaredError(
        "nsynth-pitch", title: "From one pitch to another, step by step, on the raw waveform", section: "5.1")

    static let nsynthChord = squaredError(
        "nsynth-chord", title: "From a pitch to a chord and from a chord to a pitch, step by step, on the raw waveform",
        section: "5.2")

    static let nsynth = Preset(
        name: "nsynth",
        title: "What --backend nsynth names: nsynth-voice on sounds of any length",
        source: "\(stanford), section 5.3", departures: nsynthVoice.departures ?? [],
        settings: [\.backend: "nsynth"])

    static let nsynthVoice = Preset(
        name: "nsynth-voice",
        title: "A voice in the style of an instrument, by Gram matrices on the raw waveform",
        source: "\(stanford), section 5.3",
        departures: stanfordDepartures + [
            "The weight of the content is not given: 1. Nor is the Gram matrix's divisor: the map's rows."
        ],
        settings: [
            \.backend: "nsynth", \.loss: "gram", \.layers: "relu1", \.contentLayer: "relu2:30", \.alpha: 1,
            \.styleWeight: 1, \.normalisation: "mean", \.gramDivisor: "positions", \.optimizer: "adam",
            \.learningRate: 0.05, \.iterations: 100, \.start: "content", \.startNoise: 1e-6, \.duration: 3,
            \.styleDuration: 3,
        ])
}
