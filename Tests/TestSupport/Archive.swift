// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Archives made by the system's tar(1).
public enum Archive {
    /// Why there is none.
    public struct NotWritten: Error {}

    /// Writes an archive of a folder's entries into the folder.
    ///
    /// - Parameter format: of GNU's tar: v7, oldgnu, gnu, ustar, pax.
    public static func write(
        _ name: String, of members: [String], format: String = "gnu", options: [String] = [], in folder: TemporaryFolder
    ) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["tar", "--format=\(format)"] + options + ["-cf", name] + members
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw NotWritten() }
    }
}
