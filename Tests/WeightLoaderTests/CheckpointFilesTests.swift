// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport
import Testing

@testable import WeightLoader

/// The forms in which users name a checkpoint.
@Suite struct CheckpointFilesTests {
    private let folder: TemporaryFolder
    private static let endings = ["index", "data-00000-of-00001"]

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Copies the fixture's checkpoint under other names into a folder within the test's.
    private func copy(_ names: String..., to place: String = "here", state: String? = nil) throws {
        try FileManager.default.createDirectory(atPath: folder.file(place), withIntermediateDirectories: true)
        for name in names {
            for ending in Self.endings {
                try FileManager.default.copyItem(
                    atPath: Fixtures.path("nsynth-tiny/model.ckpt-200000.\(ending)"),
                    toPath: folder.file("\(place)/\(name).\(ending)"))
            }
        }
        if let state { try write(state, "\(place)/checkpoint") }
    }

    private func write(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file(name)))
    }

    private func name(_ path: String, choice: String? = nil, isArchive: Bool = false) throws -> String {
        let files = try CheckpointFiles(at: folder.file(path), choice: choice, isArchive: isArchive)
        // Both files are there, whole.
        #expect(
            try Checksum(of: files.index()) == Checksum(ofFile: Fixtures.path("nsynth-tiny/model.ckpt-200000.index")))
        #expect(try files.shard(0, of: 1).count == 133_388)
        return files.name.replacingOccurrences(of: folder.path + "/", with: "")
    }

    private func failure(_ path: String, choice: String? = nil, isArchive: Bool = false) -> Failure? {
        #expect(throws: Failure.self) {
            try CheckpointFiles(at: folder.file(path), choice: choice, isArchive: isArchive)
        }
    }

    @Test func everyFileLeadsToItsCheckpoint() throws {
        try copy("model.ckpt-7")
        for ending in ["", ".index", ".data-00000-of-00001", ".meta"] {
            #expect(try name("here/model.ckpt-7\(ending)") == "here/model.ckpt-7")
        }
        #expect(try name("here") == "here/model.ckpt-7")
        #expect(failure("here/model.ckpt-8")?.kind == .noInput)
        #expect(failure("here/model.ckpt")?.why.contains("model.ckpt.index") == true)
        #expect(failure("nowhere")?.kind == .noInput)
        #expect(failure("here/model.ckpt-7", choice: "model.ckpt-7")?.kind == .usage)
    }

    /// The file `checkpoint` may have the path of another machine in it: only the name counts.
    @Test(arguments: [
        "model_checkpoint_path: \"b\"\nall_model_checkpoint_paths: \"a\"\nall_model_checkpoint_paths: \"b\"\n",
        "model_checkpoint_path: \"/gone/with/b\"\n",
        "model_checkpoint_path: \"../../etc/b\"\nlast_preserved_timestamp: 1.5\n",
    ])
    func theLatestOfSeveral(_ state: String) throws {
        try copy("a", "b", "c", state: state)
        #expect(try name("here") == "here/b")
        #expect(try name("here/checkpoint") == "here/b")
        #expect(try name("here", choice: "c") == "here/c")
        #expect(try name("here", choice: "a.index") == "here/a")
        #expect(failure("here", choice: "d")?.why.contains("a, b, c") == true)
    }

    @Test(arguments: [nil, "nonsense", "model_checkpoint_path: \"z\""]) func severalWithoutALatest(_ state: String?)
        throws
    {
        try copy("a", "b", state: state)
        let failure = failure("here")
        #expect(failure?.kind == .usage && failure?.remedy?.contains("--prefix") == true)
    }

    @Test func savedModels() throws {
        try copy("variables", to: "saved/variables")
        #expect(try name("saved") == "saved/variables/variables")
    }

    @Test func otherKindsOfFilesAreNamed() throws {
        try FileManager.default.copyItem(
            atPath: Fixtures.path("nsynth-tiny/weights.h5"), toPath: folder.file("weights.h5"))
        #expect(failure("weights.h5")?.why.contains("HDF5") == true)
        try Data([0x1F, 0x8B, 8, 0]).write(to: URL(fileURLWithPath: folder.file("a.tar.gz")))
        #expect(failure("a.tar.gz")?.remedy?.contains("gunzip") == true)
        try Data(TableWriter().table([])).write(to: URL(fileURLWithPath: folder.file("old.ckpt")))
        #expect(failure("old.ckpt")?.why.contains("first format") == true)
        try write("hello", "text")
        #expect(failure("text")?.why.contains("not a checkpoint") == true)
        try write("hello", "broken.tar")
        #expect(failure("broken.tar")?.why == "it is not a tar archive")
        try write("", "empty.tar")
        #expect(failure("empty.tar")?.kind == .badData)
        #expect(failure("text", isArchive: true)?.why == "it is not a tar archive")
    }

    /// Archives of GNU's tar in all its formats; a folder's name of more than a hundred bytes takes more than a header.
    @Test(arguments: ["v7", "oldgnu", "gnu", "ustar", "pax"], ["short", "long"])
    func archives(_ format: String, _ length: String) throws {
        let place =
            length == "short"
            ? "here" : [String](repeating: String(repeating: "long", count: 15), count: 2).joined(separator: "/")
        // The oldest format has no room for it.
        if format == "v7", length == "long" { return }
        try copy("model", to: place)
        try tar(format, [place])
        // The oldest format does not show what it is, but for its name.
        #expect(try name("a.tar") == "a.tar: \(place)/model")
        try FileManager.default.moveItem(atPath: folder.file("a.tar"), toPath: folder.file("archive"))
        if format == "v7" {
            #expect(failure("archive")?.why.contains("not a checkpoint") == true)
        } else {
            #expect(try name("archive") == "archive: \(place)/model")
        }
        #expect(try name("archive", isArchive: true) == "archive: \(place)/model")
    }

    /// What lies at the top of an archive has no folder to take off its name.
    @Test func membersWithoutAFolder() throws {
        try copy("model")
        let names = ["model.index", "model.data-00000-of-00001"]
        for name in names {
            try FileManager.default.moveItem(atPath: folder.file("here/\(name)"), toPath: folder.file(name))
        }
        try tar("ustar", names)
        let files = try CheckpointFiles(at: folder.file("a.tar"))
        #expect(files.prefixName == "model")
        #expect(try files.index().fileName == "model.index")
    }

    /// They are there, and yet not as bytes.
    @Test func linksAndHolesInAnArchive() throws {
        try copy("model")
        let values = folder.file("here/model.data-00000-of-00001")
        try FileManager.default.linkItem(atPath: values, toPath: folder.file("here/a"))
        try tar("gnu", ["here/a", "here"])
        let linked = #expect(throws: Failure.self) { try CheckpointFiles(at: folder.file("a.tar")).shard(0, of: 1) }
        #expect(linked?.kind == .badData && linked?.why.contains("link") == true)

        for format in ["oldgnu", "gnu", "pax"] {
            let sparse = try FileHandle(forWritingTo: URL(fileURLWithPath: values))
            try sparse.truncate(atOffset: 50_000_000)
            try sparse.close()
            try Archive.write("a.tar", of: ["here"], format: format, options: ["--sparse"], in: folder)
            #expect(failure("a.tar")?.why.contains("sparse") == true, "\(format)")
        }
    }

    @Test func severalInAnArchive() throws {
        try copy("a", "b", state: "model_checkpoint_path: \"a\"")
        try copy("._a", to: "here")
        try tar("ustar", ["here"])
        #expect(try name("a.tar") == "a.tar: here/a")
        #expect(try name("a.tar", choice: "b") == "a.tar: here/b")
        #expect(try name("a.tar", choice: "here/b") == "a.tar: here/b")
    }

    @Test func archivesThatAreCutShort() throws {
        try copy("model")
        try tar("gnu", ["here"])
        let whole = try Data(contentsOf: URL(fileURLWithPath: folder.file("a.tar")))
        for length in [1, 511, 600, 1_024, 2_000, 30_000, 100_000] {
            try whole.prefix(length).write(to: URL(fileURLWithPath: folder.file("a.tar")))
            #expect(failure("a.tar")?.kind == .badData, "\(length)")
        }
    }

    /// Any byte of a header: its checksum tells. None of the members' names is ever opened.
    @Test func damagedHeaders() throws {
        try copy("model")
        try tar("gnu", ["here"])
        let whole = try Data(contentsOf: URL(fileURLWithPath: folder.file("a.tar")))
        for place in [0, 124, 148, 156, 257, 345] {
            var changed = whole
            changed[place] ^= 0x41
            try changed.write(to: URL(fileURLWithPath: folder.file("a.tar")))
            #expect(failure("a.tar")?.kind == .badData, "\(place)")
        }
    }

    /// Two names that look the same, and one that is no text.
    @Test func namesInAnArchiveAreBytes() throws {
        for (name, isGood) in [("\u{e9}", true), ("e\u{301}", false)] {
            try copy("model")
            try FileManager.default.moveItem(
                atPath: folder.file("here/model.index"), toPath: folder.file("here/\(name).index"))
            try FileManager.default.moveItem(
                atPath: folder.file("here/model.data-00000-of-00001"),
                toPath: folder.file("here/\(name).data-00000-of-00001"))
            if !isGood { try write("junk", "here/\(name).index") }
        }
        try tar("gnu", ["here"])
        #expect(try name("a.tar", choice: "\u{e9}") == "a.tar: here/\u{e9}")
        #expect(try CheckpointFiles(at: folder.file("a.tar"), choice: "e\u{301}").index().count == 4)
        #expect(failure("a.tar")?.kind == .usage)

        // A byte of the first name made into what UTF-8 has not.
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.file("a.tar"))))
        for header in stride(from: 0, to: bytes.count - 511, by: 512)
        where bytes[header..<header + 7].elementsEqual("here/\u{e9}".utf8) {
            bytes[header + 6] = 0xFE
            Self.setChecksum(&bytes, ofHeaderAt: header)
        }
        try Data(bytes).write(to: URL(fileURLWithPath: folder.file("a.tar")))
        #expect(failure("a.tar")?.kind == .usage)
        #expect(failure("a.tar", choice: "\u{e9}")?.kind == .noInput)
        #expect(try CheckpointFiles(at: folder.file("a.tar"), choice: "e\u{301}").index().count == 4)
    }

    /// Of two entries of one name the later counts, a link too.
    @Test func theLaterOfTwoEntriesCounts() throws {
        try copy("model")
        let values = "here/model.data-00000-of-00001"
        try tar("gnu", ["here"])
        try FileManager.default.removeItem(atPath: folder.file(values))
        try FileManager.default.createSymbolicLink(atPath: folder.file(values), withDestinationPath: "elsewhere")
        try Archive.write("b.tar", of: [values], in: folder)
        let (first, second) = try (
            Data(contentsOf: URL(fileURLWithPath: folder.file("a.tar"))),
            Data(contentsOf: URL(fileURLWithPath: folder.file("b.tar")))
        )
        // Without the zeros at its end.
        let entries = first.prefix((first.lastIndex { $0 != 0 } ?? 0) / 512 * 512 + 512)
        try (entries + second).write(to: URL(fileURLWithPath: folder.file("a.tar")))
        let linked = #expect(throws: Failure.self) { try CheckpointFiles(at: folder.file("a.tar")).shard(0, of: 1) }
        #expect(linked?.why.contains("link") == true)
        try (second.prefix(512) + first).write(to: URL(fileURLWithPath: folder.file("a.tar")))
        #expect(try name("a.tar") == "a.tar: here/model")
    }

    /// Headers of any kind are counted: these, of 51 MB, say nothing.
    @Test func endlessHeaders() throws {
        try copy("model")
        try tar("ustar", ["here"])
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.file("a.tar"))))
        var header = Array(whole[..<512])
        header.replaceSubrange(124..<135, with: "00000000000".utf8)
        header[156] = UInt8(ascii: "g")
        Self.setChecksum(&header, ofHeaderAt: 0)
        for (count, isGood) in [(99_990, true), (100_001, false)] {
            var archive = Data(capacity: 512 * count + whole.count)
            for _ in 0..<count { archive.append(contentsOf: header) }
            try (archive + whole).write(to: URL(fileURLWithPath: folder.file("a.tar")))
            if isGood {
                #expect(try name("a.tar") == "a.tar: here/model")
            } else {
                #expect(failure("a.tar")?.why.contains("more than 100000 members") == true)
            }
        }
    }

    /// Writes the sum of a header's bytes, its own field counted as spaces.
    private static func setChecksum(_ bytes: inout [UInt8], ofHeaderAt header: Int) {
        bytes.replaceSubrange(header + 148..<header + 156, with: [UInt8](repeating: 0x20, count: 8))
        let digits = String(bytes[header..<header + 512].reduce(0) { $0 + Int($1) }, radix: 8)
        bytes.replaceSubrange(
            header + 148..<header + 155,
            with: Array("\(String(repeating: "0", count: 6 - digits.count))\(digits)\0".utf8))
    }

    private func tar(_ format: String, _ members: [String]) throws {
        try Archive.write("a.tar", of: members, format: format, in: folder)
    }
}
