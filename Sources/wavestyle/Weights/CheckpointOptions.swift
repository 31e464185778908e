// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import WeightLoader

/// Where a TensorFlow checkpoint is.
struct CheckpointOptions: ParsableArguments {
    /// What commands that take a checkpoint say of it.
    static let explanation = """
        A checkpoint is an index and data files: model.ckpt-200000.index and \
        model.ckpt-200000.data-00000-of-00001. Give its prefix (model.ckpt-200000), one of its files, its folder, or \
        a tar archive, which is read without being unpacked.
        """

    @Argument(help: .text("The checkpoint: prefix, file, folder or tar.", value: "checkpoint"), completion: .file())
    var path: String

    @Flag(help: "Read CHECKPOINT as a tar archive, even if it does not look like one.")
    var tar = false

    @Option(
        help: ArgumentHelp(
            "Selects one of several in a folder or archive. (default: the one that its file 'checkpoint' names)",
            valueName: "name"))
    var prefix: String?

    /// Reads its index.
    func checkpoint() throws(Failure) -> Checkpoint {
        try Checkpoint(CheckpointFiles(at: path, choice: prefix, isArchive: tar))
    }
}
