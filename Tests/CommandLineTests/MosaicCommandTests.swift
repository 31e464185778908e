// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Evaluation
import Files
import Foundation
import TestSupport
import Testing

@testable import wavestyle

/// What runs where no method is named.
@Suite struct MosaicCommandTests {
    private let folder: TemporaryFolder
    private let pair = ["--content", "contents/content.wav", "--style", "styles/style.wav"]

    init() throws {
        folder = try TemporaryFolder()
        for part in ["contents", "styles"] {
            try FileManager.default.createDirectory(atPath: folder.file(part), withIntermediateDirectories: false)
        }
        // Quiet enough for the mosaic's peaks to fit at the same loudness.
        let tone = TestSounds.tone(220, seconds: 0.8, rate: 44_100, channels: 2)
        try TestSounds.write(
            Waveform(channels: tone.channels.map { $0.map { 0.5 * $0 } }, sampleRate: 44_100), in: folder,
            "contents/content.wav")
        try TestSounds.write(TestSounds.tone(330, seconds: 0.7, rate: 32_000), in: folder, "styles/style.wav")
    }

    private func run(_ arguments: [String]) throws -> ProgramUnderTest.Ended {
        try ProgramUnderTest.run(arguments, in: folder)
    }

    private func record(_ output: String) throws -> RunRecord {
        try FinishedRun(folder.file(output)).record
    }

    @Test func theOutputIsAsTheContentWas() throws {
        let ended = try run(pair + ["--output", "out.wav", "--monitor", "flatness,style-distance", "--blend", "0.4"])
        #expect(ended.status == 0 && ended.output == "out.wav\n", "\(ended.errors)")
        let (sound, content) = (
            try AudioFile.read(folder.file("out.wav")), try AudioFile.read(folder.file("contents/content.wav"))
        )
        #expect(sound.sampleRate == 44_100 && sound.channels.count == 2 && sound.frameCount == content.frameCount)
        let levels = [sound, content].map { Loudness.integrated(channels: $0.channels, sampleRate: $0.sampleRate) }
        #expect(abs(try #require(levels[0]) - #require(levels[1])) < 0.05)
        let record = try record("out.wav")
        #expect(["grains", "tonal", "play"].contains(record.mosaic?.mode))
        #expect(record.weights == nil && record.keep == nil && record.strategy == nil && record.form.highBand == nil)
        #expect(record.results.count == 1 && record.results[0].iteration == nil)
        #expect(record.results[0].last.keys.sorted() == ["flatness", "style-distance"])
        #expect(record.preset == "mosaic" && record.monitor == "flatness,style-distance")

        // Its settings are a preset, and its page says what was decided.
        let page = try run(["report", "out.wav", "--output", "page.html"])
        #expect(page.status == 0, "\(page.errors)")
        let text = try String(contentsOfFile: folder.file("page.html"), encoding: .utf8)
        #expect(text.contains("Mode: ") && text.contains("--blend=0.4") && !text.contains("Losses"))
        #expect(text.components(separatedBy: "<audio").count == 4)
    }

    @Test func eventsCarryStages() throws {
        let arguments = pair + ["--output", "out.wav", "--events", "--unless-finished"]
        let events = try run(arguments).output.split(separator: "\n").compactMap { RunEvent(line: String($0)) }
        let fractions = events.compactMap { event -> Double? in
            if case .stage(_, let fraction) = event { fraction } else { nil }
        }
        #expect(fractions == fractions.sorted() && fractions.last == 1 && events.last == .ended(how: .finished))
        #expect(try run(arguments).output == "{\"ended\":{\"how\":{\"finishedBefore\":{}}}}\n")
    }

    @Test(arguments: [
        ["--trace", "t.jsonl"], ["--snapshots", "1"], ["--every", "2"], ["--keep", "best:loss"],
        ["--high-band", "keep"],
        ["--precision", "mixed"], ["--iterations", "3"], ["--weights", "random-32"], ["--octave", "-5"],
        ["--mode", "play", "--words"], ["--keep", "1.5"], ["--mode", "all", "--events"],
    ])
    func whatIsIdleIsRefused(_ arguments: [String]) throws {
        let ended = try run(pair + ["--output", "out.wav"] + arguments)
        let option = arguments.last { $0.hasPrefix("--") } ?? ""
        #expect(ended.status == 64 && ended.errorLines.count == 1 && ended.errors.contains(option), "\(ended.errors)")
        #expect(folder.contents == ["contents", "styles"])
    }

    @Test func aBatchKnowsWhatIsFinished() throws {
        let batch = ["batch", "--contents", "contents", "--styles", "styles", "--output", "out", "--octave", "-1"]
        #expect(try run(batch).output == "out/content--style.wav\n")
        #expect(try run(batch).errors.contains("1 already finished"))
        #expect(try run(batch + ["--blend", "0.6", "--in-process"]).errors.contains("1 finished"))
        let traces = try run(batch + ["--traces"])
        #expect(traces.status == 64 && traces.errors.contains("--traces"))
    }

    @Test func itIsComparedWithOthers() throws {
        let ended = try run(
            ["compare", "--systems", "mosaic,nsynth-voice", "--iterations", "1", "--output", "duel", "--quiet"] + pair)
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output.contains("mosaic") && ended.output.contains("loss, last"))
        let alone = try run(["compare", "--systems", "mosaic,mosaic-grains", "--output", "alone", "--quiet"] + pair)
        #expect(alone.status == 0 && !alone.output.contains("loss, last"), "\(alone.errors)")
        let idle = try run(["compare", "--systems", "mosaic", "--iterations", "1", "--output", "alone"] + pair)
        #expect(idle.status == 64 && idle.errors.contains("--iterations"))
    }

    @Test func ctrlCLeavesNothing() throws {
        try TestSounds.write(TestSounds.tone(220, seconds: 60), in: folder, "long.wav")
        let before = folder.contents
        let ended = try ProgramUnderTest.run(
            [
                "--content", "long.wav", "--style", "long.wav", "--mode", "tonal", "--threads", "1", "--output",
                "out.wav",
            ], in: folder
        ) { process, errors in
            while process.isRunning, !errors().contains("This will take") { Thread.sleep(forTimeInterval: 0.02) }
            process.interrupt()
        }
        #expect(ended.status == 130 && ended.output.isEmpty, "\(ended.errors)")
        #expect(ended.errors.contains("nothing was written") && folder.contents == before)
    }

    @Test func everyModeOnOnePage() throws {
        let arguments = pair + ["--mode", "all", "--octave", "1", "--output", "out.wav"]
        let ended = try run(arguments)
        #expect(ended.status == 0, "\(ended.errors)")
        let outputs = ["out.wav", "out.grains.wav", "out.tonal.wav", "out.play.wav"]
        #expect(ended.output == (outputs + ["out.html"]).joined(separator: "\n") + "\n")
        #expect(try outputs.dropFirst().map { try record($0).mosaic?.mode } == ["grains", "tonal", "play"])
        #expect(try record("out.play.wav").mosaic?.octave == 1)
        let page = try String(contentsOfFile: folder.file("out.html"), encoding: .utf8)
        // Content, style, and the four.
        #expect(page.components(separatedBy: "<audio").count == 7)

        // A rerun makes what is missing, and nothing else.
        func times() throws -> [Date?] {
            try outputs.map {
                try FileManager.default.attributesOfItem(atPath: folder.file($0))[.modificationDate] as? Date
            }
        }
        let before = try times()
        try FileManager.default.removeItem(atPath: folder.file("out.tonal.wav.json"))
        #expect(try run(arguments + ["--quiet"]).status == 0)
        #expect(try zip(before, times()).map { $0 == $1 } == [true, true, false, true])
    }
}
