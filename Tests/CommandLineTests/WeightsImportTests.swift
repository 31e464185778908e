// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport
import Testing

/// `weights import` and `weights list-tensors`, on the checkpoint that TensorFlow wrote.
@Suite struct WeightsImportTests {
    private let folder: TemporaryFolder
    private static let tiny = Fixtures.path("nsynth-tiny/model.ckpt-200000")

    init() throws {
        folder = try TemporaryFolder()
    }

    private func run(_ arguments: String...) throws -> ProgramUnderTest.Ended {
        try ProgramUnderTest.run(["weights"] + arguments, in: folder)
    }

    private func expect(_ status: Int32, _ mentions: String..., of ended: ProgramUnderTest.Ended) {
        #expect(ended.status == status && ended.output.isEmpty && ended.errorLines.count == 1, "\(ended)")
        for mention in mentions { #expect(ended.errors.contains(mention), "\(ended.errors)") }
    }

    @Test func aFileIsWrittenAndInspected() throws {
        let ended = try run("import", Self.tiny, "--output", "a.h5")
        #expect(ended.status == 0 && ended.output == "a.h5\n" && ended.errors.isEmpty)
        #expect(folder.contents == ["a.h5"])
        let inspected = try run("inspect", "a.h5")
        let digest = try Checksum(ofFile: "\(Self.tiny).index").description
        for part in ["model.ckpt-200000", "raw", digest, "8336 in 124 tensors", "ae_res_30/biases"] {
            #expect(inspected.output.contains(part), "\(inspected)")
        }
        #expect(try run("import", Self.tiny, "--output", "b.h5", "--variables", "ema").status == 0)
        #expect(try run("inspect", "b.h5", "--json").output.contains(#""variables" : "ema""#))
        #expect(try Checksum(ofFile: folder.file("a.h5")) != Checksum(ofFile: folder.file("b.h5")))
        #expect(try run("verify", "a.h5").output.contains("not in the manifest"))
    }

    @Test func aNameIsInstalledAndFound() throws {
        let ended = try run("import", Self.tiny, "--name", "tiny")
        #expect(ended.status == 0 && ended.output == folder.file("tiny.h5") + "\n" && ended.errors.isEmpty)
        #expect(try run("list").output.contains("tiny"))
        #expect(try run("verify", "tiny").output.hasSuffix("tiny: ok\n"))
        let inspected = try run("inspect", "tiny")
        #expect(inspected.output.contains("Imported from model.ckpt-200000") && inspected.output.contains("8336"))
    }

    /// The name of the public checkpoint may be taken, but not in silence.
    @Test func anotherCheckpointUnderThePublicName() throws {
        for _ in 0..<2 {
            let ended = try run("import", Self.tiny, "--name", "nsynth-wavenet")
            #expect(ended.status == 0 && ended.errorLines.count == 1)
            #expect(ended.errors.contains("warning") && ended.errors.contains("19476 bytes, not 63671"))
        }
        #expect(try run("list").output.contains("not stated by its publisher") == false)
    }

    @Test func whatVerifyCanSay() throws {
        let absent = try run("verify", "nsynth-wavenet")
        expect(66, "weights import wavenet-ckpt.tar --name nsynth-wavenet", of: absent)
        #expect(try run("create", "--output", "nsynth-wavenet.h5", "--seed", "1").status == 0)
        let present = try run("verify", "nsynth-wavenet")
        #expect(present.status == 0 && present.output.contains("no SHA-256 to compare"))
    }

    @Test func everyVariableIsListed() throws {
        let table = try run("list-tensors", Self.tiny)
        let lines = table.output.split(separator: "\n")
        #expect(table.status == 0 && lines.count == 500)
        #expect(lines.contains { $0.hasPrefix("global_step ") && $0.contains("int32") && $0.contains("scalar") })
        let json = try run("list-tensors", Self.tiny, "--json")
        let rows = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
        #expect(rows.count == 499 && rows.first?["name"] as? String == "ae_bottleneck/W")
        #expect(rows.first?["shape"] as? [Int] == [1, 1, 8, 16] && rows.first?["bytes"] as? Int == 512)
    }

    @Test func badCalls() throws {
        expect(64, "either --output FILE.h5 or --name NAME", of: try run("import", Self.tiny))
        expect(64, "either --output", of: try run("import", Self.tiny, "--output", "a.h5", "--name", "a"))
        expect(64, "--variables", of: try run("import", Self.tiny, "--output", "a.h5", "--variables", "both"))
        expect(64, "built-in", of: try run("import", Self.tiny, "--name", "random-128"))
        expect(64, "--prefix", of: try run("import", Self.tiny, "--prefix", "x", "--output", "a.h5"))
        expect(66, "nothing.index", of: try run("import", "nothing", "--output", "a.h5"))
        expect(66, "nothing.index", of: try run("list-tensors", "nothing"))
        expect(73, "does not exist", of: try run("import", Self.tiny, "--output", "no/a.h5"))
        expect(65, "not a tar archive", of: try run("import", "\(Self.tiny).index", "--tar", "--output", "a.h5"))
        expect(64, "--stages is 0", of: try run("import", Self.tiny, "--output", "a.h5", "--stages", "0"))
        expect(64, "--hop is -5", of: try run("import", Self.tiny, "--output", "a.h5", "--hop", "-5"))
        expect(64, "is a folder", of: try run("import", Fixtures.path("nsynth-tiny"), "--tar", "--output", "a.h5"))
        #expect(folder.contents.isEmpty)
    }

    /// A limit on file sizes does what a full disk does. libhdf5 itself crashes at the end of a process that could not write.
    @Test(
        .disabled(if: Sanitizer.writesFiles, "the limit is theirs too"),
        arguments: [["--output", "a.h5"], ["--name", "a"]])
    func aFullDisk(_ output: [String]) throws {
        let command = ["-c", "ulimit -f 8; exec \"$0\" \"$@\"", ProgramUnderTest.path, "weights", "import", Self.tiny]
        let ended = try ProgramUnderTest.run(command + output, in: folder, executable: "/bin/sh")
        expect(74, "cannot write", "a.h5", of: ended)
        #expect(folder.contents.isEmpty)
    }

    /// Where the manifest finds no room, weights that were there under the name stay, and are still known.
    @Test(.disabled(if: Sanitizer.writesFiles, "the limit is theirs too")) func noRoomForTheManifest() throws {
        #expect(try run("import", Self.tiny, "--name", "a").status == 0)
        #expect(try run("import", Self.tiny, "--name", "b").status == 0)
        let path = folder.file("weights-manifest.json")
        let manifest = try String(contentsOfFile: path, encoding: .utf8)
        let long = String(repeating: "x", count: 400_000)
        let longer = manifest.replacing(#""name" : "b","#, with: #""name" : "b", "origin" : "\#(long)","#)
        try longer.write(toFile: path, atomically: true, encoding: .utf8)
        let before = try Checksum(ofFile: folder.file("a.h5"))
        let command = ["-c", "ulimit -f 600; exec \"$0\" \"$@\"", ProgramUnderTest.path]
        let ended = try ProgramUnderTest.run(
            command + ["weights", "import", Self.tiny, "--name", "a", "--variables", "ema"], in: folder,
            executable: "/bin/sh")
        expect(74, "cannot write", of: ended)
        #expect(!ended.errors.contains("partial"), "\(ended.errors)")
        #expect(try Checksum(ofFile: folder.file("a.h5")) == before)
        #expect(try run("verify", "a").output.hasSuffix("a: ok\n"))
        #expect(folder.contents == ["a.h5", "b.h5", "weights-manifest.json"])
    }

    /// What can't be read is not taken for an empty one.
    @Test func aManifestThatIsNone() throws {
        try FileManager.default.createDirectory(
            atPath: folder.file("weights-manifest.json"), withIntermediateDirectories: false)
        let path = folder.file("weights-manifest.json")
        expect(66, "weights-manifest.json", "folder", of: try run("import", Self.tiny, "--name", "a"))
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "weights-manifest.json")
        expect(66, "weights-manifest.json", "links", of: try run("import", Self.tiny, "--name", "a"))
        try FileManager.default.removeItem(atPath: path)
        try Data().write(to: URL(fileURLWithPath: path))
        #expect(truncate(path, 100 << 30) == 0)
        expect(65, "weights-manifest.json", "too large", of: try run("import", Self.tiny, "--name", "a"))
        #expect(folder.contents == ["weights-manifest.json"])
    }

    /// One waits for another, so that no record is lost.
    @Test func severalAtOnce() throws {
        let names = (1...6).map { "n\($0)" }
        let list = "printf '%s\\n' \(names.joined(separator: " "))"
        let script = #"\#(list) | xargs -P 6 -I{} "$0" weights import "$1" --name {}"#
        let ended = try ProgramUnderTest.run(
            ["-c", script, ProgramUnderTest.path, Self.tiny], in: folder, executable: "/bin/sh")
        #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended)")
        for name in names { #expect(try run("verify", name).output.hasSuffix("\(name): ok\n")) }
    }

    /// What cannot be imported makes no folder.
    @Test func nothingIsMadeForWhatIsBad() throws {
        let home = folder.file("home")
        let ended = try ProgramUnderTest.run(
            ["weights", "import", "nothing", "--name", "a"], in: folder, environment: ["WAVESTYLE_HOME": home])
        expect(66, "nothing.index", of: ended)
        #expect(folder.contents.isEmpty)
    }

    @Test func theCheckpointIsNoOutput() throws {
        for ending in ["index", "data-00000-of-00001"] {
            try FileManager.default.copyItem(atPath: "\(Self.tiny).\(ending)", toPath: folder.file("m.\(ending)"))
        }
        for ending in ["index", "data-00000-of-00001"] {
            expect(64, "it is an input", of: try run("import", "m", "--output", "m.\(ending)"))
        }
        #expect(folder.contents.count == 2)

        let state = Data("model_checkpoint_path: \"m\"\n".utf8)
        try state.write(to: URL(fileURLWithPath: folder.file("checkpoint")))
        expect(64, "it is an input", of: try run("import", ".", "--output", "checkpoint"))
        #expect(FileManager.default.contents(atPath: folder.file("checkpoint")) == state)
        // Where an installed file would go.
        try Archive.write("x.h5", of: ["m.index", "m.data-00000-of-00001"], in: folder)
        let archive = try Checksum(ofFile: folder.file("x.h5"))
        expect(64, "it is an input", "x.h5", of: try run("import", "x.h5", "--tar", "--name", "x"))
        #expect(try Checksum(ofFile: folder.file("x.h5")) == archive)
        #expect(try run("import", "x.h5", "--tar", "--name", "y").status == 0)
    }
}
