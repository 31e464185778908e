// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Finishing
import Foundation
import TestSupport
import Testing

@testable import Transfer
@testable import wavestyle

@Suite struct ExperimentTests {
    private let folder: TemporaryFolder
    private let options = ["--weights", Fixtures.path("nsynth-tiny/weights.h5"), "--quiet"]

    init() throws { folder = try TemporaryFolder() }

    private func experiment(_ arguments: [String]) throws -> ProgramUnderTest.Ended {
        try ProgramUnderTest.run(["experiment"] + arguments + options, in: folder)
    }

    private func files(_ path: String) -> Set<String> {
        Set((try? FileManager.default.contentsOfDirectory(atPath: folder.file(path))) ?? [])
    }

    @Test func everyExperimentWritesWhatThePaperShows() throws {
        for (name, runs) in [
            ("pitch-to-pitch", ["low-to-high", "high-to-low"]),
            ("pitch-to-chord", ["pitch-to-chord", "chord-to-pitch"]),
            ("chord-to-pitch", ["chord-to-pitch", "pitch-to-chord"]), ("voice-to-instrument", ["voice-to-instrument"]),
        ] {
            let ended = try experiment([name, "--iterations", "4"])
            #expect(ended.status == 0, "\(name): \(ended.errors)")
            #expect(files(name).isSuperset(of: ["index.html", "table.txt", "experiment.json"] + runs))
            for run in runs {
                #expect(
                    files("\(name)/\(run)").isSuperset(of: [
                        "result.wav", "result.wav.json", "trace.jsonl", "settings.json", "spectrograms.png",
                        "result.iteration0.wav", "result.iteration1.wav", "result.iteration2.wav",
                        "result.iteration3.wav", "result.iteration4.wav",
                    ]), "\(files("\(name)/\(run)").sorted())")
            }
            #expect(ended.output.hasSuffix("\(name)/index.html\n"))
            // The paper's losses are those of 100 iterations.
            #expect(!ended.output.contains("published") && ended.output.contains("settings are not the paper's"))
            #expect(ended.output.contains("style-distance"))
        }
        // The settings are a preset that gives the run again.
        let again = try ProgramUnderTest.run(
            [
                "--preset", "pitch-to-pitch/low-to-high/settings.json", "--content", "pitch-to-pitch/low.wav",
                "--style",
                "pitch-to-pitch/high.wav", "--output", "again.wav",
            ], in: folder)
        #expect(again.status == 0, "\(again.errors)")
        #expect(
            FileManager.default.contents(atPath: folder.file("again.wav"))
                == FileManager.default.contents(atPath: folder.file("pitch-to-pitch/low-to-high/result.wav")))
    }

    @Test func theTableIsThePapers() throws {
        var table = LossTable(iterations: 100)
        let losses = [0: 10.0, 50: 4, 99: 2, 100: 1]
        table.add("Low to high", losses, published: ExperimentKind.pitchToPitch.published(from: "low", to: "high"))
        table.add(
            "Pitch to chord", losses, published: ExperimentKind.pitchToChord.published(from: "pitch", to: "chord"))
        #expect(table.iterations == [0, 50, 99])
        #expect(table.rows[0].shareOfFallByHalf == 0.75)
        // The paper says 99.7 %, and its table's other rows lie between 99.4 and 99.7.
        #expect(abs((table.rows[1].shareOfFallByHalf ?? 0) - 0.9974) < 5e-5)
        #expect(abs((table.rows[3].shareOfFallByHalf ?? 0) - 0.9941) < 5e-5)
        table.add("Rising", [0: 1, 50: 2, 99: 3], published: nil)
        #expect(table.rows[4].shareOfFallByHalf == nil)
        // One that ended early stays where it ended.
        table.add("Short", [0: 8, 50: 4, 61: 1], published: nil)
        table.add("Shorter", [0: 8, 1: 4], published: nil)
        #expect(table.rows[5].name == "Short (ended at 61)" && table.rows[5].losses.last == 1)
        #expect(table.rows[6].losses == [8, 4, 4] && table.rows[6].shareOfFallByHalf == 1)
    }

    @Test func thePapersLossesStandBesideThePapersSettings() throws {
        func isPublished(_ options: SettingValues) throws -> Bool {
            try ExperimentKind.pitchToPitch.isPublished(MethodSettings(options, preset: "nsynth-pitch"))
        }
        #expect(try isPublished(SettingValues()))
        #expect(try isPublished([\.weights: "trained.h5", \.seed: 3]))
        #expect(try !isPublished([\.iterations: 99]) && !isPublished([\.loss: "gram"]))
    }

    @Test func oneDirectionsFailureLeavesTheOther() throws {
        // A folder in the way of one result.
        try FileManager.default.createDirectory(
            atPath: folder.file("out/low-to-high/result.wav"), withIntermediateDirectories: true)
        let ended = try experiment(["pitch-to-pitch", "--iterations", "1", "--output", "out"])
        #expect(ended.status == 73, "\(ended.errors)")
        #expect(ended.output.contains("low-to-high failed") && ended.output.contains("High to low"))
        #expect(files("out").contains("index.html") && files("out/high-to-low").contains("result.wav"))
    }

    @Test func aKilledDirectionIsOneFailureAndARerunGoesOn() throws {
        // The content decides how long a direction takes.
        let long = try TestSounds.write(TestSounds.tone(220, seconds: 10), in: folder, "long.wav")
        let short = try TestSounds.write(TestSounds.tone(440, seconds: 0.3), in: folder, "short.wav")
        let arguments = [
            "experiment", "pitch-to-pitch", "--content", long, "--style", short, "--output", "out", "--threads", "1",
            "--weights", Fixtures.path("nsynth-tiny/weights.h5"), "--iterations", "20",
        ]
        let ended = try ProgramUnderTest.run(arguments, in: folder) { process, said in
            while !said().contains("low-to-high  iteration 0/"), process.isRunning { usleep(5_000) }
            try ProgramUnderTest.killChild(of: process)
        }
        #expect(ended.status == 70, "\(ended.errors)")
        #expect(ended.output.contains("low-to-high failed: signal 9 ended it"))
        #expect(files("out").contains("index.html") && files("out/high-to-low").contains("result.wav"))
        #expect(!files("out/low-to-high").contains("result.wav"))
        let again = try ProgramUnderTest.run(arguments + ["--threads", "2", "--jobs", "2"], in: folder)
        #expect(again.status == 0 && files("out/low-to-high").contains("result.wav"), "\(again.errors)")
        #expect(again.errors.contains("low-to-high  iteration 20/20") && !again.errors.contains("high-to-low"))
    }

    @Test func whatIsThereStaysUntilAllSoundsAreRead() throws {
        #expect(try experiment(["pitch-to-pitch", "--iterations", "1", "--output", "out"]).status == 0)
        let before = FileManager.default.contents(atPath: folder.file("out/low.wav"))
        let tone = try TestSounds.write(TestSounds.tone(440, seconds: 0.3), in: folder, "tone.wav")
        let ended = try experiment(["pitch-to-pitch", "--output", "out", "--content", tone, "--style", "missing.wav"])
        #expect(ended.status == 66)
        #expect(files("out").contains("index.html"))
        #expect(FileManager.default.contents(atPath: folder.file("out/low.wav")) == before)
        // Nothing of other iterations stays among a new run's sounds.
        #expect(try experiment(["pitch-to-pitch", "--iterations", "0", "--output", "out"]).status == 0)
        #expect(files("out/low-to-high").filter { $0.contains("iteration") } == ["result.iteration0.wav"])
    }

    @Test func inputsAreNotOverwritten() throws {
        try FileManager.default.createDirectory(atPath: folder.file("out"), withIntermediateDirectories: false)
        let tone = try TestSounds.write(TestSounds.tone(440, seconds: 0.3), in: folder, "out/low.wav")
        let before = FileManager.default.contents(atPath: tone)
        let ended = try experiment(["pitch-to-pitch", "--content", "out/low.wav", "--output", "out"])
        #expect(ended.status == 64 && ended.errors.contains("out/low.wav is in it"), "\(ended.errors)")
        #expect(FileManager.default.contents(atPath: tone) == before)
    }

    @Test func aLoudSoundIsMadeQuieterNotClipped() throws {
        let tone = TestSounds.tone(440, seconds: 0.3).scaled(by: 4)
        try TestSounds.write(tone, in: folder, "loud.wav")
        #expect(try experiment(["pitch-to-pitch", "--content", "loud.wav", "--iterations", "0"]).status == 0)
        let written = try AudioFile.read(folder.file("pitch-to-pitch/low.wav")).channels[0]
        // A sine's crest of 2 is left as it is.
        let power = written.reduce(0) { $0 + Double($1 * $1) } / Double(written.count)
        #expect(abs(1 / power - 2) < 0.01)
    }

    @Test func theSineIsThePapers() throws {
        let sine = SoundStack.sine()
        #expect(sine.frameCount == 48_000 && sine.sampleRate == 16_000)
        func crossings(_ range: Range<Int>) -> Int {
            range.filter { (sine.channels[0][$0] < 0) != (sine.channels[0][$0 + 1] < 0) }.count
        }
        #expect(abs(crossings(1_000..<17_000) - 2_000) <= 2 && abs(crossings(36_000..<44_000) - 2_000) <= 2)
        #expect(sine.channels[0][30_000..<34_000].allSatisfy { $0 == 0 }, "silence around two seconds")
    }

    /// Some notes of a dataset: name, family, source, pitch, velocity.
    private func dataset(_ notes: [(String, String, String, Int, Int)]) throws -> String {
        let path = folder.file("nsynth")
        try FileManager.default.createDirectory(atPath: "\(path)/audio", withIntermediateDirectories: true)
        let entries = notes.map { instrument, family, source, pitch, velocity in
            """
            "\(instrument)-\(pitch)-\(velocity)": {"pitch": \(pitch), "velocity": \(velocity), "note": 1,
              "instrument_str": "\(instrument)", "instrument_family_str": "\(family)", "instrument_source_str": "\(source)",
              "qualities": [0, 1]}
            """
        }
        try "{\(entries.joined(separator: ","))}".write(
            toFile: "\(path)/examples.json", atomically: true, encoding: .utf8)
        for (instrument, _, _, pitch, velocity) in notes {
            try TestSounds.write(
                TestSounds.tone(440 * pow(2, Double(pitch - 69) / 12), seconds: 0.5), in: folder,
                "nsynth/audio/\(instrument)-\(pitch)-\(velocity).wav")
        }
        return path
    }

    @Test func notesAreChosenByFamilyPitchAndVelocity() throws {
        let library = try NoteLibrary(
            try dataset([
                ("flute_synthetic_000", "flute", "synthetic", 62, 50),
                ("flute_synthetic_000", "flute", "synthetic", 62, 100),
                ("flute_synthetic_000", "flute", "synthetic", 66, 100),
                ("flute_synthetic_001", "flute", "synthetic", 69, 100),
                ("flute_acoustic_002", "flute", "acoustic", 58, 100),
                ("flute_acoustic_002", "flute", "acoustic", 62, 100),
                ("flute_acoustic_002", "flute", "acoustic", 65, 127),
                ("vocal_acoustic_000", "vocal", "acoustic", 48, 75),
            ]))
        func pick(_ text: String) throws -> String {
            let note = try library.note(try #require(NoteLibrary.Query(text)))
            return FinishedRun.name(note.path)
        }
        #expect(try pick("flute-synthetic:62") == "flute_synthetic_000-62-100")
        #expect(try pick("flute-synthetic:62:40") == "flute_synthetic_000-62-50")
        #expect(try pick("flute:58") == "flute_acoustic_002-58-100")
        #expect(throws: Failure.self) { try pick("flute:59") }
        #expect(throws: Failure.self) { try pick("organ:60") }
        // No one instrument has 60, 64 and 67; one has them two semitones lower.
        let chord = try library.chord(try #require(NoteLibrary.Query("flute:60")), intervals: [0, 4, 7])
        #expect(chord.map(\.pitch) == [58, 62, 65])
        for odd in ["-9223372036854775808", "128"] {
            let note = """
                {"a-60-100": {"pitch": 60, "velocity": \(odd), "instrument_str": "a", "instrument_family_str": "flute",
                "instrument_source_str": "acoustic"}}
                """
            try note.write(toFile: folder.file("nsynth/examples.json"), atomically: true, encoding: .utf8)
            #expect(throws: Failure.self) { try NoteLibrary(folder.file("nsynth")) }
        }
        try "{}".write(toFile: folder.file("nsynth/examples.json"), atomically: true, encoding: .utf8)
        #expect(throws: Failure.self) { try NoteLibrary(folder.file("nsynth")) }
        for text in ["flute", "flute:", ":60", "flute:128", "flute:60:1:2", "a/b.wav", "flute:c4"] {
            #expect(NoteLibrary.Query(text) == nil, "\(text)")
        }
    }

    @Test func aChordIsStackedFromADataset() throws {
        let notes = try dataset([60, 64, 67].map { ("flute_synthetic_000", "flute", "synthetic", $0, 100) })
        let ended = try experiment([
            "pitch-to-chord", "--notes", notes, "--iterations", "1", "--output", "out",
            "--content", "flute:60",
        ])
        #expect(ended.status == 0, "\(ended.errors)")
        let chord = try AudioFile.read(folder.file("out/chord.wav"))
        // As long as the notes, at -2 dBFS.
        #expect(chord.frameCount == 8_000 && abs(chord.peak - 0.794) < 1e-3)
        let record = try String(contentsOfFile: folder.file("out/pitch-to-chord/result.wav.json"), encoding: .utf8)
        #expect(record.contains("\"--pitch-classes=C,E,G\""))
    }

    @Test func theFailuresSayWhatIsWrong() throws {
        for (arguments, status, word) in [
            (["song-to-song"], 64, "song-to-song"),
            (["pitch-to-pitch", "--content", "missing.wav"], 66, "missing.wav"),
            (["pitch-to-pitch", "--notes", "nowhere"], 66, "examples.json"),
            (["pitch-to-pitch", "--layers", "relu9"], 64, "relu9"),
            (["pitch-to-pitch", "--content", "vocal:48"], 66, "vocal:48"),
            (["pitch-to-pitch", "--backend", "stft"], 64, "nsynth-pitch, uses --backend nsynth"),
        ] as [([String], Int32, String)] {
            let ended = try experiment(arguments)
            #expect(ended.status == status && ended.errorLines.count == 1, "\(arguments): \(ended.errors)")
            #expect(ended.errors.contains(word), "\(ended.errors)")
        }
    }
}
