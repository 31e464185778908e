// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Evaluation
import Foundation
import TestSupport
import Testing
import Transfer

@testable import wavestyle

@Suite struct CompareTests {
    private let sounds: TestSounds

    init() throws {
        sounds = try TestSounds(seconds: 0.5)
        let preset = """
            {"settings": {"backend": "stft", "filters": 32, "n-fft": 256, "hop": 64, "phase-iterations": 5}}
            """
        try preset.write(toFile: sounds.folder.file("small.json"), atomically: true, encoding: .utf8)
        let weights = Fixtures.path("nsynth-tiny/weights.h5")
        try "{\"settings\": {\"weights\": \"\(weights)\"}}".write(
            toFile: sounds.folder.file("tiny.json"), atomically: true, encoding: .utf8)
        try "{\"settings\": {\"weights\": \"missing.h5\"}}".write(
            toFile: sounds.folder.file("broken.json"), atomically: true, encoding: .utf8)
    }

    private func compare(_ more: [String]) throws -> ProgramUnderTest.Ended {
        try ProgramUnderTest.run(
            ["compare", "--content", "content.wav", "--style", "style.wav", "--output", "duel", "--iterations", "2"]
                + more, in: sounds.folder)
    }

    private func json(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func everyFigureIsThatOfEvaluate() throws {
        let ended = try compare(["--systems", "tiny.json,small.json"])
        #expect(ended.status == 0, "\(ended.errors)")
        let evaluated = try ProgramUnderTest.run(
            [
                "evaluate", "--content", "duel/content.wav", "--style", "duel/style.wav", "duel/tiny.wav",
                "duel/small.wav",
            ], in: sounds.folder)
        // All of evaluate's rows, as they stand, are in the table.
        func cells(_ text: String) -> [[Substring]] { text.split(separator: "\n").map { $0.split(separator: " ") } }
        let (table, rows) = (cells(ended.output), cells(evaluated.output))
        #expect(rows.count > 20)
        for row in rows { #expect(table.contains(row), "\(row)") }
        for name in ["time", "memory", "loudness", "iteration", "loss,"] {
            #expect(table.contains { $0.first.map(String.init) == name }, "no row \(name)")
        }
        let summary = try json(String(contentsOfFile: sounds.folder.file("duel/compare.json"), encoding: .utf8))
        #expect((summary["systems"] as? [Any])?.count == 2 && (summary["failures"] as? [String: String]) == [:])
        let page = try String(contentsOfFile: sounds.folder.file("duel/index.html"), encoding: .utf8)
        #expect(page.contains("tiny") && page.contains("small"))
    }

    @Test func publishedStandsForThePublishedSystems() {
        let names = SystemList(argument: "clean,published").systems.map(\.name)
        #expect(names == ["clean"] + Preset.published.compactMap(\.name) && names.count >= 13)
        #expect(names.contains("mital-timedomain") && !names.contains("mosaic") && Set(names).count == names.count)
    }

    @Test func systemsAreEquallyLoud() throws {
        #expect(try compare(["--systems", "tiny.json,small.json", "--quiet"]).status == 0)
        for name in ["tiny", "small"] {
            let sound = try AudioFile.read(sounds.folder.file("duel/\(name).wav"))
            let loudness = try #require(Loudness.of(channels: sound.channels, sampleRate: sound.sampleRate))
            #expect(abs(loudness + 23) < 0.1, "\(name): \(loudness)")
        }
    }

    /// Nothing new comes in its place.
    @Test func whereNoSystemWorksTheEarlierComparisonStays() throws {
        func files() throws -> [Data] {
            try ["small.wav", "small.wav.json", "index.html", "table.txt", "compare.json"].map {
                try Data(contentsOf: URL(fileURLWithPath: sounds.folder.file("duel/\($0)")))
            }
        }
        #expect(try compare(["--systems", "small.json"]).status == 0)
        let before = try files()
        #expect(try compare(["--systems", "broken.json"]).status == 66)
        #expect(try files() == before)
    }

    @Test func aFailureLeavesTheOthers() throws {
        let ended = try compare(["--systems", "broken.json,small.json"])
        #expect(ended.status == 66, "\(ended.errors)")
        #expect(ended.errors.contains("broken: ") && ended.errors.contains("missing.h5"))
        #expect(ended.output.contains("style-distance") && ended.output.contains("broken failed: "))
        #expect(FileManager.default.fileExists(atPath: sounds.folder.file("duel/small.wav")))
        let page = try String(contentsOfFile: sounds.folder.file("duel/index.html"), encoding: .utf8)
        #expect(page.contains("broken failed"))
    }

    @Test func aKilledSystemIsOneFailure() throws {
        let weights = Fixtures.path("nsynth-tiny/weights.h5")
        for (name, iterations) in [("slow", 1_000_000), ("fast", 2)] {
            try "{\"settings\": {\"weights\": \"\(weights)\", \"iterations\": \(iterations)}}".write(
                toFile: sounds.folder.file("\(name).json"), atomically: true, encoding: .utf8)
        }
        let ended = try ProgramUnderTest.run(
            [
                "compare", "--content", "content.wav", "--style", "style.wav", "--output", "duel", "--systems",
                "slow.json,fast.json",
            ], in: sounds.folder
        ) { process, said in
            while !said().contains("slow  iteration 0/"), process.isRunning { usleep(20_000) }
            try ProgramUnderTest.killChild(of: process)
        }
        #expect(ended.status == 70, "\(ended.errors)")
        #expect(ended.output.contains("slow failed: signal 9 ended it") && ended.output.contains("style-distance"))
        let summary = try json(String(contentsOfFile: sounds.folder.file("duel/compare.json"), encoding: .utf8))
        #expect((summary["failures"] as? [String: String])?.keys.sorted() == ["slow"])
        #expect((summary["systems"] as? [[String: Any]])?.map { $0["name"] as? String } == ["fast"])
    }

    @Test func aRerunGoesOn() throws {
        func written() throws -> [Date?] {
            try ["tiny", "small"].map { name in
                try FileManager.default.attributesOfItem(atPath: sounds.folder.file("duel/\(name).wav.json"))[
                    .modificationDate] as? Date
            }
        }
        let first = try compare(["--systems", "tiny.json,small.json", "--threads", "2", "--jobs", "2"])
        #expect(first.status == 0, "\(first.errors)")
        let before = try written()
        let again = try compare(["--systems", "tiny.json,small.json"])
        #expect(again.status == 0 && again.output == first.output, "\(again.errors)")
        #expect(try written() == before && !again.errors.contains("iteration"))
        // One that is not as it would be made.
        try FileManager.default.removeItem(atPath: sounds.folder.file("duel/small.jsonl"))
        #expect(try compare(["--systems", "tiny.json,small.json"]).status == 0)
        #expect(try written()[0] == before[0] && written()[1] != before[1])
        #expect(try compare(["--systems", "tiny.json,small.json", "--seed", "3"]).status == 0)
        #expect(try written()[0] != before[0])
    }

    @Test func inputsAreNotOverwritten() throws {
        try FileManager.default.createDirectory(
            atPath: sounds.folder.file("duel"), withIntermediateDirectories: false)
        try FileManager.default.moveItem(
            atPath: sounds.folder.file("content.wav"), toPath: sounds.folder.file("duel/content.wav"))
        let before = FileManager.default.contents(atPath: sounds.folder.file("duel/content.wav"))
        let ended = try compare(["--systems", "tiny.json", "--content", "duel/content.wav"])
        #expect(ended.status == 64 && ended.errors.contains("duel/content.wav is in it"), "\(ended.errors)")
        #expect(FileManager.default.contents(atPath: sounds.folder.file("duel/content.wav")) == before)
    }

    @Test func weightsAreForSystemsOnTheEncoder() throws {
        let weights = ["--weights", Fixtures.path("nsynth-tiny/weights.h5")]
        #expect(try compare(["--systems", "nsynth,small.json"] + weights).status == 0)
        let record = try json(String(contentsOfFile: sounds.folder.file("duel/nsynth.wav.json"), encoding: .utf8))
        #expect(((record["weights"] as? [String: Any])?["path"] as? String)?.hasSuffix("weights.h5") == true)
        let alone = try compare(["--systems", "small.json"] + weights)
        #expect(alone.status == 64 && alone.errors.contains("--weights"), "\(alone.errors)")
    }

    @Test func stoppingKeepsWhatThereIs() throws {
        let ended = try ProgramUnderTest.run(
            [
                "compare", "--content", "content.wav", "--style", "style.wav", "--output", "duel", "--systems",
                "tiny.json,small.json", "--iterations", "1000000",
            ], in: sounds.folder
        ) { process, said in
            while !said().contains("iteration 0/"), process.isRunning { usleep(20_000) }
            process.interrupt()
        }
        #expect(ended.status == 130, "\(ended.errors)")
        #expect(ended.output.contains("style-distance") && ended.output.contains("tiny"))
        // The second one was not begun.
        #expect(!FileManager.default.fileExists(atPath: sounds.folder.file("duel/small.wav")))
        #expect(FileManager.default.fileExists(atPath: sounds.folder.file("duel/index.html")))
    }

    @Test func aChildEndsWithItsParent() throws {
        let result = sounds.folder.file("duel/tiny.wav.json")
        _ = try ProgramUnderTest.run(
            [
                "compare", "--content", "content.wav", "--style", "style.wav", "--output", "duel", "--systems",
                "tiny.json", "--iterations", "1000000",
            ], in: sounds.folder
        ) { process, said in
            while !said().contains("iteration 0/"), process.isRunning { usleep(20_000) }
            kill(process.processIdentifier, SIGKILL)
        }
        // It saves the best so far, as after Ctrl-C.
        for _ in 0..<500 where !FileManager.default.fileExists(atPath: result) { usleep(20_000) }
        let record = try json(String(contentsOfFile: result, encoding: .utf8))
        #expect((record["results"] as? [[String: Any]])?.first?["wasStopped"] as? Bool == true)
    }

    @Test func whatCannotBeIsRefusedAtOnce() throws {
        for (arguments, word) in [
            (["--systems", "tiny.json,nonsense"], "nonsense"), (["--systems", "stft,stft"], "twice"),
            (["--systems", "tiny.json", "--start", "-1"], "--start"), (["--systems", ""], "preset"),
        ] {
            let ended = try compare(arguments)
            #expect(ended.status == 64 && ended.errorLines.count == 1, "\(arguments): \(ended.errors)")
            #expect(ended.errors.contains(word), "\(ended.errors)")
        }
        #expect(!FileManager.default.fileExists(atPath: sounds.folder.file("duel")))
    }
}
