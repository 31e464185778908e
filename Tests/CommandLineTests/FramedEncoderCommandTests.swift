// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Foundation
import TestSupport
import Testing

/// `--frame-length` as a user runs it.
@Suite struct FramedEncoderCommandTests {
    private let sounds: TestSounds
    private let pair = ["--content", "content.wav", "--style", "style.wav"]
    /// Little work: blocks 2 and 6 of width 8.
    private let small = [
        "--preset", "mital-encoder", "--weights", Fixtures.path("nsynth-tiny/weights.h5"), "--frame-length", "256",
        "--frame-hop", "64", "--iterations", "3",
    ]

    init() throws { sounds = try TestSounds() }

    private func run(_ arguments: [String]) throws -> ProgramUnderTest.Ended {
        try ProgramUnderTest.run(pair + arguments, in: sounds.folder)
    }

    private func json(_ name: String) throws -> [String: Any] {
        let data = try Data(contentsOf: URL(fileURLWithPath: sounds.folder.file(name)))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private func checksum(_ name: String) throws -> Checksum { try Checksum(ofFile: sounds.folder.file(name)) }

    @Test(arguments: [[], ["--as-published"]])
    func aRunWritesSoundRecordAndTrace(_ more: [String]) throws {
        let ended = try run(small + more + ["--output", "out.wav", "--trace", "t.jsonl", "--snapshots", "1,3"])
        #expect(ended.status == 0, "\(ended.errors)")
        // 4000 samples are 62 hops of 64, and the last frame reaches beyond them.
        let sound = try AudioFile.read(sounds.folder.file("out.wav"))
        #expect(sound.sampleRate == 16_000 && sound.frameCount == 62 * 64 + 256)
        #expect(sound.channels[0].contains { abs($0) > 1e-3 })
        #expect(try checksum("out.iteration3.wav") == checksum("out.wav"))
        #expect(try checksum("out.iteration1.wav") != checksum("out.wav"))
        let trace = try String(contentsOfFile: sounds.folder.file("t.jsonl"), encoding: .utf8).split(separator: "\n")
        let losses = try trace.map { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return try #require(object?["loss"] as? Double)
        }
        #expect(losses.count == 4 && zip(losses, losses.dropFirst()).allSatisfy { $0 > $1 })

        // The record is enough to do it again, byte for byte, on another number of threads.
        let settings = try #require(try json("out.wav.json")["settings"] as? [String: Any])
        #expect(settings["frame-length"] as? Int == 256 && settings["frame-hop"] as? Int == 64)
        #expect(settings["as-published"] as? Bool == !more.isEmpty)
        let preset = try JSONSerialization.data(withJSONObject: ["settings": settings])
        try preset.write(to: URL(fileURLWithPath: sounds.folder.file("again.json")))
        let again = try run(["--preset", "again.json", "--output", "again.wav", "--threads", "1"])
        #expect(again.status == 0, "\(again.errors)")
        #expect(try checksum("again.wav") == checksum("out.wav"))
    }

    @Test func asPublishedChangesTheResultAndCanBeTakenBack() throws {
        for (name, more) in [
            ("a.wav", []), ("b.wav", ["--as-published"]), ("c.wav", ["--no-as-published"]),
        ] {
            #expect(try run(small + more + ["--output", name]).status == 0)
        }
        #expect(try checksum("a.wav") != checksum("b.wav"))
        #expect(try checksum("a.wav") == checksum("c.wav"))
    }

    @Test func stoppingSavesTheBestSoFar() throws {
        let ended = try ProgramUnderTest.run(
            pair + small + ["--iterations", "100000", "--output", "out.wav"], in: sounds.folder
        ) { process, errors in
            while process.isRunning, !errors().contains("iteration 0/") { Thread.sleep(forTimeInterval: 0.05) }
            process.interrupt()
        }
        #expect(ended.status == 130 && ended.errors.contains("Stopped"))
        #expect(try AudioFile.read(sounds.folder.file("out.wav")).frameCount == 62 * 64 + 256)
    }

    /// The memory that is announced is what is held, within 15 %, and some megabytes of the program's own; and a limit makes
    /// it less, for the same sound.
    @Test(.disabled(if: Sanitizer.isOn, "it measures memory")) func theEstimateOfMemoryIsRight() throws {
        try TestSounds.write(TestSounds.tone(500, seconds: 20), in: sounds.folder, "long.wav")
        let common =
            ["--content", "long.wav", "--style", "long.wav", "--threads", "1"]
            + small.map { $0 == "256" ? "1024" : $0 == "64" ? "256" : $0 } + ["--iterations", "1"]
        var held: [Int] = []
        for (name, more) in [("a.wav", []), ("b.wav", ["--max-memory", "120MB"])] {
            let dry = try ProgramUnderTest.run(common + more + ["--dry-run", "--json"], in: sounds.folder)
            #expect(dry.status == 0, "\(dry.errors)")
            let estimate = try #require(try JSONSerialization.jsonObject(with: Data(dry.output.utf8)) as? [String: Any])
            let announced = try #require(estimate["memory"] as? Int)
            let ended = try ProgramUnderTest.run(
                common + more + ["--output", name, "--quiet"], in: sounds.folder)
            #expect(ended.status == 0, "\(ended.errors)")
            held.append(try #require(try json(name + ".json")["peakMemory"] as? Int))
            #expect(
                abs(Double(announced - held[held.count - 1])) < 0.15 * Double(announced) + 15e6,
                "\(announced) announced, \(held) held")
        }
        #expect(held[1] < held[0] && held[1] <= 120_000_000)
        #expect(try checksum("a.wav") == checksum("b.wav"))
    }

    @Test func batchTakesFramesToo() throws {
        for (from, to) in [("content.wav", "in"), ("style.wav", "like")] {
            try FileManager.default.createDirectory(atPath: sounds.folder.file(to), withIntermediateDirectories: false)
            try FileManager.default.copyItem(
                atPath: sounds.folder.file(from), toPath: sounds.folder.file("\(to)/\(from)"))
        }
        let arguments = ["batch", "--contents", "in", "--styles", "like", "--output", "out"] + small
        let first = try ProgramUnderTest.run(arguments, in: sounds.folder)
        #expect(first.status == 0 && first.output == "out/content--style.wav\n", "\(first.errors)")
        let again = try ProgramUnderTest.run(arguments, in: sounds.folder)
        #expect(again.output.isEmpty && again.errors.contains("1 already finished"))
        let other = try ProgramUnderTest.run(arguments + ["--as-published"], in: sounds.folder)
        #expect(other.output == "out/content--style.wav\n")
    }

    @Test(
        arguments: [
            (["--as-published"], 64, "--variable waveform"),
            (["--variable", "mulaw", "--frame-hop", "9"], 64, "--frame-length"),
            (["--backend", "stft", "--as-published"], 64, "--backend stft"),
            (["--backend", "nsynth", "--frame-length", "512", "--energy-weight", "1"], 64, "--frame-length 512"),
            (["--frame-length", "512", "--round-codes"], 64, "--round-codes"),
            (["--backend", "nsynth", "--frame-length", "16384", "--frame-hop", "16000"], 65, "--frame-hop"),
            (["--frame-length", "256", "--layers", "encoding"], 65, "--frame-length"),
        ] as [([String], Int32, String)])
    func refusalsSayWhy(_ arguments: [String], _ status: Int32, _ mention: String) throws {
        let tiny = arguments.contains("stft") ? [] : ["--weights", Fixtures.path("nsynth-tiny/weights.h5")]
        let base = arguments.contains("--backend") || arguments.contains("--layers") ? [] : ["--preset", "clean"]
        let ended = try run(base + arguments + tiny)
        #expect(ended.status == status && ended.errorLines.count == 1, "\(ended.errors)")
        #expect(ended.errors.contains(mention), "\(ended.errors)")
        #expect(sounds.folder.contents == ["content.wav", "style.wav"])
    }
}
