// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import Files

/// Every call that changes files fails once: what is there is the old file or the new one, whole.
@Suite struct FileCallsTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func text(_ name: String) -> String? {
        contents(ofFile: folder.file(name)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The calls that replace a file, in their order, with the exit code where one fails, and whether the new file is there then.
    static let replacing: [(call: String, code: Int32, isNew: Bool)] = [
        ("open, to see whether it can be written", 73, false), ("open, for its owner only", 73, false),
        ("open", 73, false), ("write", 74, false), ("fsync", 74, false), ("rename", 74, false),
        ("fsync of the folder", 74, true), ("none", 0, true),
    ]

    private static func replace(_ path: String, fault: String) {
        do {
            try FileCalls.armFault(fault)
            try OutputFile(path: path).write(text: "new text")
            exit(0)
        } catch {
            exit((error as? Failure)?.location == path ? (error as? Failure)?.kind.exitCode ?? 1 : 2)
        }
    }

    @Test(arguments: ["ENOSPC", "EIO", "EDQUOT", "tear"]) func aFileIsTheOldOrTheNewOne(_ fault: String) async throws {
        let path = folder.file("a")
        for (index, expected) in Self.replacing.enumerated() {
            try OutputFile(path: path).write(text: "old")
            await #expect(processExitsWith: .exitCode(expected.code), "\(expected.call)") {
                [path = path as String, fault = "\(index + 1):\(fault)" as String] in Self.replace(path, fault: fault)
            }
            #expect(text("a") == (expected.isNew ? "new text" : "old"), "\(expected.call)")
            #expect(folder.contents == ["a"], "\(expected.call)")
        }
    }

    /// SIGKILL before the call, in its middle, and after it. It leaves partial files; the next run does not mind.
    @Test(arguments: ["kill", "kill-torn", "kill-after"]) func aKillLeavesTheOldOrTheNewOne(_ fault: String)
        async throws
    {
        let path = folder.file("a")
        for (index, expected) in Self.replacing.dropLast().enumerated() {
            try OutputFile(path: path).write(text: "old")
            await #expect(processExitsWith: .signal(SIGKILL), "\(expected.call)") {
                [path = path as String, fault = "\(index + 1):\(fault)" as String] in Self.replace(path, fault: fault)
            }
            let isRenamed = expected.isNew || expected.call == "rename" && fault == "kill-after"
            #expect(text("a") == (isRenamed ? "new text" : "old"), "\(expected.call)")
        }
    }

    /// Syncs of both, a link that keeps what the first replaces, two renames, and a sync of the folder.
    @Test(arguments: [
        (1, 74, false), (2, 74, false), (3, 74, false), (4, 74, false), (5, 74, false), (6, 74, true), (7, 0, true),
    ])
    func twoFilesAreBothOldOrBothNew(_ call: Int, _ code: Int32, _ areNew: Bool) async throws {
        for name in ["one", "other"] { try OutputFile(path: folder.file(name)).write(text: "old") }
        await #expect(processExitsWith: .exitCode(code)) { [path = folder.path as String, call = call as Int] in
            let files = try ["one", "other"].map { try OutputFile(path: "\(path)/\($0)") }
            for file in files { try file.prepare { try Data("new".utf8).write(to: URL(fileURLWithPath: $0)) } }
            defer { files.forEach { $0.discard() } }
            do {
                try FileCalls.armFault("\(call):EIO")
                try OutputFile.commit(files[0], files[1])
            } catch {
                files.forEach { $0.discard() }
                exit((error as? Failure)?.kind.exitCode ?? 1)
            }
            exit(0)
        }
        for name in ["one", "other"] { #expect(text(name) == (areNew ? "new" : "old"), "\(name)") }
        #expect(folder.contents == ["one", "other"])
    }

    /// Where a file may not be replaced, it is linked; where there are no links, it is renamed.
    @Test(arguments: [
        ("3:EIO", 0, true), ("4:EIO", 74, false), ("4:ENOSPC", 74, false), ("4:EACCES", 0, true), ("5:EIO", 74, true),
    ])
    func aFileThatIsNotReplaced(_ fault: String, _ code: Int32, _ isThere: Bool) async throws {
        await #expect(processExitsWith: .exitCode(fault.hasPrefix("3") ? 74 : code)) {
            [path = folder.file("a") as String, fault = fault as String] in
            let file = try OutputFile(path: path, replaces: false)
            do {
                try FileCalls.armFault(fault)
                try file.write(text: "new")
            } catch {
                exit((error as? Failure)?.kind.exitCode ?? 1)
            }
            exit(0)
        }
        #expect(folder.contents == (isThere && !fault.hasPrefix("3") ? ["a"] : []))
    }

    /// A folder above, and one in it; each is synced in its own.
    @Test(arguments: [
        (1, 73, [] as [String]), (2, 74, ["a"]), (3, 73, ["a"]), (4, 74, ["a", "a/b"]), (5, 0, ["a", "a/b"]),
    ])
    func foldersAreMade(_ call: Int, _ code: Int32, _ there: [String]) async throws {
        await #expect(processExitsWith: .exitCode(code)) { [path = folder.path as String, call = call as Int] in
            do {
                try FileCalls.armFault("\(call):ENOSPC")
                try Folder.make("\(path)/a/b")
            } catch {
                exit((error as? Failure)?.kind.exitCode ?? 1)
            }
            exit(0)
        }
        #expect(["a", "a/b"].filter { Folder.exists(folder.file($0)) } == there)
        try Folder.make(folder.file("a/b"))
        #expect(Folder.exists(folder.file("a/b")))
    }

    /// A file that is open goes on growing under its final name.
    @Test func whatIsCommittedStaysOpen() throws {
        let output = try OutputFile(path: folder.file("trace"))
        let lines = try output.prepare { try LineWriter(path: $0, as: output.path) }
        try lines.write("first\n")
        try output.commit()
        #expect(text("trace") == "first\n")
        try lines.write("second\n")
        try lines.sync()
        #expect(text("trace") == "first\nsecond\n" && folder.contents == ["trace"])
    }

    @Test(arguments: ["", "17", "0:EIO", "x:EIO", "17:", "17:nonsense", ":tear"]) func nonsenseIsRefused(_ text: String)
    {
        let failure = #expect(throws: Failure.self) { try FileCalls.armFault(text) }
        #expect(failure?.kind == .usage)
    }
}
