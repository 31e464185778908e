// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation

/// A command that fills a folder (batch, compare, experiment), kept in the folder until it is complete: its runs have
/// checkpoints of their own.
struct FolderCommand: Codable {
    /// The command's words, and the folder that it was given in.
    var arguments: [String]
    var folder: String

    /// That of this process.
    static var own: FolderCommand {
        FolderCommand(
            arguments: CommandLine.pathArguments.filter { !ReportOptions.forPrograms.contains($0) },
            folder: FileManager.default.currentDirectoryPath)
    }

    /// Where it is kept.
    static func files(in folder: String) -> CheckpointPair {
        CheckpointPair(of: (folder as NSString).appendingPathComponent("unfinished"))
    }

    /// Keeps it.
    func write(in folder: String) throws { _ = try Self.files(in: folder).write(self, isFirst: true) }
}
