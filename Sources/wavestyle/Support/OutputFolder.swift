// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Foundation

/// A folder that results go to.
struct OutputFolder {
    let path: String

    /// Creates the folder if it does not exist.
    ///
    /// - Parameters:
    ///   - inputs: files that must not be overwritten: none may be in the folder.
    ///   - inner: nor in these folders in it.
    ///   - replaces: whether files in it may be overwritten; otherwise it must be empty.
    /// - Throws: ``Failure`` of kind `usage` for an input in it, `cannotCreate` if it cannot be created or must be empty.
    init(
        _ path: String, inputs: [String] = [], inner: [String] = [], replaces: Bool = true
    ) throws(Failure) {
        self.path = path
        let places = Set(([path] + inner.map(file)).compactMap(OutputFile.identity(of:)))
        for input in inputs {
            guard let place = OutputFile.resolved(input)?.parentFolder, places.contains(place.pathBytes) else {
                continue
            }
            throw Failure(
                .usage, "cannot write to", at: path, why: "\(input) is in it and might be overwritten",
                remedy: "choose another folder")
        }
        // What an unfinished command left is its own.
        guard replaces || Folder.names(in: path)?.isEmpty ?? true || FolderCommand.files(in: path).exists else {
            throw Failure(
                .cannotCreate, "cannot write to", at: path,
                why: "the folder is not empty, and --no-clobber keeps what exists", remedy: "choose another folder")
        }
        try Folder.make(path)
    }

    /// Removes files of an earlier command that this one has not overwritten.
    func clear(_ isOld: (String) -> Bool) {
        for name in (Folder.names(in: path) ?? []).filter(isOld) { unlink(file(name).cPath) }
    }

    /// A file in it.
    func file(_ name: String) -> String { (path as NSString).appendingPathComponent(name) }

    /// Writes a sound into it, one channel, quieter where its peaks would not fit.
    ///
    /// - Returns: where it is.
    func write(_ sound: Waveform, _ name: String) throws -> String {
        let path = file(name)
        try AudioFile.write(sound.limited(by: .rescale).waveform, to: path, as: try AudioFormat(path: path))
        return path
    }
}
