// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// The Nth call that changes files fails, is torn, or is where SIGKILL ends the process. Every final name has the old file or the new
/// one then, whole; a failure ends with 73 or 74 and says what it could not write; and the same command, run again, does its work.
/// `make test-faults` takes every call, each with every fault.
@Suite(.serialized) struct FileFaultTests {
    /// Whether all are tried, not some of each command.
    private static let takesAll = ProcessInfo.processInfo.environment["WAVESTYLE_ALL_FAULTS"] != nil
    private static let failing = ["ENOSPC", "EIO", "tear"]
    private static let killing = ["kill", "kill-torn", "kill-after"]
    private static let tiny = Fixtures.path("nsynth-tiny/weights.h5")

    /// A command, and what it makes.
    struct Command: CustomTestStringConvertible, Sendable {
        var name: String
        var arguments: [String]
        /// Final names, without those that are made whatever the command is.
        var outputs: [String]

        var testDescription: String { name }
    }

    static let small = ["--weights", tiny, "--iterations", "2", "--threads", "1"]

    static let commands = [
        Command(
            name: "transfer",
            arguments: [
                "--content", "content.wav", "--style", "style.wav", "--preset", "clean", "--output", "out.wav",
                "--trace",
                "out.jsonl", "--snapshots", "1", "--report", "out.html", "--checkpoint-every", "0",
            ] + small,
            outputs: ["out.wav", "out.wav.json", "out.jsonl", "out.iteration1.wav", "out.html"]),
        Command(
            name: "batch",
            arguments: [
                "batch", "--contents", "contents", "--styles", "styles", "--output", "out", "--preset", "clean",
                "--traces", "--in-process",
            ] + small,
            outputs: ["a", "b"].flatMap { ["out/\($0)--x.wav", "out/\($0)--x.wav.json", "out/\($0)--x.jsonl"] }),
        Command(
            name: "compare",
            arguments: [
                "compare", "--content", "content.wav", "--style", "style.wav", "--output", "out", "--systems",
                "tiny.json", "--iterations", "2", "--threads", "1",
            ],
            outputs: [
                "out/tiny.wav", "out/content.wav", "out/style.wav", "out/table.txt", "out/compare.json",
                "out/index.html",
            ]),
        Command(
            name: "encode",
            arguments: ["encode", "content.wav", "--output", "out.h5", "--weights", tiny, "--threads", "1"],
            outputs: ["out.h5", "out.h5.json"]),
        Command(
            name: "weights create",
            arguments: ["weights", "create", "--output", "out.h5", "--seed", "7", "--width", "8"], outputs: ["out.h5"]),
    ]

    /// A folder with the inputs, and with old files where the outputs go.
    private func prepared(_ command: Command, in given: TemporaryFolder? = nil) throws -> TemporaryFolder {
        let folder = try given ?? TemporaryFolder()
        for (name, hertz, seconds) in [("content", 220.0, 0.2), ("style", 660, 0.5)] {
            try TestSounds.write(TestSounds.tone(hertz, seconds: seconds), in: folder, "\(name).wav")
        }
        for name in ["contents", "styles", "out"] {
            try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: false)
        }
        for (name, hertz) in [("contents/a", 220.0), ("contents/b", 330), ("styles/x", 440)] {
            try TestSounds.write(TestSounds.tone(hertz, seconds: 0.1), in: folder, "\(name).wav")
        }
        try "{\"settings\": {\"weights\": \"\(Self.tiny)\"}}".write(
            toFile: folder.file("tiny.json"), atomically: true, encoding: .utf8)
        for output in command.outputs { try Self.old.write(to: URL(fileURLWithPath: folder.file(output))) }
        return folder
    }

    private static let old = Data("an old file\n".utf8)

    private func run(_ command: Command, in folder: TemporaryFolder, fault: String? = nil) throws
        -> ProgramUnderTest.Ended
    {
        try ProgramUnderTest.run(
            command.arguments, in: folder, environment: fault.map { ["WAVESTYLE_FAULT": $0] } ?? [:])
    }

    private func contents(of folder: TemporaryFolder, _ name: String) -> Data? {
        FileManager.default.contents(atPath: folder.file(name))
    }

    /// A small file system in memory, which only root can mount.
    private static let canMount = { () -> Bool in
        guard geteuid() == 0, let folder = try? TemporaryFolder() else { return false }
        defer { mount(["umount", folder.path]) }
        return mount(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder.path])
    }()

    @discardableResult private static func mount(_ words: [String]) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    /// A disk that is full from the start, or fills at the sound, the trace, the page: with room for so many pages of 4 KiB beside the
    /// inputs and the old files.
    @Test(.enabled(if: canMount), arguments: [commands[0], commands[1], commands[3], commands[4]])
    func aFullDisk(_ command: Command) throws {
        let free = try prepared(command)
        try #require(try run(command, in: free).status == 0)
        let expected = try Dictionary(
            uniqueKeysWithValues: command.outputs.map { ($0, try #require(contents(of: free, $0), "\($0)")) })

        var refusals = 0
        for pages in [0, 1, 2, 3, 4, 6, 8, 12, 16, 24] {
            let disk = try TemporaryFolder()
            try #require(Self.mount(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk.path]))
            defer { Self.mount(["umount", disk.path]) }
            let folder = try prepared(command, in: disk)
            var space = statvfs()
            try #require(statvfs(disk.path, &space) == 0)
            let used = Int(space.f_blocks - space.f_bfree) * Int(space.f_frsize)
            // A size of 0 would be no limit.
            try #require(
                Self.mount(["mount", "-o", "remount,size=\(used + 4_096 * pages)", "tmpfs", disk.path]))
            let ended = try run(command, in: folder)
            let comment: Comment = "\(command.name), \(pages) pages: \(ended.status), \(ended.errors)"
            #expect([0, 73, 74].contains(ended.status), comment)
            if ended.status != 0 {
                refusals += 1
                #expect(ended.errors.contains("No space left on device") || ended.errors.contains("disk"), comment)
            }
            #expect(!folder.contents.contains { $0.hasPrefix(".wavestyle") }, comment)
            for (name, whole) in expected {
                let bytes = contents(of: folder, name) ?? Data()
                #expect(bytes == Self.old || isWhole(bytes, name, as: whole), "\(name): \(comment)")
            }
            try #require(Self.mount(["mount", "-o", "remount,size=64m", "tmpfs", disk.path]))
            let again = try run(command, in: folder)
            #expect(again.status == 0, "\(pages), again: \(again.status), \(again.errors)")
            for (name, whole) in expected {
                #expect(isWhole(contents(of: folder, name) ?? Data(), name, as: whole), "\(name), again: \(comment)")
            }
        }
        #expect(refusals >= 1)
        print("\(command.name): \(refusals) full disks")
    }

    /// Whether a file is whole: the same bytes as without a fault; where these tell times, a whole text of its kind.
    private func isWhole(_ bytes: Data, _ name: String, as expected: Data) -> Bool {
        if bytes == expected { return true }
        switch (name as NSString).pathExtension {
        case "json":
            func keys(_ bytes: Data) -> Set<String>? {
                ((try? JSONSerialization.jsonObject(with: bytes)) as? [String: Any]).map { Set($0.keys) }
            }
            return keys(bytes) != nil && keys(bytes) == keys(expected)
        case "jsonl":
            // It grows with the run: every line that has an end is whole.
            let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
            return lines.allSatisfy { (try? JSONSerialization.jsonObject(with: $0)) != nil }
        case "html": return bytes.suffix(8) == Data("</html>\n".utf8) || bytes.suffix(7) == Data("</html>".utf8)
        case "txt": return bytes.count == expected.count
        default: return false
        }
    }

    @Test(arguments: commands) func everyCallMayFail(_ command: Command) throws {
        let folder = try prepared(command)
        let whole = try run(command, in: folder, fault: "list")
        try #require(whole.status == 0, "\(whole.errors)")
        let numbers = whole.errors.matches(of: /file call ([0-9]+):/).compactMap { Int($0.1) }
        let count = try #require(numbers.max())
        let expected = try Dictionary(
            uniqueKeysWithValues: command.outputs.map { ($0, try #require(contents(of: folder, $0), "\($0)")) })
        let names = folder.contents

        let faults = Self.failing + Self.killing
        let calls = Self.takesAll ? Array(1...count) : Array(stride(from: 1, through: count, by: max(count / 5, 1)))
        var tried = 0
        for (index, call) in calls.enumerated() {
            for fault in Self.takesAll ? faults : [faults[index % faults.count]] {
                tried += 1
                try check(command, "\(call):\(fault)", isKill: Self.killing.contains(fault), expected, names)
            }
        }
        print("\(command.name): \(tried) faults in \(count) calls")
    }

    private func check(
        _ command: Command, _ fault: String, isKill: Bool, _ expected: [String: Data], _ names: [String]
    ) throws {
        let folder = try prepared(command)
        let ended = try run(command, in: folder, fault: fault)
        let comment: Comment = "\(command.name), \(fault): \(ended.status), \(ended.errors)"
        if isKill {
            // A job's own process may be the one that is killed.
            #expect(ended.status == SIGKILL || ended.status == 70 && ended.errors.contains("signal 9"), comment)
        } else {
            #expect([73, 74].contains(ended.status), comment)
            let errors = ended.errorLines.filter { $0.hasPrefix("wavestyle: error: ") }
            #expect(errors.count == 1 && errors[0].contains("'"), comment)
            #expect(
                !ended.errors.contains("partial") && !folder.contents.contains { $0.hasPrefix(".wavestyle") }, comment)
        }
        for (name, whole) in expected {
            let bytes = contents(of: folder, name) ?? Data()
            #expect(bytes == Self.old || isWhole(bytes, name, as: whole), "\(name): \(comment)")
        }
        let again = try run(command, in: folder)
        #expect(again.status == 0, "\(fault), again: \(again.status), \(again.errors)")
        for (name, whole) in expected {
            let bytes = contents(of: folder, name) ?? Data()
            #expect(isWhole(bytes, name, as: whole), "\(name), again: \(comment)")
        }
        #expect(folder.contents.filter { !$0.hasPrefix(".wavestyle") } == names, "\(fault), again")
    }
}
