// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation

/// The sounds that come with the program.
enum BundledSounds {
    /// A short spoken sentence, and a flute's note.
    ///
    /// - Throws: ``Failure`` of kind `noInput` when they are not where the build or `make install` puts them.
    static func pair() throws(Failure) -> (content: String, style: String) {
        (try sound("voice"), try sound("flute"))
    }

    /// A note of the experiments: `voice-low`, `voice-high`, `flute-c`, `flute-e` or `flute-g`.
    ///
    /// - Throws: as ``pair()``.
    static func note(_ name: String) throws(Failure) -> String { try sound("notes/\(name)") }

    private static func sound(_ name: String) throws(Failure) -> String {
        let folders = [
            InstalledFiles.programFolder.appendingPathComponent("wavestyle_wavestyle.resources/sounds"),
            InstalledFiles.folder.appendingPathComponent("sounds"),
        ]
        let paths = folders.map { $0.appendingPathComponent("\(name).flac").path }
        guard let path = paths.first(where: FileManager.default.fileExists) else {
            throw Failure(
                .noInput, "cannot find the bundled sounds",
                why: "they are not in \(folders.map(\.path).joined(separator: " or "))",
                remedy: "give --content and --style, or install again")
        }
        return path
    }
}
