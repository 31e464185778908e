// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport
import Testing
import WaveEncoder

@testable import WeightLoader

/// Finding weights by name and path.
@Suite struct LibraryTests {
    private let home: TemporaryFolder
    private let data: TemporaryFolder
    private let small = EncoderArchitecture(width: 4, layers: 2, stages: 2, bottleneck: 3, hop: 8)

    init() throws {
        home = try TemporaryFolder()
        data = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: data.file("wavestyle"), withIntermediateDirectories: false)
    }

    private func library(_ manifest: WeightManifest? = nil) throws -> WeightLibrary {
        try WeightLibrary(
            manifest: manifest, environment: ["WAVESTYLE_HOME": home.path, "XDG_DATA_HOME": data.path],
            parser: .built)
    }

    private func write(seed: UInt64, to path: String) throws -> EncoderWeights {
        let weights = EncoderWeights.random(architecture: small, seed: seed)
        try weights.write(to: OutputFile(path: path), attributes: ["source": "test"])
        return weights
    }

    /// The manifest with one more entry, for a file.
    private func manifest(file: String, at path: String) throws -> WeightManifest {
        var manifest = try WeightManifest.builtIn()
        var entry = try #require(manifest.weights.first)
        entry.name = "extra"
        entry.origin = "https://example.org/extra.h5"
        entry.architecture = small
        entry.tensors = EncoderTensor.all(of: small).count
        entry.generator = nil
        entry.file = file
        entry.bytes = try Data(contentsOf: URL(fileURLWithPath: path)).count
        entry.sha256 = try Checksum(ofFile: path).description
        manifest.weights.append(entry)
        return manifest
    }

    @Test func generatedWeightsHaveTheManifestsChecksums() throws {
        let library = try library()
        let byDefault = try library.load()
        #expect(byDefault.name == library.manifest.default)
        #expect(byDefault.weights.architecture == .nsynth)
        #expect(byDefault.weights.checksum.description == byDefault.entry?.sha256)
        for entry in library.manifest.weights where entry.generator != nil {
            let loaded = try library.load(entry.name)
            #expect(loaded.sha256 == entry.sha256 && loaded.path == nil)
        }
    }

    @Test func generatedWeightsOfAnotherChecksumAreRefused() throws {
        var manifest = try WeightManifest.builtIn()
        manifest.weights[1].generator?.seed += 1
        let library = try library(manifest)
        let failure = #expect(throws: Failure.self) { try library.load(manifest.weights[1].name) }
        #expect(failure?.kind == .badData)
        #expect(failure?.why.contains("SHA-256") == true)
    }

    @Test func manifestThenHomeThenDataFolder() throws {
        let inData = try write(seed: 1, to: data.file("wavestyle/mine.h5"))
        #expect(try library().load("mine").weights == inData)
        let inHome = try write(seed: 2, to: home.file("mine.h5"))
        let loaded = try library().load("mine")
        #expect(loaded.weights == inHome)
        #expect(loaded.path == home.file("mine.h5") && loaded.entry == nil)
        #expect(try loaded.sha256 == Checksum(ofFile: home.file("mine.h5")).description)

        // A file cannot take the name of a manifest's entry, but its path still works.
        let shadow = try write(seed: 3, to: home.file("random-32.h5"))
        #expect(try library().load("random-32").weights.architecture.width == 32)
        #expect(try library().load(home.file("random-32.h5")).weights == shadow)
        #expect(
            try library().files() == [
                home.file("mine.h5"), home.file("random-32.h5"), data.file("wavestyle/mine.h5"),
            ])
    }

    @Test func dataFolderBelowHome() throws {
        let library = try WeightLibrary(environment: ["HOME": "/home/u", "XDG_DATA_HOME": ""])
        #expect(library.folders == ["/home/u/.local/share/wavestyle"])
    }

    @Test func unknownNames() throws {
        let failure = #expect(throws: Failure.self) { try library().load("nothing") }
        #expect(failure?.kind == .noInput)
        for part in ["random-128", "random-32", home.path, data.file("wavestyle")] {
            #expect(failure?.why.contains(part) == true)
        }
        #expect(#expect(throws: Failure.self) { try library().load("./nothing") }?.kind == .noInput)
        #expect(#expect(throws: Failure.self) { try library().load("nothing.h5") }?.kind == .noInput)
    }

    /// The public checkpoint's entry has no checksum: whoever imports it makes the file.
    @Test func anEntryWithoutAChecksum() throws {
        let published = try #require(try WeightManifest.builtIn()["nsynth-wavenet"])
        #expect(published.sha256 == nil && published.bytes == nil && published.checkpoint?.variables == 1_495)
        let absent = #expect(throws: Failure.self) { try library().load("nsynth-wavenet") }
        #expect(absent?.kind == .noInput && absent?.remedy?.contains("weights import wavenet-ckpt.tar") == true)

        // A file of its name counts, if it has its shapes; it is read in a child.
        _ = try write(seed: 1, to: home.file("nsynth-wavenet.h5"))
        let small = #expect(throws: Failure.self) { try library().load("nsynth-wavenet") }
        #expect(small?.kind == .badData && small?.why.contains("architecture") == true)
        let weights = EncoderWeights.random(architecture: .nsynth, seed: 1)
        try weights.write(to: OutputFile(path: home.file("nsynth-wavenet.h5")))
        let loaded = try library().load("nsynth-wavenet")
        #expect(loaded.weights == weights && loaded.entry == published)
    }

    @Test func installedWeightsAreFoundAndKnown() throws {
        func install(_ name: String, seed: UInt64) throws -> EncoderWeights {
            let weights = EncoderWeights.random(architecture: self.small, seed: seed)
            let place = try WeightInstallation(name, in: library())
            try place.write(
                weights, attributes: ["source": "test"], title: "T", origin: "https://example.org", licence: "CC0-1.0")
            return weights
        }
        let first = try install("mine", seed: 1)
        let other = try install("nsynth-wavenet", seed: 2)
        #expect(home.contents == ["mine.h5", "nsynth-wavenet.h5", "weights-manifest.json"])
        #expect(data.contents == ["wavestyle"])
        for (name, weights) in [("mine", first), ("nsynth-wavenet", other)] {
            let loaded = try library().load(name)
            #expect(loaded.weights == weights && loaded.attributes == ["source": "test"])
            #expect(loaded.entry?.sha256 == loaded.sha256 && loaded.entry?.title == "T")
        }
        // Again: the new one takes its place, and the checksum is the new one's.
        let second = try install("mine", seed: 3)
        #expect(try library().load("mine").weights == second)
        #expect(try library().manifest.weights.filter { $0.name == "mine" }.count == 1)

        for name in ["random-128", "a/b", "", ".hidden", "a b", "../x", String(repeating: "a", count: 101)] {
            #expect(#expect(throws: Failure.self) { try WeightInstallation(name, in: library()) }?.kind == .usage)
        }
        let nowhere = try WeightLibrary(environment: [:])
        #expect(#expect(throws: Failure.self) { try WeightInstallation("a", in: nowhere) }?.kind == .cannotCreate)
    }

    /// An import of the public checkpoint can be had again from where it came from.
    @Test func aRecordOfAPublishedCheckpointKeepsItsSource() throws {
        var manifest = try WeightManifest.builtIn()
        let published = try #require(manifest["nsynth-wavenet"])
        for (origin, isKept) in [(published.origin, true), (nil, false)] {
            var own = WeightManifest()
            own.record(
                .init(
                    name: published.name, title: "T", origin: origin, licence: "", architecture: .nsynth, file: "a.h5",
                    bytes: 1, sha256: String(repeating: "0", count: 64)))
            manifest = try WeightManifest.builtIn()
            manifest.add(own)
            #expect(manifest[published.name]?.title == "T")
            #expect((manifest[published.name]?.checkpoint == published.checkpoint) == isKept)
        }
    }

    @Test func entriesWithFiles() throws {
        let path = home.file("extra-1.h5")
        let weights = try write(seed: 5, to: path)
        let manifest = try manifest(file: "extra-1.h5", at: path)
        let loaded = try library(manifest).load("extra")
        #expect(loaded.weights == weights && loaded.path == path && loaded.entry?.name == "extra")
        // By its path, the file is known by its checksum.
        #expect(try library(manifest).load(path).entry?.name == "extra")

        // One bit: refused for its checksum. Cut: for its size. Gone: with the place to get it.
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count - 1] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))
        let changed = #expect(throws: Failure.self) { try library(manifest).load("extra") }
        #expect(changed?.kind == .badData && changed?.why.contains("SHA-256") == true)
        try bytes.dropLast().write(to: URL(fileURLWithPath: path))
        let cut = #expect(throws: Failure.self) { try library(manifest).load("extra") }
        #expect(cut?.kind == .badData && cut?.why.contains("bytes") == true)
        try FileManager.default.removeItem(atPath: path)
        let gone = #expect(throws: Failure.self) { try library(manifest).load("extra") }
        #expect(gone?.kind == .noInput && gone?.remedy?.contains("https://example.org/extra.h5") == true)
    }
}

/// What a manifest may not say.
@Suite struct ManifestTests {
    private static let good = """
        {"schema": 1, "default": "a", "weights": [{"name": "a", "title": "t", "licence": "CC0-1.0", "tensors": 8,
        "architecture": {"width": 2, "layers": 1, "stages": 1, "bottleneck": 1, "hop": 1}, "sha256": "\(digest)",
        "generator": {"kind": "random", "seed": 1}}]}
        """
    private static let digest = String(repeating: "0", count: 64)

    @Test func aGoodOne() throws {
        #expect(try WeightManifest(json: Self.good.utf8)["a"]?.generator?.seed == 1)
    }

    @Test(arguments: [
        (#""schema": 1"#, #""schema": 2"#, "schema is 2"), (#""schema": 1"#, #""schema": "x""#, "schema number"),
        (#""default": "a""#, #""default": "b""#, "default 'b'"), (#""a""#, #""../a""#, "slash"),
        (#""tensors": 8"#, #""tensors": 9"#, "count of tensors"), (#""width": 2"#, #""width": 0"#, "width is 0"),
        (#""kind": "random""#, #""kind": "magic""#, "magic"), (#""title": "t","#, "", "title"),
        (digest, "00", "64"), (#""seed": 1"#, #""seed": -1"#, "cannot be used"),
        (#","generator": {"kind": "random", "seed": 1}"#, "", ""), (#""sha256": "\#(digest)","#, "", "sha256"),
        (#""generator": {"kind": "random", "seed": 1}"#, #""file": "a.h5""#, "both bytes and sha256"),
    ])
    func refused(_ part: String, _ replacement: String, _ reason: String) throws {
        let text = Self.good.replacingOccurrences(of: "\n", with: "").replacingOccurrences(of: part, with: replacement)
        let failure = #expect(throws: Failure.self) { try WeightManifest(json: text.utf8) }
        #expect(failure?.kind == .badData)
        #expect(reason.isEmpty || failure?.why.contains(reason) == true, "\(failure?.why ?? "")")
    }
}
