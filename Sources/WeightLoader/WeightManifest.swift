// SPDX-License-Identifier: Apache-2.0
import Files
import FoundationEssentials
import Glibc
import WaveEncoder

/// A list of known weights: the `weights-manifest.json` that is compiled into the program, or a user's own.
public struct WeightManifest: Codable, Equatable, Sendable {
    /// A manifest's file name, in the project and in a folder of weights.
    public static let fileName = "weights-manifest.json"
    /// The schema that this program reads.
    public static let supportedSchema = 1
    /// The most bytes of a manifest: some ten thousand entries.
    private static let maximumBytes = 16 << 20

    /// The version of the file's layout.
    public var schema: Int
    /// The name of the weights that are used when none are asked for; a user's own manifest need not have one.
    public var `default`: String?
    /// All known weights.
    public var weights: [Entry]

    /// One set of weights.
    public struct Entry: Codable, Equatable, Sendable {
        /// What `--weights` calls it.
        public var name: String
        /// A one-line description.
        public var title: String
        /// Where it comes from; nil for weights made by this program.
        public var origin: String?
        /// An SPDX expression, or in words that there is none.
        public var licence: String
        /// The encoder's numbers.
        public var architecture: EncoderArchitecture
        /// The file's name in a weights folder; nil for generated weights.
        public var file: String?
        /// The file's size; nil where its bytes are not known.
        public var bytes: Int?
        /// SHA-256 of the file, or of the generated values (``WaveEncoder/EncoderWeights/checksum``); nil where the file's bytes
        /// are not known, since each user makes it of ``checkpoint``.
        public var sha256: String?
        /// The number of tensors.
        public var tensors: Int
        /// How the weights are made, when they are not in a file.
        public var generator: Generator?
        /// The checkpoint that the file is imported from.
        public var checkpoint: Source?

        /// Creates an entry for a file.
        public init(
            name: String, title: String, origin: String?, licence: String, architecture: EncoderArchitecture,
            file: String, bytes: Int, sha256: String
        ) {
            (self.name, self.title, self.origin, self.licence) = (name, title, origin, licence)
            (self.architecture, self.tensors) = (architecture, EncoderTensor.all(of: architecture).count)
            (self.file, self.bytes, self.sha256) = (file, bytes, sha256)
        }

        /// Whether the weights' bytes are known.
        var isVouchedFor: Bool { sha256 != nil }
    }

    /// A published checkpoint.
    public struct Source: Codable, Equatable, Sendable {
        /// The download's file name.
        public var archive: String
        /// What it holds.
        public var files: [SourceFile]
        /// Variables in it, optimiser and averages included.
        public var variables: Int
    }

    /// A file of a published checkpoint.
    public struct SourceFile: Codable, Equatable, Sendable {
        public var name: String
        public var bytes: Int
        /// nil where it is not known.
        public var sha256: String?
    }

    /// A recipe for weights.
    public struct Generator: Codable, Equatable, Sendable {
        /// `random` is the only kind.
        public var kind: String
        /// The seed of `EncoderWeights.random`.
        public var seed: UInt64
    }

    /// The entry of this name.
    public subscript(name: String) -> Entry? {
        weights.first { $0.name == name }
    }

    /// The manifest in a folder, or nil where there is none.
    ///
    /// - Throws: ``Files/Failure`` of kind `noInput` when it can't be read, `badData` when it is unusable.
    static func inFolder(_ folder: String) throws(Failure) -> WeightManifest? {
        let path = "\(folder)/\(fileName)"
        var status = stat()
        guard stat(path.cPath, &status) == 0 || ![ENOENT, ENOTDIR].contains(errno) else { return nil }
        let file = try FileSection(ofFile: path)
        guard file.count <= maximumBytes else {
            throw Failure(
                .badData, "cannot use the manifest", at: path, why: "it is too large: \(file.count) bytes")
        }
        return try WeightManifest(json: file.bytes(0..<file.count), path: path)
    }

    /// Appends another manifest's entries whose names are new, and replaces entries that have no checksum.
    /// Its default, if it has one, becomes the default.
    mutating func add(_ other: WeightManifest) {
        for entry in other.weights {
            guard let index = weights.firstIndex(where: { $0.name == entry.name }) else {
                weights.append(entry)
                continue
            }
            guard !weights[index].isVouchedFor else { continue }
            let published = weights[index]
            weights[index] = entry
            // Weights of the same origin can be made from it again.
            if entry.origin == published.origin { weights[index].checkpoint = entry.checkpoint ?? published.checkpoint }
        }
        `default` = other.default ?? `default`
    }

    /// Appends an entry, or replaces the entry of its name.
    mutating func record(_ entry: Entry) {
        guard let index = weights.firstIndex(where: { $0.name == entry.name }) else { return weights.append(entry) }
        weights[index] = entry
    }

    /// A user's own manifest, without entries.
    init() {
        (schema, weights) = (Self.supportedSchema, [])
    }

    /// Decodes and validates a manifest.
    ///
    /// - Parameter path: what a failure calls the file.
    /// - Throws: ``Files/Failure`` of kind `badData`.
    public init(json: some Sequence<UInt8>, path: String = WeightManifest.fileName) throws(Failure) {
        func cannot(_ why: String, _ remedy: String? = nil) -> Failure {
            Failure(.badData, "cannot use the manifest", at: path, why: why, remedy: remedy)
        }
        let data = Data(json)
        let decoder = JSONDecoder()
        guard let header = try? decoder.decode(Header.self, from: data) else {
            throw cannot("it is not a JSON object with a schema number")
        }
        guard header.schema == Self.supportedSchema else {
            throw cannot(
                "its schema is \(header.schema), and this program reads \(Self.supportedSchema)", "update wavestyle")
        }
        do {
            self = try decoder.decode(Self.self, from: data)
        } catch {
            throw cannot(jsonProblem(error))
        }
        if let problem { throw cannot(problem) }
    }

    /// The manifest that is compiled in.
    ///
    /// - Throws: ``Files/Failure`` of kind `badData`, when the program was built with an unusable one.
    public static func builtIn() throws(Failure) -> WeightManifest {
        try WeightManifest(json: PackageResources.weights_manifest_json)
    }

    /// Why the manifest can't be used, or nil.
    private var problem: String? {
        if Set(weights.map(\.name)).count != weights.count { return "two entries have the same name" }
        if let name = `default`, self[name] == nil { return "its default '\(name)' is not among its entries" }
        return weights.lazy.compactMap { entry in entry.problem.map { "in '\(entry.name)', \($0)" } }.first
    }

    /// What every schema has.
    private struct Header: Decodable {
        var schema: Int
    }
}

extension WeightManifest.Entry {
    /// How an imported checkpoint differs from the one that this entry describes, in words; nil if it is the same as far as
    /// is known.
    public func difference(from source: Checkpoint, _ imported: CheckpointImport) -> String? {
        if let difference = checkpoint?.difference(from: source, imported) { return difference }
        let (mine, other) = (architecture, imported.weights.architecture)
        for (name, wanted, found) in [
            ("width", mine.width, other.width), ("layers", mine.layers, other.layers),
            ("stages", mine.stages, other.stages), ("bottleneck", mine.bottleneck, other.bottleneck),
            ("hop", mine.hop, other.hop),
        ] where wanted != found {
            return "\(name) is \(found), not \(wanted)"
        }
        return nil
    }
}

extension WeightManifest.Source {
    /// How a checkpoint differs from this one, in words; nil if its sizes are the same, and its checksums as far as both are
    /// known.
    fileprivate func difference(from checkpoint: Checkpoint, _ imported: CheckpointImport) -> String? {
        for file in files {
            guard let size = checkpoint.bytes(ofFile: file.name) else { return "it has no file '\(file.name)'" }
            if size != file.bytes { return "'\(file.name)' has \(size) bytes, not \(file.bytes)" }
            guard let found = imported.checksums.first(where: { $0.file == file.name }), let sha256 = file.sha256,
                found.sha256 != sha256
            else { continue }
            return "the SHA-256 of '\(file.name)' is \(found.sha256), not \(sha256)"
        }
        let count = checkpoint.variables.count
        return count == variables ? nil : "it has \(count) variables, not \(variables)"
    }
}

extension WeightManifest.Entry {
    /// Why the entry can't be used, or nil.
    fileprivate var problem: String? {
        if name.isEmpty || name.contains("/") { return "the name is empty or has a slash" }
        if let problem = architecture.problem { return problem }
        if tensors != EncoderTensor.all(of: architecture).count { return "the count of tensors is wrong" }
        for digest in [sha256] + (checkpoint?.files.map(\.sha256) ?? []) {
            guard let digest else { continue }
            if digest.count != 64 || !digest.allSatisfy("0123456789abcdef".contains) {
                return "sha256 is not 64 lower-case hexadecimal digits"
            }
        }
        switch (generator, file, bytes, sha256) {
        case (let generator?, nil, nil, .some):
            return generator.kind == "random" ? nil : "the generator '\(generator.kind)' is unknown"
        case (nil, let file?, .some, .some), (nil, let file?, nil, nil):
            return file.isEmpty || file.contains("/") ? "the file's name is empty or has a slash" : nil
        default:
            return "there must be either a generator and its sha256, or a file with both bytes and sha256 or neither"
        }
    }
}
