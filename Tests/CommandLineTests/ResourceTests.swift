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
    @Test(.disabled(if: Sanitizer.isOn, "it measures memory")) func aLimitIsKeptAndChangesNothingElse() throws {
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

    /// What does not fit at once is optimised in parts: as long, with the content's level all along, within the limit; said at the start
    /// and in the record.
    @Test(.disabled(if: Sanitizer.isOn, "it measures memory")) func whatDoesNotFitIsOptimisedInParts() throws {
        let sounds = try TestSounds(seconds: 20)
        let base = [
            "--content", sounds.content, "--style", sounds.style, "--preset", "clean", "--weights", Self.tiny,
            "--iterations", "2", "--sample-format", "float32", "--max-memory", "200MB",
        ]
        let ended = try ProgramUnderTest.run(
            base + ["--output", "out.wav", "--snapshots", "1", "--trace", "out.jsonl"], in: sounds.folder)
        #expect(ended.status == 0, "\(ended.errors)")
        struct Record: Decodable {
            struct Strategy: Decodable { let parts: Int? }
            let strategy: Strategy
            let peakMemory: Int
        }
        let json = try Data(contentsOf: URL(fileURLWithPath: sounds.folder.file("out.wav.json")))
        let record = try JSONDecoder().decode(Record.self, from: json)
        let parts = try #require(record.strategy.parts)
        #expect(parts > 1 && record.peakMemory <= 200_000_000)
        #expect(ended.errors.contains("in \(parts) parts with crossfades, as memory does not hold more at a time"))
        #expect(ended.errors.contains("iteration \(2 * parts)/\(2 * parts)"))
        // The content is one tone: so is its level.
        for name in ["out.wav", "out.iteration1.wav"] {
            let sound = try AudioFile.read(sounds.folder.file(name))
            #expect(sound.frameCount == 320_000)
            let levels = stride(from: 0, to: 320_000, by: 8_000).map { start in
                let power = sound.channels[0][start..<start + 8_000].reduce(0.0) { $0 + Double($1) * Double($1) }
                return 10 * log10(power / 8_000)
            }
            #expect((levels.max() ?? 0) - (levels.min() ?? 0) < 3, "\(levels)")
        }
        let trace = try String(contentsOfFile: sounds.folder.file("out.jsonl"), encoding: .utf8)
        #expect(trace.split(separator: "\n").count == 1 + 2 * parts)

        let start = try ProgramUnderTest.run(
            base + ["--output", "start.wav", "--iterations", "0", "--loudness", "keep", "--quiet"], in: sounds.folder)
        #expect(start.status == 0, "\(start.errors)")
        let (again, content) = (
            try AudioFile.read(sounds.folder.file("start.wav")), try AudioFile.read(sounds.content)
        )
        #expect(again.frameCount == content.frameCount)
        #expect(zip(again.channels[0], content.channels[0]).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    /// The memory that is asked for in an error, in bytes, and the options that shorten the sounds.
    private func advice(_ errors: String) throws -> (more: Int, shorter: [String]) {
        let more = try #require(errors.firstMatch(of: /allow ([0-9.]+) (MB|GB) more/))
        let shorter = try #require(errors.firstMatch(of: /shorten the sounds \(([^)]*)\)/))
        let unit = more.2 == "GB" ? 1e9 : 1e6
        return (Int((try #require(Double(more.1))) * unit), shorter.1.split(separator: " ").map(String.init))
    }

    /// Whatever is advised works: more memory, and shorter sounds.
    @Test(arguments: [
        (["--preset", "nsynth", "--weights", tiny], 21), (["--preset", "clean", "--weights", tiny], 61),
        (["--preset", "stft", "--filters", "16"], 51), (["--preset", "clean-stft", "--filters", "16"], 30),
        (["--preset", "mosaic", "--mode", "tonal"], 8), (["--preset", "mosaic", "--mode", "grains"], 6),
    ])
    func whatIsAdvisedWorks(_ method: [String], megabytes: Int) throws {
        let sounds = try TestSounds(seconds: 30)
        try TestSounds.write(TestSounds.tone(660, seconds: 20), in: sounds.folder, "style.wav")
        let base =
            ["--content", sounds.content, "--style", sounds.style, "--dry-run"] + method
        func run(_ more: [String]) throws -> ProgramUnderTest.Ended {
            try ProgramUnderTest.run(base + more, in: sounds.folder)
        }
        // Beside what the program holds anyway.
        let held = try #require(try run(["--max-memory", "1MB"]).errors.firstMatch(of: /take ([0-9]+) MB already/))
        let limit = (try #require(Int(held.1)) + megabytes) * 1_000_000
        let refused = try run(["--max-memory", "\(limit)"])
        try #require(
            refused.status == 65 && refused.errors.contains("of memory is needed, but only"), "\(refused.errors)")
        let advice = try advice(refused.errors)
        let more = try run(["--max-memory", "\(limit + advice.more)"])
        #expect(more.status == 0, "\(more.errors)")
        let shorter = try run(["--max-memory", "\(limit)"] + advice.shorter)
        #expect(shorter.status == 0, "\(advice.shorter): \(shorter.errors)")
    }

    /// A network that does not fit can have fewer filters.
    @Test(.disabled(if: Sanitizer.isOn, "it measures memory")) func fewerFiltersFit() throws {
        let sounds = try TestSounds()
        let base = [
            "--content", sounds.content, "--style", sounds.style, "--preset", "ulyanov", "--dry-run", "--max-memory",
            "60MB",
        ]
        let refused = try ProgramUnderTest.run(base, in: sounds.folder)
        #expect(refused.status == 65 && refused.errors.contains("use fewer --filters or a smaller --kernel"))
        for remedy in [["--filters", "16"], ["--kernel", "1", "--filters", "64"]] {
            let ended = try ProgramUnderTest.run(base + remedy, in: sounds.folder)
            #expect(ended.status == 0, "\(ended.errors)")
        }
    }

    /// All maps of a minute take 5 GB for each of the 90 layers' ten.
    @Test func aPartOrFewerLayersCanBeEncoded() throws {
        let folder = try TemporaryFolder()
        let minutes = TestSounds.tone(220, seconds: 600).channels
        try TestSounds.write(Waveform(channels: minutes, sampleRate: 16_000), in: folder, "long.wav")
        let base = ["encode", "long.wav", "--output", "long.h5"]
        let refused = try ProgramUnderTest.run(base + ["--layers", "relu1,relu2,residual"], in: folder)
        #expect(refused.status == 65 && refused.errors.contains("use a part (--start, --duration) or fewer layers"))
        let part = ["--layers", "relu1,relu2,residual", "--start", "1", "--duration", "0.1"]
        #expect(try ProgramUnderTest.run(base + part, in: folder).status == 0)
    }
}
