// SPDX-License-Identifier: Apache-2.0
import Files
import FoundationEssentials
import Glibc
import WaveEncoder

/// Installs weights among the user's own, under a name: `NAME.h5` and an entry in `weights-manifest.json`, in the
/// first of ``WeightLibrary/folders``.
public struct WeightInstallation {
    /// The weights' name.
    public let name: String
    private let weightsFile: OutputFile
    private let manifestFile: OutputFile
    private let folder: String

    /// The weights file's path.
    public var path: String { weightsFile.path }

    /// Chooses the place and checks that it can be written. The folder is created if it does not exist.
    ///
    /// - Parameters:
    ///   - inputs: files that are not to be overwritten.
    ///   - replaces: whether weights of that name may be replaced.
    /// - Throws: ``Files/Failure`` of kind `usage` when the name is invalid or taken, `cannotCreate` when there is no folder,
    ///   or what is there may not be replaced, `badData` when the manifest there is unusable.
    public init(
        _ name: String, in library: WeightLibrary, besides inputs: [String] = [], replaces: Bool = true
    ) throws(Failure) {
        func cannot(_ kind: Failure.Kind, _ why: String, _ remedy: String) -> Failure {
            Failure(kind, "cannot install weights as", at: name, why: why, remedy: remedy)
        }
        let known = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
        guard !name.isEmpty, name.first != ".", name.allSatisfy(known.contains), name.utf8.count <= 100 else {
            throw cannot(.usage, "a name has letters, digits and - _ . and does not begin with a dot", "choose another")
        }
        guard library.manifest[name]?.generator == nil else {
            throw cannot(.usage, "built-in weights have this name", "choose another")
        }
        guard let folder = library.folders.first else {
            throw cannot(.cannotCreate, "there is no folder for weights: HOME is not set", "set WAVESTYLE_HOME")
        }
        do {
            try Folder.make(folder)
        } catch {
            throw cannot(
                error.kind, "the folder '\(folder)' cannot be created: \(error.why)", "set WAVESTYLE_HOME to another")
        }
        self.name = name
        weightsFile = try OutputFile(path: "\(folder)/\(name).h5", besides: inputs, replaces: replaces)
        manifestFile = try OutputFile(path: "\(folder)/\(WeightManifest.fileName)")
        self.folder = folder
        _ = try WeightManifest.inFolder(folder)
    }

    /// Writes the weights, and records them with their checksum. Several processes may do so at once: one waits for another.
    ///
    /// - Parameters:
    ///   - attributes: for the file, as in ``WaveEncoder/EncoderWeights/write(to:attributes:)``.
    ///   - title: a one-line description.
    ///   - origin: where they come from.
    ///   - licence: an SPDX expression, or in words that there is none.
    /// - Throws: ``Files/Failure`` of kind `cannotCreate` or `inputOutput`.
    public func write(
        _ weights: EncoderWeights, attributes: [String: String], title: String, origin: String?, licence: String
    ) throws {
        let lock = try lockedFolder()
        defer { close(lock) }
        // Both are written before either is renamed: if one can't be, the existing files stay intact.
        let entry = try weightsFile.prepare { partial in
            try weights.write(toHDF5: partial, attributes: attributes)
            let file = try FileSection(ofFile: partial)
            return WeightManifest.Entry(
                name: name, title: title, origin: origin, licence: licence, architecture: weights.architecture,
                file: "\(name).h5", bytes: file.count, sha256: try Checksum(of: file).description)
        }
        defer { weightsFile.discard() }
        try manifestFile.prepare { partial in
            var manifest = try WeightManifest.inFolder(folder) ?? WeightManifest()
            manifest.record(entry)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            let lines = try LineWriter(path: partial)
            try lines.write(String(decoding: try encoder.encode(manifest), as: UTF8.self) + "\n")
            try lines.close()
        }
        defer { manifestFile.discard() }
        try OutputFile.commit(weightsFile, manifestFile)
    }

    /// Opens the folder and waits, four seconds at most, until no other process installs into it.
    private func lockedFolder() throws(Failure) -> Int32 {
        func cannot(_ why: String, _ remedy: String? = nil) -> Failure {
            Failure(.cannotCreate, "cannot write into the folder", at: folder, why: why, remedy: remedy)
        }
        let lock = open(folder.cPath, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard lock >= 0 else { throw cannot(systemError(errno)) }
        var error: Int32 = 0
        for _ in 0..<200 {
            if flock(lock, LOCK_EX | LOCK_NB) == 0 { return lock }
            error = errno
            guard error == EWOULDBLOCK || error == EINTR else { break }
            usleep(20_000)
        }
        close(lock)
        throw error == EWOULDBLOCK
            ? cannot("another process is installing weights there", "try again when it has finished")
            : cannot("it cannot be locked: \(systemError(error))")
    }
}
