// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Foundation
import TestSupport
import Testing

/// Memory limits, precision, and what is said beforehand.
@Suite struct ResourceTests {
    private static let tiny = Fixtures.path("nsynth-tiny/weights.h5")

    private struct Estimate: Decodable {
        let memory: Int
        let seconds: Double
        let strategy: Strategy
        /// Bytes by what they are for.
        let requests: [String: Int]
        struct Strategy: Decodable { let window: Int? }
    }

    private func estimate(_ more: [String], in folder: TemporaryFolder) throws -> Estimate {
        let ended = try ProgramUnderTest.run(more + ["--dry-run", "--json"], in: folder)
        #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended.errors)")
        return try JSONDecoder().decode(Estimate.self, from: Data(ended.output.utf8))
    }

    /// 8 s of sound at width 32: more than the limit if kept, less if computed again.
    @Test func aLimitIsKeptAndChangesNothingElse() throws {
        let sounds = try TestSounds(seconds: 8)
        let base = [
            "--content", sounds.content, "--style", sounds.style, "--preset", "clean", "--weights", "random-32",
            "--iterations", "1",
            "--threads", "2", "--sample-format", "float32",
        ]
        let kept = try estimate(base, in: sounds.folder)
        #expect(kept.strategy.window == nil && kept.seconds > 0)
        let limited = try estimate(base + ["--max-memory", "350MB"], in: sounds.folder)
        #expect(limited.strategy.window != nil)
        #expect(limited.memory <= 350_000_000 && limited.memory < kept.memory)
        #expect(sounds.folder.contents == ["content.wav", "style.wav"])

        struct Record: Decodable { let peakMemory: Int }
        var waves: [Waveform] = []
        for (name, more) in [("kept.wav", []), ("limited.wav", ["--max-memory", "350MB"])] {
            let ended = try ProgramUnderTest.run(base + more + ["--output", name, "--quiet"], in: sounds.folder)
            #expect(ended.status == 0, "\(ended.errors)")
            waves.append(try AudioFile.read(sounds.folder.file(name)))
            if name == "limited.wav" {
                let json = try Data(contentsOf: URL(fileURLWithPath: sounds.folder.file(name + ".json")))
                #expect(try JSONDecoder().decode(Record.self, from: json).peakMemory <= 350_000_000)
            }
        }
        // One step of Adam moves each sample by its gradient's sign; where the gradient is nearly zero, rounding decides.
        let differences = zip(waves[0].channels[0], waves[1].channels[0]).filter { abs($0 - $1) > 1e-4 }.count
        #expect(differences < waves[0].frameCount / 1_000, "\(differences)")
        #expect(sounds.folder.contents.allSatisfy { !$0.hasPrefix(".") }, "a scratch file was left")
    }

    @Test func theEstimateIsSaidBeforeTheWork() throws {
        let sounds = try TestSounds()
        let base = [
            "--content", sounds.content, "--style", sounds.style, "--preset", "clean", "--weights", Self.tiny,
            "--iterations", "1",
            "--output", "out.wav",
        ]
        let ended = try ProgramUnderTest.run(base, in: sounds.folder)
        let said = try #require(ended.errorLines.firstIndex { $0.hasPrefix("This will take about ") })
        let worked = try #require(ended.errorLines.firstIndex { $0.hasPrefix("iteration 0/1") })
        #expect(said < worked)
        let dry = try ProgramUnderTest.run(base + ["--dry-run"], in: sounds.folder)
        #expect(dry.output.hasPrefix("This will take about ") && dry.output.contains("all activations stored"))
    }

    @Test func mixedPrecisionTakesLessMemoryAndIsRecorded() throws {
        let sounds = try TestSounds(seconds: 4)
        let base = [
            "--content", sounds.content, "--style", sounds.style, "--preset", "clean", "--weights", "random-32",
            "--iterations", "1",
        ]
        let full = try estimate(base, in: sounds.folder)
        let mixed = try estimate(base + ["--precision", "mixed"], in: sounds.folder)
        // Ten blocks' activations in half the bytes: 10 x 64,000 x 32 x 2 = 41 MB.
        #expect(mixed.memory < full.memory - 35_000_000)
        let ended = try ProgramUnderTest.run(
            base + ["--precision", "mixed", "--output", "out.wav", "--quiet"], in: sounds.folder)
        #expect(ended.status == 0)
        let record = try String(contentsOfFile: sounds.folder.file("out.wav.json"), encoding: .utf8)
        #expect(record.contains("\"precision\" : \"mixed\""))
    }

    @Test(arguments: [
        (["--max-memory", "1MB"], "take"), (["--max-memory", "nothing"], "max-memory"),
        (["--max-memory", "-5GB"], "max-memory"), (["--max-memory", "0"], "max-memory"),
        (["--max-memory", "1e30GB"], "max-memory"), (["--precision", "bf16"], "precision"),
    ])
    func nonsenseIsRefused(_ arguments: [String], _ mention: String) throws {
        let sounds = try TestSounds()
        let ended = try ProgramUnderTest.run(
            ["--content", sounds.content, "--style", sounds.style, "--preset", "clean", "--weights", Self.tiny]
                + arguments,
            in: sounds.folder)
        #expect(ended.status == 64 && ended.errorLines.count == 1 && ended.errors.contains(mention), "\(ended.errors)")
        #expect(sounds.folder.contents == ["content.wav", "style.wav"])
    }

    @Test func aLimitThatNoStrategyFitsIsRefused() throws {
        let sounds = try TestSounds(seconds: 2)
        let ended = try ProgramUnderTest.run(
            ["--content", sounds.content, "--style", sounds.style, "--preset", "clean", "--max-memory", "150MB"],
            in: sounds.folder)
        #expect(ended.status == 65 && ended.errors.contains("of memory is needed, but only"), "\(ended.errors)")
    }
}
