// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Foundation
import TestSupport
import Testing

@testable import wavestyle

/// The main job, through the program.
@Suite struct TransferCommandTests {
    static let tiny = Fixtures.path("nsynth-tiny/weights.h5")

    struct GoldenRun: Sendable {
        var name: String
        var arguments: [String]
    }

    static let goldenRuns = [
        GoldenRun(
            name: "gram_relu1_all_alpha1", arguments: ["--loss", "gram", "--layers", "relu1", "--alpha", "1"]),
        GoldenRun(
            name: "l2_relu1_blocks1to5_alpha0",
            arguments: ["--loss", "l2", "--layers", "relu1:1-5@0.2", "--alpha", "0"]),
        GoldenRun(
            name: "gram_relu2_blocks3and7_alpha0.1", arguments: ["--layers", "relu2:3,relu2:7", "--alpha", "0.1"]),
    ]

    /// With the weights that Magenta's graph exported to HDF5, and with those that are imported from its checkpoint.
    @Test(arguments: goldenRuns, ["exported", "imported"])
    func theLossesAreTensorFlows(_ run: GoldenRun, weights: String) throws {
        let (folder, golden) = (try TemporaryFolder(), try Golden())
        var file = Self.tiny
        if weights == "imported" {
            let imported = try ProgramUnderTest.run(
                ["weights", "import", Fixtures.path("nsynth-tiny"), "--output", "imported.h5"], in: folder)
            #expect(imported.status == 0, "\(imported.errors)")
            file = "imported.h5"
        }
        for name in ["content", "style"] {
            try TestSounds.write(Waveform(mono: try golden.values(name), sampleRate: 16_000), in: folder, "\(name).wav")
        }
        let ended = try ProgramUnderTest.run(
            [
                "--content", "content.wav", "--style", "style.wav", "--output", "out.wav", "--weights", file,
                "--init-noise", "0", "--learning-rate", "0.005", "--iterations", "20", "--trace", "trace.jsonl",
            ] + run.arguments, in: folder)
        #expect(ended.status == 0, "\(ended.errors)")
        let expected = try golden.values("runs/\(run.name)/losses").doubles
        let lines = try traceLines(folder.file("trace.jsonl"))
        #expect(lines.count == 21)
        var seconds = 0.0
        for (index, line) in lines.enumerated() {
            #expect(line["iteration"] == Double(index))
            let tolerances = Golden.tolerance(of: run.name, iteration: index)
            for (column, key) in ["loss", "style", "content"].enumerated() {
                let wanted = expected[3 * index + column]
                let tolerance = column == 2 ? tolerances.content : tolerances.loss
                #expect(abs((line[key] ?? .nan) - wanted) <= tolerance * abs(wanted) + 1e-9, "\(key) at \(index)")
            }
            #expect((line["seconds"] ?? -1) >= seconds)
            seconds = line["seconds"] ?? seconds
        }
    }

    @Test func theOutputHasTheContentsLengthAndARecordBesideIt() throws {
        let sounds = try TestSounds()
        let ended = try ProgramUnderTest.run(
            [
                "--content", sounds.content, "--style", sounds.style, "--output", "out.wav", "--preset", "clean",
                "--weights", Self.tiny,
                "--iterations", "3", "--seed", "5", "--snapshots", "0,2",
            ], in: sounds.folder)
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output == "out.wav\n")
        let result = try AudioFile.read(sounds.folder.file("out.wav"))
        #expect(result.frameCount == 4_000 && result.sampleRate == 16_000 && result.channels.count == 1)
        #expect(result.peak > 0.1)
        #expect(try AudioFile.read(sounds.folder.file("out.iteration0.wav")).frameCount == 4_000)
        #expect(
            sounds.folder.contents == [
                "content.wav", "out.iteration0.wav", "out.iteration2.wav", "out.wav", "out.wav.json", "style.wav",
            ])
        let record = try #require(
            try JSONSerialization.jsonObject(
                with: Data(contentsOf: URL(fileURLWithPath: sounds.folder.file("out.wav.json"))))
                as? [String: Any])
        let settings = try #require(record["settings"] as? [String: Any])
        #expect(settings["seed"] as? Int == 5)
        #expect(
            (record["content"] as? [String: Any])?["sha256"] as? String
                == (try Checksum(ofFile: sounds.content).description))
        #expect(
            (record["weights"] as? [String: Any])?["sha256"] as? String == (try Checksum(ofFile: Self.tiny).description)
        )
        let result0 = try #require((record["results"] as? [[String: Any]])?.first)
        let (first, last) = (result0["first"] as? [String: Double], result0["last"] as? [String: Double])
        #expect((last?["loss"] ?? .infinity) < (first?["loss"] ?? 0))
    }

    @Test func theSameCommandGivesTheSameBytes() throws {
        let sounds = try TestSounds()
        func run(_ output: String) throws -> Checksum {
            let ended = try ProgramUnderTest.run(
                [
                    "--content", sounds.content, "--style", sounds.style, "--output", output, "--preset", "clean",
                    "--weights", Self.tiny,
                    "--iterations", "4", "--threads", "2", "--init", "mix:0.5", "--quiet",
                ], in: sounds.folder)
            #expect(ended.status == 0 && ended.errors.isEmpty)
            return try Checksum(ofFile: sounds.folder.file(output))
        }
        #expect(try run("a.wav") == run("b.wav"))
    }

    @Test func anyRateChannelsAndFormatsWork() throws {
        let folder = try TemporaryFolder()
        let content = try TestSounds.write(
            TestSounds.tone(220, seconds: 0.3, rate: 44_100, channels: 2), in: folder, "c.flac")
        let style = try TestSounds.write(
            TestSounds.tone(440, seconds: 0.2, rate: 48_000, channels: 2), in: folder, "s.ogg")
        let ended = try ProgramUnderTest.run(
            [
                "--content", content, "--style", style, "--output", "out.flac", "--preset", "clean", "--weights",
                Self.tiny, "--iterations",
                "2", "--channels", "each", "--output-rate", "44100", "--sample-format", "pcm24", "--json", "--quiet",
                "--trace", "t.jsonl",
            ], in: folder)
        #expect(ended.status == 0, "\(ended.errors)")
        let result = try AudioFile.read(folder.file("out.flac"))
        #expect(result.channels.count == 2 && result.sampleRate == 44_100 && result.frameCount == 13_230)
        // The second channel is half as loud, and stays so, more or less.
        let energy = result.channels.map { $0.reduce(0) { $0 + $1 * $1 } }
        #expect(energy[1] < 0.7 * energy[0] && energy[1] > 0.05 * energy[0])
        let record = try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any]
        #expect((record?["results"] as? [Any])?.count == 2)
        #expect(try traceLines(folder.file("t.jsonl")).map { $0["channel"] ?? 0 } == [1, 1, 1, 2, 2, 2])
    }

    @Test func partsOfSoundsCanBeChosen() throws {
        let sounds = try TestSounds(seconds: 1)
        let ended = try ProgramUnderTest.run(
            [
                "--content", sounds.content, "--style", sounds.style, "--output", "out.wav", "--preset", "clean",
                "--weights", Self.tiny,
                "--iterations", "1", "--start", "0.25", "--duration", "0.5", "--style-duration", "0.1",
            ], in: sounds.folder)
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(try AudioFile.read(sounds.folder.file("out.wav")).frameCount == 8_000)
        #expect(ended.errors.contains("0.50 s of content, 0.10 s of style, preset clean with --weights "))
        let data = try Data(contentsOf: URL(fileURLWithPath: sounds.folder.file("out.wav.json")))
        let record = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        let changed = record?["changed"] as? [String: Any]
        #expect(record?["preset"] as? String == "clean")
        #expect(changed?.keys.sorted() == ["duration", "iterations", "style-duration", "weights"])
        #expect(changed?["style-duration"] as? Double == 0.1)
    }

    @Test(arguments: [("trim", 4_000), ("pad", 8_000), ("loop", 8_000)])
    func fitDecidesTheLengthForL2(_ fit: String, _ frames: Int) throws {
        let sounds = try TestSounds()
        // Content and style swapped: the style is the shorter one.
        let ended = try ProgramUnderTest.run(
            [
                "--content", sounds.style, "--style", sounds.content, "--output", "out.wav", "--weights", Self.tiny,
                "--iterations", "1", "--loss", "l2", "--fit", fit,
            ], in: sounds.folder)
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(try AudioFile.read(sounds.folder.file("out.wav")).frameCount == frames)
    }

    @Test func peaksOverFullScaleAreReportedAndTreated() throws {
        let sounds = try TestSounds()
        let loud = Waveform(mono: TestSounds.tone(220, seconds: 0.1).channels[0].map { 4 * $0 }, sampleRate: 16_000)
        let content = try TestSounds.write(loud, in: sounds.folder, "loud.wav")
        let ended = try ProgramUnderTest.run(
            [
                "--content", content, "--style", sounds.style, "--output", "o.wav", "--preset", "clean", "--weights",
                Self.tiny,
                "--iterations", "0",
            ],
            in: sounds.folder)
        #expect(ended.status == 0)
        #expect(ended.errors.contains("warning:") && ended.errors.contains("over full scale, peak 2.0"))
        // Rescaled before companding: the sine keeps its shape, so its mean square is a half.
        let result = try AudioFile.read(sounds.folder.file("o.wav")).channels[0]
        #expect(abs(result.reduce(0) { $0 + $1 * $1 } / Float(result.count) - 0.5) < 0.02)
    }

    @Test func interruptingSavesTheBestSoFar() throws {
        let sounds = try TestSounds(seconds: 1)
        let ended = try ProgramUnderTest.run(
            [
                "--content", sounds.content, "--style", sounds.style, "--output", "out.wav", "--preset", "clean",
                "--weights", Self.tiny,
                "--iterations", "5000",
            ], in: sounds.folder
        ) { process, errors in
            while process.isRunning, !errors().contains("iteration 0/") { Thread.sleep(forTimeInterval: 0.05) }
            process.interrupt()
        }
        #expect(ended.status == 130)
        #expect(ended.errors.contains("Stopped"))
        #expect(try AudioFile.read(sounds.folder.file("out.wav")).frameCount == 16_000)
        #expect(
            sounds.folder.contents == ["content.wav", "out.wav", "out.wav.checkpoint", "out.wav.json", "style.wav"])
    }

    /// Nobody listens on standard error, standard output is full: the first is borne, the second reported.
    @Test func streamsThatCannotBeWritten() throws {
        let sounds = try TestSounds()
        func run(_ redirection: String) throws -> ProgramUnderTest.Ended {
            try ProgramUnderTest.run(
                [
                    "-c", "\"$0\" \"$@\" \(redirection)", ProgramUnderTest.path, "--content", sounds.content, "--style",
                    sounds.style, "--preset", "clean", "--weights", Self.tiny, "--iterations", "1", "--output",
                    "out.wav",
                ], in: sounds.folder, executable: "/bin/sh")
        }
        #expect(try run("2>/dev/full").status == 0)
        #expect(try run("2>&-").status == 0)
        #expect(try AudioFile.read(sounds.folder.file("out.wav")).frameCount == 4_000)
        let full = try run(">/dev/full")
        #expect(full.status == 74 && full.errors.contains("standard output"))
    }

    @Test func aLinkLeadsToItsTarget() throws {
        let sounds = try TestSounds()
        try FileManager.default.createSymbolicLink(
            atPath: sounds.folder.file("link.wav"), withDestinationPath: sounds.folder.file("target.wav"))
        try Data().write(to: URL(fileURLWithPath: sounds.folder.file("target.wav")))
        let ended = try ProgramUnderTest.run(
            [
                "--content", sounds.content, "--style", sounds.style, "--preset", "clean", "--weights", Self.tiny,
                "--iterations", "1",
                "--output", "link.wav",
            ], in: sounds.folder)
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: sounds.folder.file("link.wav")).hasSuffix(
                "target.wav"))
        #expect(try AudioFile.read(sounds.folder.file("target.wav")).frameCount == 4_000)
    }

    @Test func theBundledPairNeedsNoInput() throws {
        let folder = try TemporaryFolder()
        let ended = try ProgramUnderTest.run(
            ["--iterations", "0", "--preset", "clean", "--weights", Self.tiny], in: folder)
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output == "stylized.wav\n")
        #expect(ended.errors.contains("bundled"))
        #expect((2.0...4.0).contains(try AudioFile.read(folder.file("stylized.wav")).duration))
    }

    private func traceLines(_ path: String) throws -> [[String: Double]] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
            try JSONDecoder().decode([String: Double].self, from: Data(line.utf8))
        }
    }

    /// It is `mosaic`, unless a loss, layers or a backend is named: then the published form of the backend.
    @Test(
        arguments: [
            ([], "mosaic"), (["--mode", "tonal", "--blend", "0.3"], "mosaic"), (["--octave", "-1"], "mosaic"),
            (["--keep", "0.4", "--blend", "0.2", "--words"], "mosaic"), (["--backend", "mosaic"], "mosaic"),
            (["--loss", "gram", "--layers", "relu1"], "nsynth"), (["--backend", "nsynth"], "nsynth"),
            (["--backend", "stft"], "stft"), (["--layers", "relu1:1-5"], "nsynth"),
            (["--preset", "nsynth-voice"], "nsynth"), (["--preset", "clean"], "clean"),
            (["--preset", "clean", "--alpha", "0.3"], "clean"), (["--preset", "clean", "--blend", "0.7"], "clean"),
        ] as [([String], String)])
    func theSystemThatRuns(_ arguments: [String], system: String) throws {
        let sounds = try TestSounds()
        let ended = try ProgramUnderTest.run(arguments + ["--print-settings"], in: sounds.folder)
        #expect(ended.status == 0, "\(ended.errors)")
        let backend = system == "clean" ? "nsynth" : system
        #expect(ended.output.contains("\"backend\": \"\(backend)\""))
        #expect(ended.output.contains("\"variable\": \"waveform\"") == (system == "clean"))
        #expect(ended.output.contains("\"loss\": \"kl\"") == (system == "clean"))
    }

    /// What is announced is what lies below the options, whatever they make of it.
    @Test(
        arguments: [
            (["--preset", "clean"], "preset clean with --weights "),
            (["--preset", "nsynth-voice"], "preset nsynth-voice with "),
            (["--loss", "gram"], "preset nsynth with --weights "),
            (["--loss", "gram", "--variable", "waveform"], " --variable waveform --iterations 0, weights"),
        ] as [([String], String)])
    func theStartNamesTheSystem(_ arguments: [String], _ system: String) throws {
        let sounds = try TestSounds(seconds: 0.1)
        let ended = try ProgramUnderTest.run(
            arguments + [
                "--content", "content.wav", "--style", "style.wav", "--weights", Self.tiny, "--iterations", "0",
            ], in: sounds.folder)
        #expect(ended.status == 0 && ended.errors.contains(system), "\(ended.errors)")
    }

    /// What `--events` prints: values, and how it ended.
    @Test func eventsAreValues() throws {
        let sounds = try TestSounds()
        let arguments = [
            "transfer", "--content", "content.wav", "--style", "style.wav", "--output", "out.wav", "--preset", "clean",
            "--weights", Fixtures.path("nsynth-tiny/weights.h5"), "--iterations", "3", "--events",
        ]
        func events(_ more: [String]) throws -> [RunEvent] {
            let ended = try ProgramUnderTest.run(arguments + more, in: sounds.folder)
            #expect(ended.errors.isEmpty, "\(ended.errors)")
            return try ended.output.split(separator: "\n").map { try #require(RunEvent(line: String($0))) }
        }
        let told = try events(["--unless-finished"])
        let numbers = told.compactMap { event -> Int? in
            guard case .iteration(let number, of: 3, channel: nil, let loss, _) = event, loss.isFinite else {
                return nil
            }
            return number
        }
        #expect(numbers == [0, 1, 2, 3] && told.last == .ended(how: .finished))
        let record = try String(contentsOfFile: sounds.folder.file("out.wav.json"), encoding: .utf8)
        #expect(!record.contains("--events") && !record.contains("--unless-finished"))
        #expect(try events(["--unless-finished"]) == [.ended(how: .finishedBefore)])
        #expect(try events(["--unless-finished", "--seed", "2"]).last == .ended(how: .finished))
        guard case .ended(how: .failed(code: 66, let reason))? = try events(["--content", "no.wav"]).last else {
            Issue.record("no failure was told")
            return
        }
        #expect(reason.contains("no.wav"))
        guard case .ended(how: .estimated(let report))? = try events(["--dry-run"]).last else {
            Issue.record("no estimate was told")
            return
        }
        #expect(report.memory > 0)
    }
}
