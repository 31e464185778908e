// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation

/// A folder that results go to.
struct OutputFolder {
    let path: String

    /// Makes the folder if it is not there.
    ///
    /// - Throws: ``Failure`` of kind `cannotCreate`.
    init(_ path: String) throws(Failure) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw Failure(
                .cannotCreate, "cannot make the folder", at: path,
                why: "a file is in the way, or the folder above cannot be written")
        }
        self.path = path
    }

    /// A file in it.
    func file(_ name: String) -> String { (path as NSString).appendingPathComponent(name) }
}
