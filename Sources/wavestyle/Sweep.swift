// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// `wavestyle sweep`: many runs by one plan, here or on a cluster.
struct SweepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep",
        abstract: "Run many transfers by one plan, here or by Slurm.",
        discussion: """
            A plan is YAML or JSON: sounds, presets, and settings with lists of values (a grid) or ranges that are sampled.

              contents: voices                        # or pairs:
              styles: ["flutes/*.wav", rain.flac]
              presets: [nsynth, clean]
              settings:
                layers: [relu1, "relu1:1-10"]
                alpha: {from: 0.01, to: 10, scale: log}
              sample: {method: sobol, count: 16, seed: 1}
              exclude: [{preset: clean, layers: relu1}]
              metrics: [style-distance, content-envelope]

              wavestyle sweep check plan.yaml
              wavestyle sweep run plan.yaml --output results
              wavestyle sweep run plan.yaml --output results --engine slurm
              wavestyle sweep best results --metric style-distance --print-settings
            """,
        subcommands: [Check.self, Run.self, Status.self, Cancel.self, Collect.self, Best.self, Task.self])
}
