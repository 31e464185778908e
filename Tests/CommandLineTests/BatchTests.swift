// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Foundation
import TestSupport
import Testing

@Suite struct BatchTests {
    private let folder: TemporaryFolder
    private let options = [
        "--preset", "clean", "--weights", Fixtures.path("nsynth-tiny/weights.h5"), "--iterations", "2", "--threads",
        "1",
    ]

    init() throws {
        folder = try TemporaryFolder()
        for name in ["contents", "styles"] {
            try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: false)
        }
        for (name, hertz) in [("contents/a", 220.0), ("contents/b", 330), ("styles/x", 440), ("styles/y", 550)] {
            try TestSounds.write(TestSounds.tone(hertz, seconds: 0.2), in: folder, "\(name).wav")
        }
    }

    private func batch(_ more: [String] = []) throws -> ProgramUnderTest.Ended {
        try ProgramUnderTest.run(
            ["batch", "--contents", "contents", "--styles", "styles", "--output", "out"] + options + more, in: folder)
    }

    private var results: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.file("out"))) ?? []).sorted()
    }

    @Test func everyPairIsMadeOnceAndAsASingleRunMakesIt() throws {
        let ended = try batch(["--traces"])
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output == "out/a--x.wav\nout/b--x.wav\nout/a--y.wav\nout/b--y.wav\n")
        #expect(results.count == 12)
        let single = try ProgramUnderTest.run(
            ["--content", "contents/b.wav", "--style", "styles/y.wav", "--output", "single.wav"] + options, in: folder)
        #expect(single.status == 0)
        let own = try Checksum(ofFile: folder.file("single.wav"))
        #expect(try Checksum(ofFile: folder.file("out/b--y.wav")) == own)

        // Finished pairs are skipped; what is missing, unfinished or asked for otherwise is made.
        let again = try batch()
        #expect(again.status == 0 && again.output.isEmpty && again.errors.contains("4 already finished"))
        try FileManager.default.removeItem(atPath: folder.file("out/a--y.wav.json"))
        try TestSounds.write(TestSounds.tone(350, seconds: 0.2), in: folder, "contents/b.wav")
        let changed = try batch()
        #expect(changed.output == "out/b--x.wav\nout/a--y.wav\nout/b--y.wav\n")
        let other = try batch(["--alpha", "2"])
        #expect(other.output.split(separator: "\n").count == 4)
        // What lies there may have been cut short.
        try Data("RIFF".utf8).write(to: URL(fileURLWithPath: folder.file("out/a--x.wav")))
        #expect(try batch(["--alpha", "2"]).output == "out/a--x.wav\n")
    }

    @Test func pairsInOneProcessAreTheSame() throws {
        let more = [
            "--preset", "nsynth-voice", "--start", "0.05", "--duration", "inf", "--style-start", "0.1", "--channels",
            "each", "--output-rate", "22050", "--sample-format", "float32", "--clip", "none", "--loudness=-30",
            "--high-band", "keep", "--precision", "mixed", "--round-codes",
        ]
        func sums() throws -> [String] {
            try results.filter { $0.hasSuffix(".wav") }.map {
                try Checksum(ofFile: folder.file("out/\($0)")).description
            }
        }
        #expect(try batch(more).status == 0)
        let own = try sums()
        // The record says so, too: there is nothing left to do.
        let again = try batch(more + ["--in-process"])
        #expect(again.status == 0 && again.errors.contains("4 already finished"), "\(again.errors)")
        try FileManager.default.removeItem(atPath: folder.file("out"))
        #expect(try batch(more + ["--in-process", "--threads", "2", "--jobs", "2"]).status == 0)
        #expect(try sums() == own && own.count == 4)
    }

    @Test func aKilledPairIsOneFailure() throws {
        // One that takes long, and one that does not.
        try TestSounds.write(TestSounds.tone(220, seconds: 10), in: folder, "contents/a.wav")
        try FileManager.default.removeItem(atPath: folder.file("styles/y.wav"))
        let ended = try ProgramUnderTest.run(
            ["batch", "--contents", "contents", "--styles", "styles", "--output", "out"] + options
                + ["--iterations", "200"], in: folder
        ) { process, errors in
            while !errors().contains("a--x  iteration 0/"), process.isRunning { usleep(20_000) }
            try ProgramUnderTest.killChild(of: process)
        }
        #expect(ended.status == 70 && ended.output == "out/b--x.wav\n", "\(ended.errors)")
        #expect(ended.errors.contains("wavestyle: error: a--x: signal 9 ended it"), "\(ended.errors)")
        #expect(ended.errors.contains("1 finished, 1 failed"))
        #expect(results.filter { !$0.hasPrefix(".") } == ["b--x.wav", "b--x.wav.json"])
    }

    @Test func severalJobsMakeWhatOneMakes() throws {
        #expect(try batch(["--threads", "1"]).status == 0)
        let single = try results.filter { $0.hasSuffix(".wav") }.map { try Checksum(ofFile: folder.file("out/\($0)")) }
        try FileManager.default.removeItem(atPath: folder.file("out"))
        let ended = try batch(["--threads", "3", "--jobs", "3"])
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output.split(separator: "\n").count == 4)
        let several = try results.filter { $0.hasSuffix(".wav") }.map { try Checksum(ofFile: folder.file("out/\($0)")) }
        #expect(several == single && several.count == 4)
        let refused = try batch(["--threads", "2", "--jobs", "3"])
        #expect(refused.status == 64 && refused.errors.contains("there are 2 threads to share"))
    }

    @Test func oneFailureDoesNotLoseTheOthers() throws {
        try Data("not a sound".utf8).write(to: URL(fileURLWithPath: folder.file("styles/bad.wav")))
        try Data("notes".utf8).write(to: URL(fileURLWithPath: folder.file("styles/readme.txt")))
        let ended = try batch()
        #expect(ended.status == 65)
        #expect(ended.output.split(separator: "\n").count == 4)
        #expect(ended.errors.contains("4 finished, 2 failed"))
        #expect(
            ended.errorLines.last?.contains("b--bad: cannot read the audio file 'styles/bad.wav': it is text") == true)
        // Said before the first pair, once.
        let reading = try #require(ended.errorLines.firstIndex { $0.hasPrefix("wavestyle: error: cannot read") })
        #expect(reading < (try #require(ended.errorLines.firstIndex { $0.contains("iteration 0") })))
        let quiet = try batch(["--quiet"])
        #expect(quiet.status == 65 && quiet.errorLines.count == 1)
    }

    @Test func aDryRunWritesNothing() throws {
        let ended = try batch(["--dry-run"])
        #expect(ended.status == 0)
        #expect(ended.output.split(separator: "\n").count == 4 && ended.output.contains("a--x: This will take about"))
        #expect(ended.errors.contains("4 to do"))
        #expect(!folder.contents.contains("out"))
    }

    @Test func soundsThatDifferInTheirExtensionKeepIt() throws {
        try TestSounds.write(TestSounds.tone(250, seconds: 0.2), in: folder, "contents/a.flac")
        let ended = try batch()
        #expect(ended.output.contains("out/a.flac--x.wav\n") && ended.output.contains("out/a.wav--x.wav\n"))
        #expect(ended.output.contains("out/b--x.wav\n"))
    }

    @Test func whatCannotBeReadOrWrittenIsSaid() throws {
        func refusal(_ arguments: [String]) throws -> ProgramUnderTest.Ended {
            let ended = try ProgramUnderTest.run(["batch"] + arguments + options, in: folder)
            #expect(ended.errorLines.count == 1 && ended.output.isEmpty, "\(ended.errors)")
            return ended
        }
        #expect(try refusal(["--contents", "none", "--styles", "styles", "--output", "out"]).status == 66)
        try FileManager.default.createDirectory(atPath: folder.file("empty"), withIntermediateDirectories: false)
        #expect(try refusal(["--contents", "empty", "--styles", "styles", "--output", "out"]).status == 66)
        try Data().write(to: URL(fileURLWithPath: folder.file("file")))
        #expect(try refusal(["--contents", "contents", "--styles", "styles", "--output", "file"]).status == 73)
        #expect(try refusal(["--contents", "contents", "--styles", "styles"]).status == 64)
        #expect(
            try refusal(["--contents", "contents", "--styles", "styles", "--output", "out", "--format", "xyz"]).status
                == 64)
    }

    @Test func resultsMustNotMixWithSoundsOrWithEachOther() throws {
        let into = try ProgramUnderTest.run(
            ["batch", "--contents", "contents", "--styles", "styles", "--output", "./contents"] + options, in: folder)
        #expect(into.status == 64 && into.errorLines.count == 1 && into.errors.contains("it is an input folder"))
        for name in ["contents/a--b", "styles/b--c", "styles/c"] {
            try TestSounds.write(TestSounds.tone(300, seconds: 0.1), in: folder, "\(name).wav")
        }
        // Both of `a--b` with `c` and `a` with `b--c` would be `a--b--c`: these keep their extensions.
        let ended = try batch()
        #expect(ended.status == 0 && ended.output.split(separator: "\n").count == 12, "\(ended.errors)")
        for name in ["a--b.wav--c.wav.wav", "a.wav--b--c.wav.wav", "a--b--x.wav", "b--b--c.wav"] {
            #expect(results.contains(name), "\(name) of \(results)")
        }
        #expect(!results.contains("a--b--c.wav"))
    }

    @Test func oneNameForTwoPairsIsTheirFailureAlone() throws {
        // `a.wav` with `b--c.wav` and `a.wav--b` with `c.wav` are one, with extensions too.
        for name in ["contents/d.wav", "styles/b--c.wav", "styles/c.wav"] {
            try TestSounds.write(TestSounds.tone(300, seconds: 0.1), in: folder, name)
        }
        try FileManager.default.moveItem(
            atPath: folder.file("contents/d.wav"), toPath: folder.file("contents/a.wav--b"))
        let ended = try batch()
        #expect(ended.status == 64 && ended.errors.contains("10 finished, 2 failed"), "\(ended.errors)")
        #expect(
            ended.errors.contains(
                "contents/a.wav with styles/b--c.wav and contents/a.wav--b with styles/c.wav would have this name"),
            "\(ended.errors)")
    }

    /// What no pair can satisfy is said once, before any work.
    @Test(arguments: [
        ["--layers", "relu1:31"], ["--output-rate", "1"], ["--clip", "none", "--sample-format", "pcm24"],
        ["--iterations", "9223372036854775807"],
    ])
    func whatNoPairCanSatisfyIsRefused(_ arguments: [String]) throws {
        let ended = try ProgramUnderTest.run(
            ["batch", "--contents", "contents", "--styles", "styles", "--output", "out"] + options.dropLast(4)
                + arguments,
            in: folder)
        #expect(ended.status == 64 && ended.output.isEmpty, "\(ended.errors)")
        #expect(ended.errorLines.count == 1)
    }

    private func children(of process: pid_t) -> [pid_t] {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
        return threads.flatMap { thread in
            let list = try? String(contentsOfFile: "/proc/\(process)/task/\(thread)/children", encoding: .utf8)
            return (list ?? "").split(separator: " ").compactMap { pid_t($0) }
        }
    }

    /// Whether a process is a job's, and no reader of a file.
    private func isJob(_ process: pid_t) -> Bool {
        (try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8))?.hasPrefix("wavestyle\0") == true
    }

    /// As a scheduler sends it to all processes of a job: to one that has just begun first, and a moment later to the one that waits.
    @Test func aSignalToAllProcessesFailsNoRun() throws {
        let ended = try ProgramUnderTest.run(
            [
                "batch", "--contents", "contents", "--styles", "styles", "--output", "out", "--preset", "clean",
                "--iterations", "100000", "--threads", "1",
                "--weights", Fixtures.path("nsynth-tiny/weights.h5"),
            ], in: folder
        ) { process, _ in
            let parent = process.processIdentifier
            while process.isRunning {
                guard let job = children(of: parent).first(where: isJob) else { continue }
                kill(job, SIGTERM)
                break
            }
            usleep(20_000)
            kill(parent, SIGTERM)
        }
        #expect(ended.status == 128 + SIGTERM, "\(ended.errors)")
        #expect(!ended.errors.contains("signal"))
    }

    @Test(arguments: zip([[], ["--in-process"]], [SIGTERM, SIGINT]))
    func aSignalStopsBetweenIterationsAndARerunGoesOn(_ more: [String], _ signal: Int32) throws {
        let ended = try ProgramUnderTest.run(
            [
                "batch", "--contents", "contents", "--styles", "styles", "--output", "out", "--preset", "clean",
                "--iterations", "100000", "--threads", "1",
                "--weights", Fixtures.path("nsynth-tiny/weights.h5"),
            ] + more, in: folder
        ) { process, errors in
            while !errors().contains("iteration 0/"), process.isRunning { usleep(20_000) }
            kill(process.processIdentifier, signal)
        }
        #expect(ended.status == 128 + signal, "\(ended.errors)")
        #expect(ended.output.isEmpty)
        #expect(results == ["a--x.wav", "a--x.wav.checkpoint", "a--x.wav.json", "unfinished.checkpoint"])
        // Stopped after more iterations than are wanted now, it starts again.
        #expect(try batch().output.split(separator: "\n").count == 4)
        #expect(results.count == 8)
    }
}
