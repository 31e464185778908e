// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import WaveEncoder

/// `wavestyle weights`: what there is to know and do about weights.
struct WeightsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weights",
        abstract: "List, check, create and import the encoder's weights.",
        discussion: """
            Weights are given by name or as a file. A name is looked up in the built-in manifest, then as NAME.h5 \
            in the folder WAVESTYLE_HOME, then in $XDG_DATA_HOME/wavestyle (~/.local/share/wavestyle). An argument \
            that is not a name and has a slash, ends in .h5 or .hdf5, or is a file in the current folder, is a file. A \
            weights-manifest.json in one of those folders adds names.
            """,
        subcommands: [
            List.self, Inspect.self, Verify.self, Create.self, Import.self, ListTensors.self,
        ])
}

extension EncoderArchitecture {
    /// For a table: `128 x 30`, width times blocks.
    var summary: String { "\(width) x \(layers)" }
}
