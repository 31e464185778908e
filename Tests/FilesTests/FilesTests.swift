// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import Files

@Suite struct FailureTests {
    @Test func aFailureIsOneLine() {
        let failure = Failure(.badData, "cannot read", at: "a\nb\u{1B}[2J", why: "it is empty", remedy: "record again")
        #expect(failure.description == "cannot read 'a\\u{a}b\\u{1b}[2J': it is empty; record again")
        #expect(failure.kind.exitCode == 65)
        for other: Unicode.Scalar in ["\u{2028}", "\u{2029}", "\u{85}", "\u{202E}", "\u{61C}"] {
            #expect("a\(other)b".escapingControlCharacters == "a\\u{\(String(other.value, radix: 16))}b")
        }
    }

    @Test func exitCodesAreThoseOfSysexits() {
        let kinds: [(Failure.Kind, Int32)] = [
            (.usage, 64), (.badData, 65), (.noInput, 66), (.software, 70), (.cannotCreate, 73), (.inputOutput, 74),
            (.interrupted, 130),
        ]
        for (kind, code) in kinds { #expect(kind.exitCode == code) }
    }
}

@Suite struct OutputFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func aWholeFileReplacesTheOldOne() throws {
        let path = folder.file("a.txt")
        try OutputFile(path: path).write(text: "old")
        try OutputFile(path: path).write(text: "new\n")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "new\n")
        #expect(folder.contents == ["a.txt"])
    }

    @Test func aFailureLeavesTheOldFileAndNothingElse() throws {
        struct Broken: Error {}
        let path = folder.file("a.txt")
        try OutputFile(path: path).write(text: "old")
        #expect(throws: Broken.self) {
            try OutputFile(path: path).write { partial in
                try Data("half".utf8).write(to: URL(fileURLWithPath: partial))
                throw Broken()
            }
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
        #expect(folder.contents == ["a.txt"])
    }

    @Test func checkingAPlaceLeavesNothing() throws {
        _ = try OutputFile(path: folder.file("a.txt"))
        #expect(folder.contents.isEmpty)
    }

    @Test func placesThatCannotBeWrittenAreRefused() throws {
        try OutputFile(path: folder.file("file")).write(text: "")
        for path in [folder.file("nowhere/a"), folder.file("file/a"), folder.path, folder.path + "/", "/proc/a", ""] {
            let error = #expect(throws: Failure.self) { try OutputFile(path: path) }
            #expect(error?.kind == .cannotCreate, "\(path)")
        }
    }

    @Test func anInputIsNoOutput() throws {
        try OutputFile(path: folder.file("a")).write(text: "input")
        try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: "a")
        for input in ["a", "link", "./a"] {
            let error = #expect(throws: Failure.self) {
                try OutputFile(path: folder.file("a"), besides: [folder.file("none"), folder.file(input)])
            }
            #expect(error?.kind == .usage, "\(input)")
        }
        _ = try OutputFile(path: folder.file("b"), besides: [folder.file("a"), folder.file("b")])
        #expect(folder.contents == ["a", "link"])
    }

    @Test func aFullDiskIsReported() throws {
        let error = #expect(throws: Failure.self) {
            let writer = try LineWriter(path: "/dev/full")
            try writer.write("x")
        }
        #expect(error?.kind == .inputOutput)
    }
}

@Suite struct PartialFilesTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func aSignalThatEndsTheProcessLeavesNoPartialFile() async throws {
        await #expect(processExitsWith: .signal(SIGTERM)) { [path = folder.path as String] in
            PartialFiles.removeOnSignals([SIGTERM])
            try OutputFile(path: "\(path)/whole").write(text: "whole")
            let (one, other) = (try OutputFile(path: "\(path)/one"), try OutputFile(path: "\(path)/other"))
            for file in [one, other] {
                try file.prepare { partial in try Data("half".utf8).write(to: URL(fileURLWithPath: partial)) }
            }
            try one.commit()
            raise(SIGTERM)
        }
        #expect(folder.contents == ["one", "whole"])
    }

    @Test func anIgnoredSignalStaysIgnored() async throws {
        await #expect(processExitsWith: .exitCode(7)) { [path = folder.path as String] in
            signal(SIGHUP, SIG_IGN)
            PartialFiles.removeOnSignals([SIGHUP])
            try OutputFile(path: "\(path)/whole").write { partial in
                try Data("whole".utf8).write(to: URL(fileURLWithPath: partial))
                raise(SIGHUP)
            }
            exit(7)
        }
        #expect(folder.contents == ["whole"])
    }

    /// After more files than there are places, these serve again.
    @Test func placesServeAgain() async throws {
        await #expect(processExitsWith: .signal(SIGTERM)) { [path = folder.path as String] in
            PartialFiles.removeOnSignals([SIGTERM])
            let files = try (0..<300).map { try OutputFile(path: "\(path)/\($0)") }
            for file in files { try file.prepare { try Data().write(to: URL(fileURLWithPath: $0)) } }
            for file in files { try file.commit() }
            for number in 0..<200 {
                try OutputFile(path: "\(path)/late\(number)").prepare { try Data().write(to: URL(fileURLWithPath: $0)) }
            }
            raise(SIGTERM)
        }
        #expect(folder.contents == (0..<300).map(String.init).sorted())
    }

    @Test func aSignalWaits() async throws {
        await #expect(processExitsWith: .signal(SIGTERM)) { [path = folder.path as String] in
            PartialFiles.removeOnSignals([SIGTERM])
            let files = try ["one", "other", "third"].map { try OutputFile(path: "\(path)/\($0)") }
            for file in files { try file.prepare { try Data().write(to: URL(fileURLWithPath: $0)) } }
            PartialFiles.holdSignals()
            raise(SIGTERM)
            try OutputFile.commit(files[0], files[1])
            PartialFiles.releaseSignals()
            exit(0)
        }
        #expect(folder.contents == ["one", "other"])
    }

    /// A folder that comes to lie in the second one's place lets its renaming fail.
    @Test(arguments: [true, false]) func bothOrNone(_ wasThere: Bool) throws {
        if wasThere { try OutputFile(path: folder.file("one")).write(text: "old") }
        let files = try ["one", "other"].map { try OutputFile(path: folder.file($0)) }
        for file in files { try file.prepare { try Data("new".utf8).write(to: URL(fileURLWithPath: $0)) } }
        try FileManager.default.createDirectory(atPath: folder.file("other"), withIntermediateDirectories: false)
        let failure = #expect(throws: Failure.self) { try OutputFile.commit(files[0], files[1]) }
        #expect(failure?.kind == .inputOutput && failure?.location == folder.file("other"))
        for file in files { file.discard() }
        #expect(folder.contents == (wasThere ? ["one", "other"] : ["other"]))
        if wasThere { #expect(try String(contentsOfFile: folder.file("one"), encoding: .utf8) == "old") }

        try FileManager.default.removeItem(atPath: folder.file("other"))
        for file in files { try file.prepare { try Data("new".utf8).write(to: URL(fileURLWithPath: $0)) } }
        try OutputFile.commit(files[0], files[1])
        #expect(folder.contents == ["one", "other"])
        #expect(try String(contentsOfFile: folder.file("one"), encoding: .utf8) == "new")
    }
}

@Suite struct ChecksumTests {
    /// The two examples of FIPS 180-2, and the digest of nothing.
    @Test(arguments: [
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ])
    func digestsAreTheStandards(_ text: String, _ digest: String) throws {
        let folder = try TemporaryFolder()
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file("x")))
        #expect(try Checksum(ofFile: folder.file("x")).description == digest)
        #expect(Array(text.utf8).withUnsafeBytes { Checksum(of: $0).description } == digest)
    }

    @Test func whatIsNoFileIsRefused() throws {
        let folder = try TemporaryFolder()
        for path in [folder.file("missing"), folder.path, "/dev/zero"] {
            let error = #expect(throws: Failure.self) { try Checksum(ofFile: path) }
            #expect(error?.kind == .noInput)
        }
    }
}
