// SPDX-License-Identifier: Apache-2.0
import Files
import FoundationEssentials
import WaveEncoder

/// A list of known weights: the `weights-manifest.json` that is compiled into the program, or one of the user's own.
public struct WeightManifest: Codable, Equatable, Sendable {
    /// The schema that this program reads.
    public static let supportedSchema = 1

    /// The version of the file's layout.
    public var schema: Int
    /// The name of the weights that are used when none are asked for; a manifest of the user's own need not have one.
    public var `default`: String?
    /// All known weights.
    public var weights: [Entry]

    /// One set of weights.
    public struct Entry: Codable, Equatable, Sendable {
        /// What `--weights` calls it.
        public var name: String
        /// One line for people.
        public var title: String
        /// Where it comes from; nil for weights made by this program.
        public var origin: String?
        /// An SPDX expression.
        public var licence: String
        /// The encoder's numbers.
        public var architecture: EncoderArchitecture
        /// The file's name in a weights folder; nil for generated weights.
        public var file: String?
        /// The file's size.
        public var bytes: Int?
        /// SHA-256 of the file, or of the generated values (``WaveEncoder/EncoderWeights/checksum``).
        public var sha256: String
        /// The number of tensors.
        public var tensors: Int
        /// How the weights are made, when they are not in a file.
        public var generator: Generator?
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

    /// Appends another manifest's entries whose names are new. Its default, if it has one, becomes the default.
    mutating func add(_ other: WeightManifest) {
        weights += other.weights.filter { self[$0.name] == nil }
        `default` = other.default ?? `default`
    }

    /// Decodes a manifest and checks that it makes sense.
    ///
    /// - Parameter path: what a failure calls the file.
    /// - Throws: ``Files/Failure`` of kind `badData`.
    public init(json: some Sequence<UInt8>, path: String = "weights-manifest.json") throws(Failure) {
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
    /// Why the entry can't be used, or nil.
    fileprivate var problem: String? {
        if name.isEmpty || name.contains("/") { return "the name is empty or has a slash" }
        if let problem = architecture.problem { return problem }
        if tensors != EncoderTensor.all(of: architecture).count { return "the count of tensors is wrong" }
        if sha256.count != 64 || !sha256.allSatisfy("0123456789abcdef".contains) {
            return "sha256 is not 64 lower-case hexadecimal digits"
        }
        switch (generator, file, bytes) {
        case (let generator?, nil, nil):
            return generator.kind == "random" ? nil : "the generator '\(generator.kind)' is unknown"
        case (nil, let file?, .some):
            return file.isEmpty || file.contains("/") ? "the file's name is empty or has a slash" : nil
        default: return "there must be either a generator, or a file and its bytes"
        }
    }
}
