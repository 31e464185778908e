// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation

/// The sounds that come with the program.
enum BundledSounds {
    /// A short spoken sentence, and a flute's note.
    ///
    /// - Throws: ``Failure`` of kind `noInput` when they are not where the build or `make install` puts them.
    static func pair() throws(Failure) -> (content: String, style: String) {
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let folders = [
            program.appendingPathComponent("wavestyle_wavestyle.resources/sounds"),
            program.deletingLastPathComponent().appendingPathComponent("share/wavestyle/sounds"),
        ]
        guard
            let folder = folders.first(where: {
                FileManager.default.fileExists(atPath: $0.appendingPathComponent("voice.flac").path)
            })
        else {
            throw Failure(
                .noInput, "cannot find the bundled sounds",
                why: "they are not in \(folders.map(\.path).joined(separator: " or "))",
                remedy: "give --content and --style, or install again")
        }
        return (folder.appendingPathComponent("voice.flac").path, folder.appendingPathComponent("flute.flac").path)
    }
}
