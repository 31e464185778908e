// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@Suite struct PlotTests {
    /// Width and height of a PNG file.
    private func size(_ path: String) throws -> [Int] {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]))
        return [16, 20].map { offset in bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
    }

    private let trace = """
        {"iteration":0,"loss":4,"style":3,"content":1,"seconds":0.1}
        {"iteration":1,"loss":2,"style":1,"content":1,"seconds":0.2}
        """

    @Test(arguments: [
        [], ["--scale", "log"], ["--scale", "mel", "--dark", "--title", "Two"], ["--waveform"],
        ["style.wav", "--width", "801", "--height", "700"],
    ])
    func soundsAreDrawn(_ options: [String]) throws {
        let sounds = try TestSounds()
        let ended = try ProgramUnderTest.run(
            ["plot", "content.wav"] + options + ["--output", "picture.png"], in: sounds.folder)
        #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended.errors)")
        #expect(ended.output == "picture.png\n")
        let size = try size(sounds.folder.file("picture.png"))
        #expect(options.contains("--width") ? size == [801, 700] : size[0] == 1_600)
        #expect(sounds.folder.contents == ["content.wav", "picture.png", "style.wav"])
    }

    @Test(arguments: [["a.jsonl"], ["a.jsonl", "b.jsonl", "--values", "loss,seconds", "--linear"]])
    func tracesAreDrawn(_ arguments: [String]) throws {
        let folder = try TemporaryFolder()
        for name in ["a.jsonl", "b.jsonl"] {
            try trace.write(toFile: folder.file(name), atomically: true, encoding: .utf8)
        }
        let ended = try ProgramUnderTest.run(["plot", "--trace"] + arguments + ["--output", "c.png"], in: folder)
        #expect(ended.status == 0 && ended.output == "c.png\n", "\(ended.errors)")
        #expect(try size(folder.file("c.png")) == [1_600, 1_000])
    }

    @Test(
        arguments: [
            (["plot", "--output", "p.png"], 64), (["plot", "content.wav"], 64),
            (["plot", "missing.wav", "--output", "p.png"], 66),
            (["plot", "run.jsonl", "--output", "p.png"], 65),
            (["plot", "--trace", "content.wav", "--output", "p.png"], 65),
            (["plot", "--trace", "missing.jsonl", "--output", "p.png"], 66),
            (["plot", "content.wav", "--output", "content.wav"], 64),
            (["plot", "content.wav", "--output", "p.jpg"], 64),
            (["plot", "link.png", "--output", "link.png"], 64),
            (["plot", "content.wav", "--output", "none/p.png"], 73),
            (["plot", "content.wav", "--output", "p.png", "--values", "loss"], 64),
            (["plot", "content.wav", "--output", "p.png", "--linear"], 64),
            (["plot", "content.wav", "--output", "p.png", "--scale", "bark"], 64),
            (["plot", "content.wav", "--output", "p.png", "--scale", "mel", "--waveform"], 64),
            (["plot", "--trace", "run.jsonl", "--output", "p.png", "--scale", "mel"], 64),
            (["plot", "--trace", "run.jsonl", "--output", "p.png", "--values", "pitch"], 64),
            (["plot", "content.wav", "--output", "p.png", "--width", "99"], 64),
            (["plot", "content.wav", "--output", "p.png", "--height", "-5"], 64),
            (["plot", "content.wav", "--output", "p.png", "--height", "100"], 64),
        ] as [([String], Int32)])
    func mistakesAreOneLine(_ arguments: [String], code: Int32) throws {
        let sounds = try TestSounds()
        try trace.write(toFile: sounds.folder.file("run.jsonl"), atomically: true, encoding: .utf8)
        try FileManager.default.createSymbolicLink(
            atPath: sounds.folder.file("link.png"), withDestinationPath: sounds.folder.file("content.wav"))
        let before = sounds.folder.contents
        let ended = try ProgramUnderTest.run(arguments, in: sounds.folder)
        #expect(ended.status == code && ended.errorLines.count == 1 && ended.output.isEmpty, "\(ended)")
        #expect(sounds.folder.contents == before)
    }

    @Test func theBadLineOfATraceIsNamed() throws {
        let folder = try TemporaryFolder()
        try (trace + "\n{\"iteration\":").write(toFile: folder.file("run.jsonl"), atomically: true, encoding: .utf8)
        let ended = try ProgramUnderTest.run(["plot", "--trace", "run.jsonl", "--output", "c.png"], in: folder)
        #expect(ended.status == 65 && ended.errors.contains("'run.jsonl': line 3 "))
    }
}
