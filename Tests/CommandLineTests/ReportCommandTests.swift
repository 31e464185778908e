// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport
import Testing

@testable import wavestyle

@Suite struct ReportCommandTests {
    private let sounds: TestSounds
    private let options: [String]

    init() throws {
        sounds = try TestSounds(seconds: 0.4)
        options = [
            "--loss", "gram", "--content", "content.wav", "--style", "style.wav", "--weights",
            Fixtures.path("nsynth-tiny/weights.h5"),
            "--iterations", "2", "--quiet",
        ]
    }

    private func program(_ arguments: [String]) throws -> ProgramUnderTest.Ended {
        try ProgramUnderTest.run(arguments, in: sounds.folder)
    }

    private func page(_ name: String) throws -> String {
        try String(contentsOfFile: sounds.folder.file(name), encoding: .utf8)
    }

    @Test func thePageOfARunHasAllThatTheRunHas() throws {
        let run =
            options + [
                "--output", "it's out.wav", "--trace", "run.jsonl", "--snapshots", "1", "--report", "page.html",
            ]
        let ended = try program(run)
        #expect(ended.status == 0 && ended.output == "it's out.wav\n", "\(ended.errors)")
        let own = try page("page.html")
        // Content, style, the snapshot and the result can be heard.
        #expect(own.components(separatedBy: "<audio").count == 5)
        for text in ["Iteration 1", "Losses", "style-distance", "learning-rate", "--snapshots 1"] {
            #expect(own.contains(text), "\(text)")
        }
        #expect(!own.contains("http://") && !own.contains("https://"))
        let later = try program(["report", "it's out.wav", "--output", "later.html"])
        #expect(later.status == 0 && later.output == "later.html\n", "\(later.errors)")
        #expect(try page("later.html") == own)
        // By its record, and from another place.
        try FileManager.default.createDirectory(atPath: sounds.folder.file("moved"), withIntermediateDirectories: false)
        for name in ["it's out.wav", "it's out.wav.json", "run.jsonl", "it's out.iteration1.wav"] {
            try FileManager.default.moveItem(
                atPath: sounds.folder.file(name), toPath: sounds.folder.file("moved/\(name)"))
        }
        #expect(try program(["report", "moved/it's out.wav.json", "--output", "moved.html"]).status == 0)
        #expect(try page("moved.html").components(separatedBy: "<audio").count == 5)
    }

    @Test(
        arguments: [
            (["x/a.wav"], ["a"]), (["x/a.wav", "y/b.wav"], ["a", "b"]),
            (["s/gram/low/result.wav", "s/l2/low/result.wav"], ["gram", "l2"]),
            (["s/gram/low/r.wav", "s/gram/high/r.wav", "s/l2/low/r.wav"], ["gram/low", "gram/high", "l2/low"]),
            (["r.wav", "s/r.wav"], ["r.wav", "s/r.wav"]), (["r.wav", "r.flac"], ["r.wav", "r.flac"]),
            (["/s/r.wav", "t/r.wav"], ["/s", "t"]), (["r.wav", "r.wav"], ["r.wav", "r.wav"]),
        ])
    func namesAreAsShortAsTheyStayDistinct(paths: [String], names: [String]) {
        #expect(Evaluate.names(paths) == names)
    }

    @Test func aPageNeedsNoTraceFile() throws {
        let ended = try program(options.dropLast() + ["--output", "out.wav", "--report", "page.html"])
        #expect(ended.status == 0 && ended.errors.hasSuffix("open page.html in a browser.\n"), "\(ended.errors)")
        #expect(try page("page.html").contains("Losses"))
        #expect(!FileManager.default.fileExists(atPath: sounds.folder.file("run.jsonl")))
    }

    @Test func anotherRunsTraceIsNotTaken() throws {
        // Both leave their losses in one file: the first run's are gone.
        for name in ["a", "b"] {
            let ended = try program(
                options + ["--seed", name == "a" ? "1" : "2", "--trace", "run.jsonl", "--output", "\(name).wav"])
            #expect(ended.status == 0, "\(ended.errors)")
        }
        let ended = try program(["report", "a.wav", "--output", "page.html"])
        #expect(ended.status == 65 && ended.errors.contains("run.jsonl has changed since"), "\(ended.errors)")
        #expect(try program(["report", "b.wav", "--output", "page.html"]).status == 0)
    }

    @Test func aFolderCanBeMovedWhole() throws {
        let compared = try program([
            "compare", "--content", "content.wav", "--style", "style.wav", "--iterations", "1", "--systems", "nsynth",
            "--weights", Fixtures.path("nsynth-tiny/weights.h5"), "--output", "old", "--quiet",
        ])
        #expect(compared.status == 0, "\(compared.errors)")
        try FileManager.default.moveItem(atPath: sounds.folder.file("old"), toPath: sounds.folder.file("new"))
        let ended = try program(["report", "new/nsynth.wav", "--output", "page.html"])
        #expect(ended.status == 0, "\(ended.errors)")
    }

    @Test func severalRunsOfOnePairStandSideBySide() throws {
        for (name, alpha) in [("a", "0"), ("b", "5")] {
            #expect(try program(options + ["--alpha", alpha, "--output", "\(name).wav"]).status == 0)
        }
        #expect(try program(["report", "a.wav", "b.wav", "--output", "page.html", "--title", "A & B"]).status == 0)
        let page = try page("page.html")
        #expect(page.contains("A &amp; B") && page.contains("Side by side"))
        // One content, one style, two results: nothing twice.
        #expect(page.components(separatedBy: "<audio").count == 5)
    }

    @Test func theCommandIsQuotedForAShell() {
        #expect("plain/path-1.wav".shellQuoted == "plain/path-1.wav")
        #expect("--style=a.wav@0.5".shellQuoted == "--style=a.wav@0.5")
        #expect("it's $HOME".shellQuoted == "'it'\\''s $HOME'")
        #expect("".shellQuoted == "''" && "é".shellQuoted == "'é'")
    }

    @Test func theFailuresSayWhatIsWrong() throws {
        #expect(try program(options + ["--output", "out.wav"]).status == 0)
        try Data("{}".utf8).write(to: URL(fileURLWithPath: sounds.folder.file("odd.wav.json")))
        for (arguments, status, word) in [
            (["missing.wav", "--output", "p.html"], 66, "missing.wav"),
            (["odd.wav", "--output", "p.html"], 65, "odd.wav"),
            (["out.wav", "--output", "out.wav"], 64, "one of the runs"),
            (["out.wav", "--output", "style.wav"], 64, "one of the runs"),
            (["out.wav", "--output", "out.wav.json"], 64, "one of the runs"),
            (["out.wav", "--output", "no/p.html"], 73, "no/p.html"),
        ] as [([String], Int32, String)] {
            let ended = try program(["report"] + arguments)
            #expect(ended.status == status && ended.errorLines.count == 1, "\(arguments): \(ended.errors)")
            #expect(ended.errors.contains(word), "\(ended.errors)")
        }
        try FileManager.default.copyItem(atPath: sounds.folder.file("out.wav"), toPath: sounds.folder.file("kept.wav"))
        try TestSounds.write(TestSounds.tone(100, seconds: 0.4), in: sounds.folder, "out.wav")
        let replaced = try program(["report", "out.wav", "--output", "p.html"])
        #expect(replaced.status == 65 && replaced.errors.contains("out.wav has changed since"))
        try FileManager.default.removeItem(atPath: sounds.folder.file("out.wav"))
        try FileManager.default.moveItem(atPath: sounds.folder.file("kept.wav"), toPath: sounds.folder.file("out.wav"))
        // A page of sounds that are no longer those of the run would lie.
        try TestSounds.write(TestSounds.tone(100, seconds: 0.4), in: sounds.folder, "content.wav")
        let changed = try program(["report", "out.wav", "--output", "p.html"])
        #expect(changed.status == 65 && changed.errors.contains("content.wav has changed since"))
        #expect(!FileManager.default.fileExists(atPath: sounds.folder.file("p.html")))
    }
}
