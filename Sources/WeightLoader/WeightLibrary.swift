// SPDX-License-Identifier: Apache-2.0
import Files
import FoundationEssentials
import Glibc
import WaveEncoder

/// Weights with where they come from.
public struct LoadedWeights: Sendable {
    /// The values.
    public var weights: EncoderWeights
    /// The manifest's name, or the file's.
    public var name: String
    /// The file they were read from; nil for generated weights.
    public var path: String?
    /// SHA-256 of the file, or of the generated values.
    public var sha256: String
    /// The manifest's entry with this checksum, or of this name if it has no checksum.
    public var entry: WeightManifest.Entry?
    /// The file's own attributes: `source`, `variables`, `source_sha256`, `generator`, `seed`, as far as it has them.
    public var attributes: [String: String] = [:]
}

/// Finds weights by name or path.
///
/// Names of the manifest come first. Then an argument with a slash, with the extension `.h5` or `.hdf5`, or that a file in
/// the current folder has, is a path; anything else is looked for as `NAME.h5` in each of ``folders``. A
/// `weights-manifest.json` in one of the folders adds the user's own entries; of two with one name, the first with a checksum
/// counts.
public struct WeightLibrary: Sendable {
    /// The known weights.
    public let manifest: WeightManifest
    /// Where weights files are looked for: `WAVESTYLE_HOME`, then `XDG_DATA_HOME/wavestyle`, by default
    /// `~/.local/share/wavestyle`. They need not exist.
    public let folders: [String]
    private let parser: UntrustedParser

    /// Creates a library.
    ///
    /// - Parameters:
    ///   - manifest: the known weights; by default those that are compiled in.
    ///   - environment: decides ``folders``.
    ///   - parser: reads files whose checksum is not in the manifest.
    /// - Throws: ``Files/Failure`` of kind `badData` when the compiled-in manifest or one in a folder is unusable.
    public init(
        manifest: WeightManifest? = nil, environment: [String: String] = ProcessInfo.processInfo.environment,
        parser: UntrustedParser = UntrustedParser()
    ) throws(Failure) {
        self.parser = parser
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let data = value("XDG_DATA_HOME") ?? value("HOME").map { "\($0)/.local/share" }
        folders = [value("WAVESTYLE_HOME"), data.map { "\($0)/wavestyle" }].compactMap { $0 }
        var known = if let manifest { manifest } else { try WeightManifest.builtIn() }
        for folder in folders {
            if let manifest = try WeightManifest.inFolder(folder) { known.add(manifest) }
        }
        self.manifest = known
    }

    /// Loads weights.
    ///
    /// - Parameter nameOrPath: nil for the manifest's default.
    /// - Throws: ``Files/Failure`` of kind `noInput` when they are not found, `badData` when a checksum is wrong or the
    ///   file is not usable.
    public func load(_ nameOrPath: String? = nil) throws(Failure) -> LoadedWeights {
        guard let name = nameOrPath ?? manifest.default else {
            throw Failure(
                .noInput, "cannot choose weights", why: "the manifest names no default", remedy: "use --weights")
        }
        if let entry = manifest[name] { return try load(entry) }
        do throws(Failure) {
            if Self.isPath(name) { return try loadFile(name, name: name.lastPathPart) }
            guard let path = find("\(name).h5") else { throw notFound(name) }
            return try loadFile(path, name: name)
        } catch {
            guard (try? CheckpointFiles(at: name)) != nil else { throw error }
            throw Failure(
                .badData, "cannot read the weights", at: name, why: "it is a TensorFlow checkpoint",
                remedy: "import it first: wavestyle weights import '\(name)'")
        }
    }

    /// The file of a manifest's entry, or nil if it does not exist (or the weights are generated).
    public func path(of entry: WeightManifest.Entry) -> String? {
        entry.file.flatMap(find)
    }

    /// Loads a manifest's entry. Its checksum is compared before the file is parsed.
    ///
    /// - Throws: ``Files/Failure`` of kind `noInput` or `badData`.
    public func load(_ entry: WeightManifest.Entry) throws(Failure) -> LoadedWeights {
        if let generator = entry.generator {
            let weights = EncoderWeights.random(architecture: entry.architecture, seed: generator.seed)
            let sha256 = weights.checksum.description
            try expect(sha256, entry, at: entry.name)
            return LoadedWeights(weights: weights, name: entry.name, path: nil, sha256: sha256, entry: entry)
        }
        guard let path = path(of: entry) else {
            throw Failure(
                .noInput, "cannot find the weights", at: entry.name,
                why: "there is no file '\(entry.file ?? "")' in \(folderList)", remedy: Self.remedy(for: entry))
        }
        guard entry.isVouchedFor else {
            let loaded = try loadFile(path, name: entry.name)
            try expect(loaded.weights.architecture, entry, at: path)
            return LoadedWeights(
                weights: loaded.weights, name: entry.name, path: path, sha256: loaded.sha256, entry: entry,
                attributes: loaded.attributes)
        }
        let size = Self.size(path)
        guard size == entry.bytes else {
            throw Failure(
                .badData, "cannot use the weights", at: path,
                why: "the file has \(size ?? 0) bytes, the manifest's '\(entry.name)' \(entry.bytes ?? 0)",
                remedy: "download it again")
        }
        let sha256 = try Checksum(ofFile: path).description
        try expect(sha256, entry, at: path)
        let file = try WeightsFile(path: path)
        try expect(file.architecture, entry, at: path)
        return LoadedWeights(
            weights: try file.weights(), name: entry.name, path: path, sha256: sha256, entry: entry,
            attributes: file.attributes)
    }

    /// How to get weights that do not exist yet.
    private static func remedy(for entry: WeightManifest.Entry) -> String? {
        guard let origin = entry.origin else { return nil }
        guard let checkpoint = entry.checkpoint else { return "download it from \(origin)" }
        return "download \(origin), then: wavestyle weights import \(checkpoint.archive) --name \(entry.name)"
    }

    /// The weights files in ``folders``, sorted within each folder. Folders that can't be read count as empty.
    public func files() -> [String] {
        folders.flatMap { folder in
            let names = Folder.names(in: folder) ?? []
            return names.filter { !$0.hasPrefix(".") && Self.hasWeightsExtension($0) }.sorted()
                .map { "\(folder)/\($0)" }
        }
    }

    /// A bare file: trusted if the manifest has its checksum, parsed in a child otherwise.
    private func loadFile(_ path: String, name: String) throws(Failure) -> LoadedWeights {
        let sha256 = try Checksum(ofFile: path).description
        guard let entry = manifest.weights.first(where: { $0.file != nil && $0.sha256 == sha256 }) else {
            let (weights, attributes) = try parser.parseWithAttributes(path)
            return LoadedWeights(weights: weights, name: name, path: path, sha256: sha256, attributes: attributes)
        }
        let file = try WeightsFile(path: path)
        return LoadedWeights(
            weights: try file.weights(), name: name, path: path, sha256: sha256, entry: entry,
            attributes: file.attributes)
    }

    private func expect(_ sha256: String, _ entry: WeightManifest.Entry, at place: String) throws(Failure) {
        guard sha256 == entry.sha256 else {
            throw Failure(
                .badData, "cannot use the weights", at: place,
                why: "their SHA-256 is \(sha256), the manifest's is \(entry.sha256 ?? "unknown")",
                remedy: entry.file == nil ? "report this as a bug" : "download the file again")
        }
    }

    private func expect(
        _ architecture: EncoderArchitecture, _ entry: WeightManifest.Entry, at path: String
    ) throws(Failure) {
        guard architecture == entry.architecture else {
            throw Failure(
                .badData, "cannot use the weights", at: path,
                why: "the file's architecture is not that of the manifest's '\(entry.name)'")
        }
    }

    private func notFound(_ name: String) -> Failure {
        Failure(
            .noInput, "cannot find the weights", at: name,
            why: "there is no such file, no '\(name).h5' in \(folderList), and the known names are "
                + manifest.weights.map(\.name).joined(separator: ", "))
    }

    var folderList: String {
        folders.isEmpty ? "any folder (HOME is not set)" : folders.map { "'\($0)'" }.joined(separator: " or ")
    }

    private func find(_ file: String) -> String? {
        folders.lazy.map { "\($0)/\(file)" }.first { Self.size($0) != nil }
    }

    private static func isPath(_ argument: String) -> Bool {
        argument.contains("/") || hasWeightsExtension(argument) || size(argument) != nil
    }

    private static func hasWeightsExtension(_ name: String) -> Bool {
        name.hasSuffix(".h5") || name.hasSuffix(".hdf5")
    }

    /// The size of a regular file, or nil.
    private static func size(_ path: String) -> Int? {
        var status = stat()
        guard stat(path.cPath, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }
}
