// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Foundation
import Matrices
import TestSupport
import Testing

@testable import wavestyle

/// An unfinished run goes on, to the same bytes as one without a break, or says why not.
@Suite struct ResumeTests {
    /// Backends, variables, optimisers, forms of the run.
    private static let systems: [[String]] = [
        ["--loss", "gram", "--layers", "relu1"], ["--loss", "l2", "--layers", "relu1", "--optimizer", "lbfgsb"],
        ["--preset", "clean"],
        ["--preset", "clean", "--optimizer", "adam", "--channels", "each", "--keep", "best:loss"],
        ["--preset", "mital-encoder", "--max-memory", "250MB"],
        ["--backend", "stft", "--filters", "16", "--phase-iterations", "20"],
        ["--backend", "stft", "--filters", "16", "--optimizer", "adam", "--phase-iterations", "20"],
        ["--preset", "clean-stft", "--filters", "16"], ["--loss", "kl", "--layers", "relu1", "--precision", "mixed"],
    ]

    private let sounds: TestSounds
    private var folder: TemporaryFolder { sounds.folder }

    init() throws {
        sounds = try TestSounds(seconds: 0.25)
        try TestSounds.write(TestSounds.tone(330, seconds: 0.25, channels: 2), in: sounds.folder, "stereo.wav")
    }

    private func options(_ system: [String], _ output: String) -> [String] {
        let weights = system.contains { $0.contains("stft") } ? [] : ["--weights", TransferCommandTests.tiny]
        return system + weights + [
            "--content", "stereo.wav", "--style", "style.wav", "--output", "\(output).wav", "--trace",
            "\(output).jsonl", "--snapshots", "1,4", "--iterations", "5", "--threads", "2", "--checkpoint-every", "0",
        ]
    }

    private func run(_ arguments: [String], _ environment: [String: String] = [:]) throws -> ProgramUnderTest.Ended {
        try ProgramUnderTest.run(arguments, in: folder, environment: environment)
    }

    private func bytes(_ name: String) -> Data? { FileManager.default.contents(atPath: folder.file(name)) }

    private func lines(_ name: String) -> [String] {
        String(decoding: bytes(name) ?? Data(), as: UTF8.self).split(separator: "\n").map {
            // Times differ.
            String($0.prefix { $0 != "s" })
        }
    }

    /// How many calls change files in a run, by which it can be killed anywhere.
    private func calls(_ arguments: [String]) throws -> Int {
        let ended = try run(arguments, ["WAVESTYLE_FAULT": "list"])
        #expect(ended.status == 0, "\(ended.errors)")
        return ended.errorLines.count { $0.hasPrefix("file call") }
    }

    /// Killed at several of its writes, one kill after the other, each run going on from the one before.
    @Test(arguments: systems) func killedRunsEndWithTheSameBytes(_ system: [String]) throws {
        let count = try calls(options(system, "whole"))
        var kills = 0
        for call in stride(from: 9, through: count, by: max(count / 4, 1)) {
            let isKnown = folder.contents.contains { $0.hasPrefix("broken.wav.checkpoint") }
            let ended = try run(
                isKnown ? ["resume", "broken.wav"] : options(system, "broken"),
                ["WAVESTYLE_FAULT": "\(isKnown ? 9 : call):kill"])
            if ended.status != 9 { break }
            kills += 1
            // What was computed is there.
            if isKnown { #expect(!lines("broken.jsonl").isEmpty) }
        }
        #expect(kills > 1)
        if !folder.contents.contains("broken.wav.json") {
            let isKnown = folder.contents.contains { $0.hasPrefix("broken.wav.checkpoint") }
            let ended = try run(isKnown ? ["resume", "broken.wav"] : options(system, "broken"))
            #expect(ended.status == 0, "\(ended.errors)")
        }
        for name in [".wav", ".iteration1.wav", ".iteration4.wav"] {
            #expect(bytes("broken\(name)") != nil && bytes("broken\(name)") == bytes("whole\(name)"), "\(name)")
        }
        #expect(lines("broken.jsonl") == lines("whole.jsonl"))
        #expect(!folder.contents.contains { $0.contains("checkpoint") })
    }

    /// A run that a signal stops once it has written some lines of its trace.
    private func stopped(_ signal: Int32 = SIGTERM, _ more: [String] = []) throws -> ProgramUnderTest.Ended {
        let arguments = options(["--loss", "gram", "--layers", "relu1"], "out") + ["--iterations", "100000"] + more
        let before = bytes("out.jsonl")
        return try ProgramUnderTest.run(arguments, in: folder) { process, _ in
            while process.isRunning, bytes("out.jsonl") == before || lines("out.jsonl").count < 8 { usleep(10_000) }
            kill(process.processIdentifier, signal)
        }
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func aStoppedRunIsSavedAndGoesOn(_ signal: Int32) throws {
        let ended = try stopped(signal)
        #expect(ended.status == 128 + signal && ended.errors.contains("To continue: wavestyle resume out.wav"))
        let reached = lines("out.jsonl").count - 1
        #expect(reached >= 7 && bytes("out.iteration4.wav") != nil && bytes("out.wav.json") != nil)
        // The page of a run that is not finished.
        let report = try run(["report", "out.wav", "--output", "page.html"])
        #expect(report.status == 0, "\(report.errors)")

        let other = try run(["resume", "."])
        #expect(other.status == 66 && other.errors.contains("there is no unfinished batch, comparison or experiment"))
        #expect(other.errors.contains("for a run in it: wavestyle resume ./out.wav.checkpoint"))

        let resumed = try run(["resume", "out.wav", "--iterations", "\(reached + 3)"])
        #expect(resumed.status == 0, "\(resumed.errors)")
        #expect(resumed.errors.contains("Continuing an unfinished run, from iteration \(reached) of 100000"))
        let whole = try run(
            options(["--loss", "gram", "--layers", "relu1"], "whole") + ["--iterations", "\(reached + 3)"])
        #expect(whole.status == 0 && bytes("whole.wav") == bytes("out.wav"))
        #expect(lines("out.jsonl") == lines("whole.jsonl"))
        #expect(!folder.contents.contains { $0.contains("checkpoint") })
        let again = try run(["resume", "out.wav"])
        #expect(again.status == 66 && again.errors.contains("its run is finished"))
    }

    @Test func aPageIsMadeOfAnUnfinishedRun() throws {
        _ = try stopped(SIGKILL)
        #expect(bytes("out.wav") == nil)
        let report = try run(["report", "out.wav", "--output", "page.html"])
        #expect(report.status == 0, "\(report.errors)")
        let page = String(decoding: bytes("page.html") ?? Data(), as: UTF8.self)
        #expect(page.contains("The run is not finished") && page.contains("Iteration 1"))
        let evaluate = try run(["resume", "nothing.wav"])
        #expect(evaluate.status == 66 && evaluate.errors.contains("no nothing.wav.checkpoint"))
    }

    @Test func whatHasChangedIsRefused() throws {
        _ = try stopped(SIGKILL)
        let threads = try stopped(SIGTERM, ["--threads", "1"])
        #expect(threads.status == 65 && threads.errors.contains("--threads 2, and this is 1"))
        let drift = try stopped(SIGTERM, ["--threads", "1", "--allow-drift"])
        #expect(drift.status == 143 && drift.errors.contains("Continuing an unfinished run"))

        try TestSounds.write(TestSounds.tone(331, seconds: 0.25, channels: 2), in: folder, "stereo.wav")
        let content = try run(["resume", "out.wav"])
        #expect(content.status == 65 && content.errors.contains("the content is another one, or has changed"))
        #expect(content.errorLines.count == 1)
        // The same command begins anew, and says so.
        let anew = try stopped(SIGTERM, ["--threads", "1"])
        #expect(anew.status == 143 && anew.errors.contains("is not continued, for the content is another one"))
        let fewer = try run(["resume", "out.wav", "--iterations", "5"])
        #expect(fewer.status == 65 && fewer.errors.contains("has reached iteration"))
        let restarted = try stopped(SIGTERM, ["--threads", "2", "--restart"])
        #expect(restarted.status == 143 && !restarted.errors.contains("Continuing"))
    }

    /// A run that takes the place of an unfinished one is the one that goes on, once it has done an iteration.
    @Test func theLastRunIsTheOneThatGoesOn() throws {
        _ = try stopped()
        let other = try stopped(SIGKILL, ["--seed", "7", "--init", "noise", "--checkpoint-every", "1000"])
        #expect(other.errors.contains("is not continued, for the settings are others"))
        let resumed = try run(["resume", "out.wav", "--iterations", "20"])
        #expect(resumed.status == 0, "\(resumed.errors)")
        let record = try JSONDecoder().decode(RunRecord.self, from: bytes("out.wav.json") ?? Data())
        #expect(record.arguments.contains("noise"))
    }

    /// The second of two runs is refused, and does not touch what the first has; once that is gone, it runs.
    @Test func twoRunsDoNotShareAnOutput() throws {
        var second: ProgramUnderTest.Ended?
        let arguments = options(["--loss", "gram", "--layers", "relu1"], "out")
        let first = try ProgramUnderTest.run(arguments + ["--iterations", "100000"], in: folder) { process, _ in
            while process.isRunning, lines("out.jsonl").count < 4 { usleep(10_000) }
            second = try run(arguments)
            kill(process.processIdentifier, SIGKILL)
        }
        #expect(first.status == SIGKILL && second?.status == 73)
        #expect(second?.errors.contains("another run is writing it") == true && lines("out.jsonl").count >= 4)
        let third = try run(arguments + ["--restart"])
        #expect(third.status == 0, "\(third.errors)")
    }

    /// No checkpoint takes the place of a sound, or of another output; and a folder that has its name is said at once.
    @Test func checkpointsHaveAPlaceOfTheirOwn() throws {
        let arguments = options(["--loss", "gram", "--layers", "relu1"], "out")
        for name in ["out.wav.checkpoint", "out.wav.checkpoint.old"] {
            try FileManager.default.copyItem(atPath: folder.file("stereo.wav"), toPath: folder.file(name))
            let ended = try run(arguments + ["--content", name])
            #expect(ended.status == 64 && bytes(name) == bytes("stereo.wav"), "\(ended.errors)")
            try FileManager.default.removeItem(atPath: folder.file(name))
        }
        #expect(try run(arguments + ["--trace", "out.wav.checkpoint"]).status == 64)
        try FileManager.default.createDirectory(
            atPath: folder.file("out.wav.checkpoint"), withIntermediateDirectories: false)
        let ended = try run(arguments)
        #expect(ended.status == 73 && ended.errors.contains("a folder has that name") && bytes("out.jsonl") == nil)
    }

    /// A finished pair of an unfinished batch is not made anew because its sound is another one now.
    @Test func aBatchOfChangedSoundsIsNotContinued() throws {
        for (name, sound) in [
            ("contents/a.wav", "stereo.wav"), ("contents/b.wav", "stereo.wav"), ("styles/s.wav", "style.wav"),
        ] {
            let path = folder.file(name)
            try FileManager.default.createDirectory(
                atPath: path.parentFolder, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: folder.file(sound), toPath: path)
        }
        let batch = [
            "batch", "--contents", "contents", "--styles", "styles", "--output", "crosses", "--weights",
            TransferCommandTests.tiny, "--loss", "gram", "--layers", "relu1", "--iterations", "3", "--threads", "1",
        ]
        let ended = try ProgramUnderTest.run(batch, in: folder) { process, _ in
            while process.isRunning, bytes("crosses/a--s.wav.json") == nil { usleep(1_000) }
            kill(process.processIdentifier, SIGKILL)
        }
        #expect(ended.status == SIGKILL)
        let before = bytes("crosses/a--s.wav")
        try TestSounds.write(TestSounds.tone(331, seconds: 0.25), in: folder, "contents/a.wav")
        let unclear = try run(["resume", "crosses", "--iterations", "5"])
        #expect(unclear.status == 64 && unclear.errors.contains("'crosses' holds several runs"), "\(unclear.errors)")
        let refused = try run(["resume", "crosses"])
        #expect(refused.status == 65 && refused.errors.contains("contents/a.wav has changed"), "\(refused.errors)")
        #expect(bytes("crosses/a--s.wav") == before)
        let anew = try run(batch)
        #expect(anew.status == 0 && bytes("crosses/a--s.wav") != before, "\(anew.errors)")
    }

    /// The last checkpoint is damaged: the one before is used; both are: nothing is resumed wrongly.
    @Test func aDamagedCheckpointIsNotUsed() throws {
        _ = try stopped()
        func damage(_ name: String) throws {
            var data = try #require(bytes(name))
            data[data.count / 2] ^= 4
            try data.write(to: URL(fileURLWithPath: folder.file(name)))
        }
        try damage("out.wav.checkpoint")
        let resumed = try run(["resume", "out.wav", "--iterations", "\(lines("out.jsonl").count + 3)"])
        #expect(resumed.errors.contains("out.wav.checkpoint.old is used, the one before"))
        #expect(resumed.status == 0, "\(resumed.errors)")
        _ = try stopped()
        try damage("out.wav.checkpoint")
        try damage("out.wav.checkpoint.old")
        let refused = try run(["resume", "out.wav"])
        #expect(refused.status == 65 && refused.errors.contains("it is damaged") && refused.errorLines.count == 1)
    }

    /// Of a run's own: every end that it may break off at, and 2,000 of its bits.
    @Test func noCutOrChangedCheckpointIsRead() throws {
        _ = try stopped()
        let (path, changed) = (folder.file("out.wav.checkpoint"), folder.file("changed"))
        let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(try CheckpointFile.read(RunCheckpoint.self, from: path).progress.state != nil)
        var wrong = 0
        func refuses(_ bytes: some Sequence<UInt8>) throws {
            try Data(bytes).write(to: URL(fileURLWithPath: changed))
            do throws(Failure) {
                _ = try CheckpointFile.read(RunCheckpoint.self, from: changed)
                wrong += 1
            } catch {
                if error.kind != .badData { wrong += 1 }
            }
        }
        for count in whole.indices { try refuses(whole[..<count]) }
        var generator = SeededGenerator(seed: 21)
        for _ in 0..<2_000 {
            var bytes = whole
            bytes[Int.random(in: whole.indices, using: &generator)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            try refuses(bytes)
        }
        #expect(wrong == 0, "of \(whole.count) ends and 2,000 bits")
    }

    @Test func anIgnoredSignalStaysIgnored() throws {
        let shell = #"trap "" HUP INT; "$0" "$@""#
        let ended = try ProgramUnderTest.run(
            ["-c", shell, ProgramUnderTest.path] + options(["--loss", "gram", "--layers", "relu1"], "out")
                + ["--iterations", "300"], in: folder, executable: "/bin/sh"
        ) { process, _ in
            while process.isRunning, lines("out.jsonl").count < 8 { usleep(10_000) }
            for child in ProgramUnderTest.children(of: process) {
                kill(child, SIGINT)
                kill(child, SIGHUP)
            }
        }
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(lines("out.jsonl").count == 301)
    }

    @Test func optionsThatContradictAreRefused() throws {
        let base = options(["--loss", "gram", "--layers", "relu1"], "out").dropLast(2)
        for (more, name) in [
            (["--checkpoint-every", "-1"], "-1"), (["--checkpoint-every", "5", "--no-checkpoint"], "contradicts"),
            (["--resume", "--restart"], "contradicts"), (["--resume"], "no out.wav.checkpoint"),
        ] {
            let ended = try run(base + more)
            #expect([64, 66].contains(ended.status) && ended.errors.contains(name), "\(more): \(ended.errors)")
        }
    }
}
