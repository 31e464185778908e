// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import Files

/// Becomes somebody whom permission bits bind, where the tests run as root.
private func giveUpRoot() {
    guard geteuid() == 0 else { return }
    setgroups(0, nil)
    setgid(65_534)
    setuid(65_534)
}

/// Links, modes, folders that are not writable, long names, and what is not a file: as `cp` writes them.
@Suite struct OutputPlaceTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func status(_ name: String) throws -> stat {
        var status = stat()
        try #require(lstat(folder.file(name).cPath, &status) == 0)
        return status
    }

    /// By whatever name; and no longer than it is held.
    @Test func anOutputIsWrittenByOneAtATime() throws {
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("link"), withDestinationPath: folder.file("out"))
        let (file, link) = try (OutputFile(path: folder.file("out")), OutputFile(path: folder.file("link")))
        var lock: OutputLock? = try OutputLock(of: file)
        let other = try OutputLock(of: OutputFile(path: folder.file("other")))
        do throws(Failure) {
            _ = try OutputLock(of: link)
            Issue.record("two have it")
        } catch {
            #expect(error.kind == .cannotCreate && error.why == "another run is writing it")
        }
        withExtendedLifetime((lock, other)) {}
        lock = nil
        _ = try OutputLock(of: link)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["link"])
    }

    private func text(_ name: String) -> String? {
        contents(ofFile: folder.file(name)).map { String(decoding: $0, as: UTF8.self) }
    }

    // MARK: Names

    @Test(arguments: [
        String(repeating: "a", count: 244), String(repeating: "a", count: 255),
        String(repeating: "ü", count: 127) + "a",
    ])
    func aLongNameIsWritten(_ name: String) throws {
        try OutputFile(path: folder.file(name)).write(text: "long")
        #expect(text(name) == "long" && folder.contents == [name])
    }

    @Test func aNameThatIsTooLongIsRefusedInBytes() {
        let name = String(repeating: "ü", count: 128)
        let failure = #expect(throws: Failure.self) { try OutputFile(path: folder.file(name)) }
        #expect(failure?.kind == .cannotCreate && failure?.why == "its name has 256 bytes, and its folder allows 255")
    }

    /// `é` as one character, and as a letter with an accent: Swift calls the names equal.
    @Test func namesThatLookTheSameAreTwoFiles() throws {
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        #expect(composed == decomposed)
        try OutputFile(path: folder.file(composed)).write(text: "one")
        try OutputFile(path: folder.file(decomposed), besides: [folder.file(composed)]).write(text: "two")
        #expect(text(composed) == "one" && text(decomposed) == "two")
        // A slash is one, whatever follows it.
        try Folder.make(folder.file("f"))
        try OutputFile(path: folder.file("f/\u{301}x")).write(text: "accent")
        #expect(Folder.names(in: folder.file("f")) == ["\u{301}x"])
    }

    // MARK: Modes

    @Test(arguments: [0o600, 0o640, 0o664] as [mode_t]) func aModeIsKept(_ mode: mode_t) throws {
        try OutputFile(path: folder.file("a")).write(text: "old")
        chmod(folder.file("a"), mode)
        // Root may give it to somebody; others can't, and keep it.
        chown(folder.file("a"), 12_345, 23_456)
        let before = try status("a")
        try OutputFile(path: folder.file("a")).write { partial in
            try Data("new".utf8).write(to: URL(fileURLWithPath: partial))
            var half = stat()
            #expect(stat(partial, &half) == 0 && half.st_mode & 0o077 == 0, "nobody else reads it meanwhile")
        }
        let after = try status("a")
        #expect(after.st_mode & 0o7777 == mode && text("a") == "new")
        #expect(after.st_uid == before.st_uid && after.st_gid == before.st_gid)
    }

    @Test(arguments: [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)] as [(mode_t, mode_t)])
    func aNewFileObeysTheMask(_ mask: mode_t, _ mode: mode_t) async throws {
        await #expect(processExitsWith: .success) { [path = folder.path as String, mask = mask as mode_t] in
            umask(mask)
            try OutputFile(path: "\(path)/new").write(text: "new")
        }
        #expect(try status("new").st_mode & 0o7777 == mode)
    }

    // MARK: Links

    @Test(arguments: ["target", "sub/target", "ABSOLUTE/target", "second"]) func aLinksTargetIsMade(_ to: String) throws
    {
        try Folder.make(folder.file("sub"))
        let to = to.replacingOccurrences(of: "ABSOLUTE", with: folder.path)
        #expect(symlink(to, folder.file("link")) == 0 && symlink("third", folder.file("second")) == 0)
        for written in ["made", "replaced"] {
            let file = try OutputFile(path: folder.file("link"))
            try file.write(text: written)
            #expect(try status("link").st_mode & S_IFMT == S_IFLNK && text("link") == written)
            #expect(file.identity == OutputFile.identity(of: folder.file("link")))
        }
        #expect(text("sub/target") ?? text("target") ?? text("third") == "replaced")
        #expect(try status("second").st_mode & S_IFMT == S_IFLNK)
    }

    @Test func aLinkThatLeadsNowhereIsRefused() throws {
        #expect(symlink("none/target", folder.file("link")) == 0 && symlink("circle", folder.file("circle")) == 0)
        let nowhere = #expect(throws: Failure.self) { try OutputFile(path: folder.file("link")) }
        #expect(nowhere?.why == "the folder '\(folder.path)/none' does not exist")
        let circle = #expect(throws: Failure.self) { try OutputFile(path: folder.file("circle")) }
        #expect(circle?.kind == .cannotCreate && circle?.why.contains("symbolic links") == true)
    }

    // MARK: Permissions

    @Test func aFileInAFolderThatIsNotWritableIsOverwritten() async throws {
        try OutputFile(path: folder.file("a")).write(text: "an old text")
        chmod(folder.file("a"), 0o666)
        chmod(folder.path, 0o555)
        let before = try status("a").st_ino
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            giveUpRoot()
            try OutputFile(path: "\(path)/a").write(text: "new")
        }
        chmod(folder.path, 0o755)
        #expect(text("a") == "new" && folder.contents == ["a"])
        #expect(try status("a").st_ino == before)
    }

    @Test func whatCannotBeWrittenIsSaidWithItsFolder() async throws {
        try OutputFile(path: folder.file("protected")).write(text: "old")
        chmod(folder.file("protected"), 0o444)
        chmod(folder.path, 0o555)
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            giveUpRoot()
            for (name, why) in [
                ("new", "the folder '\(path)' cannot be written to: Permission denied"),
                ("protected", "the file is write-protected: Permission denied"),
            ] {
                do throws(Failure) {
                    _ = try OutputFile(path: "\(path)/\(name)")
                    exit(1)
                } catch {
                    if error.kind != .cannotCreate || error.why != why { exit(2) }
                }
            }
        }
        chmod(folder.path, 0o755)
        #expect(text("protected") == "old" && folder.contents == ["protected"])
    }

    /// As in `/tmp`, where nobody may replace another's file, but write to it.
    @Test(.enabled(if: geteuid() == 0, "only root can make a file of another user's"))
    func anotherUsersFileInAStickyFolderIsOverwritten() async throws {
        try OutputFile(path: folder.file("a")).write(text: "an old text")
        chmod(folder.file("a"), 0o666)
        chmod(folder.path, 0o1777)
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            giveUpRoot()
            try OutputFile(path: "\(path)/a").write(text: "new")
        }
        #expect(text("a") == "new" && folder.contents == ["a"])
    }

    // MARK: Files that exist

    @Test func whatExistsIsKeptWhereItMustNotBeReplaced() throws {
        let (path, late) = (folder.file("a"), folder.file("late"))
        try OutputFile(path: path, replaces: false).write(text: "first")
        let refused = #expect(throws: Failure.self) { try OutputFile(path: path, replaces: false) }
        #expect(refused?.kind == .cannotCreate && refused?.why.contains("it exists") == true)
        // Another process was faster.
        let file = try OutputFile(path: late, replaces: false)
        let slow = #expect(throws: Failure.self) {
            try file.write { partial in
                try Data("mine".utf8).write(to: URL(fileURLWithPath: partial))
                try Data("theirs".utf8).write(to: URL(fileURLWithPath: late))
            }
        }
        #expect(slow?.kind == .cannotCreate && text("late") == "theirs" && text("a") == "first")
        #expect(folder.contents == ["a", "late"])
        #expect(try OutputFile(path: "/dev/null", replaces: false).isStream)
    }

    // MARK: Streams

    @Test func aNamedPipeIsWrittenInto() throws {
        try #require(mkfifo(folder.file("pipe"), 0o600) == 0)
        let reader = Process()
        reader.executableURL = URL(fileURLWithPath: "/bin/sh")
        reader.arguments = ["-c", #"cat "$0/pipe" > "$0/read""#, folder.path]
        try reader.run()
        let text = String(repeating: "a line\n", count: 100_000)
        let file = try OutputFile(path: folder.file("pipe"))
        try file.write(text: text)
        reader.waitUntilExit()
        #expect(file.isStream && self.text("read") == text)
        #expect(try status("pipe").st_mode & S_IFMT == S_IFIFO)
        #expect(folder.contents == ["pipe", "read"])
    }

    @Test func devicesStayDevices() throws {
        try OutputFile(path: "/dev/null").write(text: "gone")
        var status = stat()
        #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
        let full = try OutputFile(path: "/dev/full")
        let failure = #expect(throws: Failure.self) { try full.write(text: "x") }
        #expect(failure?.kind == .inputOutput && failure?.location == "/dev/full")
    }

    @Test func anOpenFileIsWrittenWhereItStands() throws {
        let number = open(folder.file("log"), O_CREAT | O_WRONLY | O_APPEND, 0o600)
        defer { close(number) }
        #expect(write(number, "before ", 7) == 7)
        for word in ["one ", "two "] { try OutputFile(path: "/dev/fd/\(number)").write(text: word) }
        #expect(text("log") == "before one two ")
        let reading = open(folder.file("log"), O_RDONLY)
        defer { close(reading) }
        let failure = #expect(throws: Failure.self) { try OutputFile(path: "/dev/fd/\(reading)") }
        #expect(failure?.kind == .cannotCreate)
    }
}
