// SPDX-License-Identifier: Apache-2.0

extension Preset {
    /// 100 steps of 1e-3 move a sample by some 0.1 at most, and the start has a deviation of 1: what comes out is noise still,
    /// under either network. With `--learning-rate 0.1` on a second of the bundled pair, under the default weights, the result
    /// correlates with the content by 0.89, and as published by 0.00.
    static let mitalEncoder = Preset(
        name: "mital-encoder",
        title: "Frames under NSynth's encoder, from noise; with --as-published the original's mistake",
        source: "P. K. Mital: Time Domain Neural Audio Style Transfer (NIPS 2017 workshop, arXiv:1711.11160), its "
            + "models/nsynth.py, encoder",
        departures: [
            "x is optimised with the weights that the targets are computed with. The code restores the trained weights and then "
                + "initialises all variables again before it freezes the graph, so its x is optimised with random "
                + "weights, with targets from the trained ones: --as-published does the same.",
            "NSynth's trained weights do not come with this program: --weights names them. The default ones are random.",
            "The two layers' losses are summed there; here layers have shares that sum to 1, so both weights are doubled "
                + "(1 and 1e-3 there).",
            "Before frames are expanded to samples, x is divided by its largest value. What is then below -1 is raised to -1; "
                + "the code expands it as it is, and overflows where the largest value is tiny.",
            "The start's noise is the seed's; the code does not fix one.",
        ],
        settings: [
            \.backend: "nsynth", \.loss: "gram", \.layers: "residual:2,residual:6",
            \.contentLayer: "residual:2,residual:6", \.alpha: 2e-3, \.styleWeight: 2, \.normalisation: "sum",
            \.gramDivisor: "positions", \.optimizer: "adam", \.learningRate: 1e-3, \.iterations: 100, \.start: "noise",
            \.startNoise: 0, \.fit: "trim", \.frameLength: 2_048, \.frameHop: 512, \.asPublished: false,
        ])
}
