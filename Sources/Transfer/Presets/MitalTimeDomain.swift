// SPDX-License-Identifier: Apache-2.0

extension Preset {
    static let mitalTimeDomain = Preset(
        name: "mital-timedomain",
        title: "Frames of the waveform under a random layer, which sees real, imaginary parts and magnitudes",
        source: "P. K. Mital: Time Domain Neural Audio Style Transfer (NIPS 2017 workshop, arXiv:1711.11160), its "
            + "models/timedomain.py",
        departures: [
            "Filters span 4 frames. The code's own default is 15, and its published results have 4, 8 or 16 in their names: "
                + "--kernel takes any.",
            "The two layers' losses are summed there; here layers have shares that sum to 1, so both weights are doubled "
                + "(1 and 0.05 there).",
            "Both sounds end after the shorter one's last whole hop. In the code, the last frames of the longer one see what "
                + "comes after.",
            "Cosines and sines are of exact angles; the code rounds angles of up to 6,000 to float32 before.",
            "The start's noise is the seed's; the code does not fix one.",
        ],
        settings: [
            \.backend: "stft", \.variable: "frames", \.loss: "gram", \.layers: "magnitudes,relu1",
            \.contentLayer: "input,relu1",
            \.alpha: 0.1, \.styleWeight: 2, \.normalisation: "sum", \.gramDivisor: "frames", \.optimizer: "lbfgsb",
            \.iterations: 300, \.start: "noise", \.startNoise: 1e-3, \.fit: "trim", \.fftSize: 4_096,
            \.windowLength: 2_048, \.hop: 256, \.filters: 4_096, \.kernel: 4,
        ])
}
