// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// Whether files that exist are overwritten.
struct OverwriteOptions: ParsableArguments {
    @Flag(help: .rare("Refuse to overwrite files. (default: a file that exists is overwritten)"))
    var noClobber = false

    /// The words that give the same to another run.
    var arguments: [String] { noClobber ? ["--no-clobber"] : [] }
}

/// The same of a folder of results.
struct FolderOverwriteOptions: ParsableArguments {
    @Flag(help: "Refuse a folder that is not empty. (default: a rerun continues, and overwrites)")
    var noClobber = false
}
