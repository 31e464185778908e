// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Foundation
import TestSupport
import Testing

/// What the program says of the sounds that it is given, and where they may come from.
@Suite struct SoundInputTests {
    private let sounds: TestSounds

    init() throws { sounds = try TestSounds() }

    private func run(_ arguments: String...) throws -> ProgramUnderTest.Ended {
        try ProgramUnderTest.run(arguments, in: sounds.folder)
    }

    /// By a shell, as pipes are made.
    private func shell(_ script: String) throws -> ProgramUnderTest.Ended {
        try ProgramUnderTest.run(
            ["-c", script, "sh", ProgramUnderTest.path, sounds.content, sounds.style], in: sounds.folder,
            executable: "/bin/bash")
    }

    private func fixture(_ name: String) -> String { Fixtures.path("sounds/\(name)") }

    @Test func whatBreaksOffIsUsedWithAWarning() throws {
        let ended = try run("--content", fixture("trunc.mp3"), "--style", sounds.style, "--output", "a.wav", "--quiet")
        #expect(ended.status == 0 && ended.errors.isEmpty)
        let told = try run("--content", fixture("trunc.mp3"), "--style", sounds.style, "--output", "a.wav")
        #expect(told.status == 0)
        #expect(told.errors.contains("warning: \(fixture("trunc.mp3")): it breaks off at 0.471 s of 1.0 s"))
        #expect(try AudioFile.read(sounds.folder.file("a.wav")).frameCount == 20_783)
    }

    /// Each part but the first is of another form.
    @Test(arguments: [2, 9]) func aJoinedFileIsNotToldOfAtEveryJoint(parts: Int) throws {
        let names = ["chain.ogg"] + [String](repeating: "six.ogg", count: parts)
        let joined = sounds.folder.file("joined.ogg")
        try Data(names.flatMap { try Data(contentsOf: URL(fileURLWithPath: fixture($0))) })
            .write(to: URL(fileURLWithPath: joined))
        let told = try run("--content", sounds.content, "--style", joined, "--output", "a.wav")
        let warnings = told.errorLines.filter { $0.hasPrefix("wavestyle: warning: \(joined): ") }
        #expect(told.status == 0 && warnings.count == min(parts, 4))
        #expect(warnings.first?.contains("is of another form, channels: 6 at 48000 Hz") == true)
        #expect(warnings.contains { $0.hasSuffix("there is more like this") } == (parts > 4))
        #expect(warnings.last?.contains("what follows at") == true)
    }

    @Test(arguments: ["--content", "--style"]) func strictRefusesIt(role: String) throws {
        let other = role == "--content" ? ["--style", sounds.style] : ["--content", sounds.content]
        let ended = try ProgramUnderTest.run(
            [role, fixture("cut.ogg"), "--output", "a.wav", "--strict"] + other, in: sounds.folder)
        #expect(ended.status == 65 && ended.errorLines.count == 1)
        #expect(ended.errors.contains("it breaks off at 1.992 s; leave out --strict"))
        #expect(!fileExists(sounds.folder.file("a.wav")))
        // Where others are named too, and a whole file passes.
        #expect(
            try run("evaluate", "--content", sounds.content, "--style", sounds.style, fixture("cut.ogg"), "--strict")
                .status == 65)
        #expect(try run("encode", fixture("cut.ogg"), "--output", "a.h5", "--strict").status == 65)
        #expect(
            try run("--content", sounds.content, "--style", sounds.style, "--output", "b.wav", "--strict").status == 0)
    }

    /// libmpg123 has notes on many a file: none of them is shown.
    @Test(arguments: ["vbr_noxing.mp3", "cat.mp3", "trunc.mp3"]) func librariesAreSilent(name: String) throws {
        let ended = try run("--content", sounds.content, "--style", fixture(name), "--output", "a.wav")
        #expect(ended.status == 0)
        #expect(
            ended.errorLines.allSatisfy { !$0.contains("mpg123") && !$0.contains("Xing") && !$0.contains("libmpg") })
        #expect(ended.errors.contains("[") == false)
    }

    @Test func withoutFFmpegThePackageIsNamed() throws {
        let ended = try ProgramUnderTest.run(
            ["--content", fixture("x.m4a"), "--style", sounds.style, "--output", "a.wav"], in: sounds.folder,
            environment: ["PATH": sounds.folder.path])
        #expect(ended.status == 65 && ended.errorLines.count == 1)
        #expect(
            ended.errors.contains(
                "it is an MPEG-4 file (m4a, mp4), which needs ffmpeg; install it (apt install ffmpeg)"))
    }

    /// Standard input, a named pipe and another process's output give what the file gives.
    @Test func pipes() throws {
        #expect(
            try run("--content", sounds.content, "--style", sounds.style, "--output", "file.wav", "--quiet").status == 0
        )
        let file = try Checksum(ofFile: sounds.folder.file("file.wav"))
        for script in [
            #"cat "$2" | "$1" --content - --style "$3" --output a.wav --quiet"#,
            #""$1" --content /dev/stdin --style "$3" --output a.wav --quiet < "$2""#,
            #"cat "$3" | "$1" --content "$2" --style /dev/stdin --output a.wav --quiet"#,
            #"mkfifo pipe; cat "$2" > pipe & "$1" --content pipe --style "$3" --output a.wav --quiet; rm pipe"#,
            #""$1" --content <(cat "$2") --style <(cat "$3") --output a.wav --quiet"#,
        ] {
            let ended = try shell(script)
            #expect(ended.status == 0 && ended.errors.isEmpty, "\(script): \(ended)")
            #expect(try Checksum(ofFile: sounds.folder.file("a.wav")) == file, "\(script)")
            unlink(sounds.folder.file("a.wav"))
        }
        let coded = try shell(
            #"cat "\#(fixture("x.m4a"))" | "$1" --content - --style "$3" --output a.wav"#)
        #expect(coded.status == 0 && coded.errors.contains("1.02 s of content"), "\(coded)")
    }

    @Test func whatCanBeReadOnlyOnceIsNotReadTwice() throws {
        for script in [
            #"cat "$2" | "$1" --content - --style - --output a.wav"#,
            #"cat "$2" | "$1" --content - --style "$3" --mode all --output a.wav"#,
            #"cat "$2" | "$1" --content - --style "$3" --output a.wav --report a.html"#,
            #"cat "$2" | "$1" compare --content - --style "$3" --output a"#,
        ] {
            let ended = try shell(script)
            #expect(
                ended.status == 64 && ended.errorLines.count == 1 && ended.errors.contains("give a file"), "\(ended)")
        }
        let endless = try run("--content", "/dev/zero", "--style", sounds.style, "--output", "a.wav")
        #expect(endless.status == 65 && endless.errors.contains("it does not end within 1048576 bytes"), "\(endless)")
        let empty = try shell(#""$1" --content - --style "$3" --output a.wav < /dev/null"#)
        #expect(empty.status == 65 && empty.errors.contains("'standard input': it is an empty file"), "\(empty)")
    }

    @Test func weightsThatAreACheckpoint() throws {
        let tiny = Fixtures.path("nsynth-tiny/model.ckpt-200000")
        for path in [tiny, "\(tiny).index", "\(tiny).data-00000-of-00001"] {
            let ended = try run("encode", sounds.content, "--output", "a.h5", "--weights", path)
            #expect(ended.status == 65 && ended.errorLines.count == 1)
            #expect(
                ended.errors.contains("it is a TensorFlow checkpoint; import it first: wavestyle weights import"),
                "\(ended)")
        }
    }
}
