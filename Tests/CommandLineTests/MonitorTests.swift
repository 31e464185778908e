// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Evaluation
import Foundation
import TestSupport
import Testing

@Suite struct MonitorTests {
    private let sounds: TestSounds
    private let options: [String]

    init() throws {
        sounds = try TestSounds(seconds: 0.4)
        options = [
            "--loss", "gram", "--content", "content.wav", "--style", "style.wav", "--weights",
            Fixtures.path("nsynth-tiny/weights.h5"),
            "--threads", "1",
        ]
    }

    private func lines(_ name: String) throws -> [[String: Any]] {
        try String(contentsOfFile: sounds.folder.file(name), encoding: .utf8).split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    @Test func theTraceCarriesWhatEvaluateGives() throws {
        let ended = try ProgramUnderTest.run(
            options + [
                "--iterations", "6", "--monitor", "flatness,chroma,style-distance", "--every", "3", "--trace",
                "run.jsonl", "--snapshots", "3", "--output", "out.wav", "--sample-format", "float32",
            ], in: sounds.folder)
        #expect(ended.status == 0, "\(ended.errors)")
        let metrics = try lines("run.jsonl").map { $0["metrics"] as? [String: Double] }
        #expect(metrics.indices.filter { metrics[$0] != nil } == [0, 3, 6])
        #expect(metrics[0]?.keys.sorted() == ["chroma", "flatness", "style-distance"])
        for (index, file) in [(3, "out.iteration3.wav"), (6, "out.wav")] {
            let evaluated = try ProgramUnderTest.run(
                ["evaluate", "--content", "content.wav", "--style", "style.wav", file, "--json"], in: sounds.folder)
            let table = try #require(
                try JSONSerialization.jsonObject(with: Data(evaluated.output.utf8)) as? [String: Any])
            let output = try #require((table["outputs"] as? [[String: Any]])?.first?["scores"] as? [String: Double])
            for (name, value) in metrics[index] ?? [:] {
                // The file holds the very samples that were measured.
                #expect(abs(value - (output[name] ?? .nan)) <= 1e-9 * max(abs(value), 1), "\(name) at \(index)")
            }
        }
    }

    @Test func theOutputHasTheLoudnessAskedFor() throws {
        try TestSounds.write(
            TestSounds.tone(220, seconds: 0.6, channels: 2), in: sounds.folder, "content.wav")
        for (form, channels) in [("mix", 1), ("each", 2)] {
            let ended = try ProgramUnderTest.run(
                options + [
                    "--iterations", "1", "--channels", form, "--loudness=-30", "--output", "out.wav",
                    "--sample-format", "float32",
                ], in: sounds.folder)
            #expect(ended.status == 0, "\(ended.errors)")
            let sound = try AudioFile.read(sounds.folder.file("out.wav"))
            #expect(sound.channels.count == channels)
            let loudness = try #require(Loudness.of(channels: sound.channels, sampleRate: sound.sampleRate))
            // Hundredths: the gain is found at another level, on the other side of no gate.
            #expect(abs(loudness + 30) < 0.05, "\(form): \(loudness)")
        }
    }

    @Test func theBestIterateIsKept() throws {
        let ended = try ProgramUnderTest.run(
            options + [
                "--iterations", "8", "--learning-rate", "0.5", "--keep", "best:content-waveform", "--every", "2",
                "--trace", "run.jsonl", "--output", "out.wav", "--json",
            ], in: sounds.folder)
        #expect(ended.status == 0, "\(ended.errors)")
        let record = try #require(
            try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any])
        #expect(record["keep"] as? String == "best:content-waveform")
        let result = try #require((record["results"] as? [[String: Any]])?.first)
        // The start is the content itself.
        #expect(result["iteration"] as? Int == 0 && result["reached"] as? Int == 8)
        let last = try #require(result["last"] as? [String: Double])
        #expect(try #require(last["content-waveform"]) > 0.999)
    }

    @Test func aFigureThatIsNeverDefinedKeepsTheLast() throws {
        // The content's 0.4 s of silence have no pitch to agree with.
        try TestSounds.write(TestSounds.tone(0, seconds: 0.4), in: sounds.folder, "content.wav")
        let ended = try ProgramUnderTest.run(
            options + ["--iterations", "3", "--keep", "best:pitch-content", "--output", "out.wav", "--json"],
            in: sounds.folder)
        #expect(ended.status == 0 && ended.errors.contains("pitch-content is not defined"), "\(ended.errors)")
        #expect(ended.output.contains("\"iteration\" : 3"))
    }

    @Test(
        arguments: [
            (["--every", "2"], "nothing is measured"), (["--pitch-classes", "C"], "nothing is measured"),
            (["--monitor", "flatness", "--every", "0"], "1 or more"), (["--monitor", "loudness"], "loudness"),
            (["--keep", "best:pitch"], "best:pitch"), (["--keep", "best:nothing"], "best:nothing"),
            (["--monitor", "flatness", "--pitch-classes", "C"], "chroma"),
            (["--monitor", "chroma", "--pitch-classes", "H"], "H"),
            (["--monitor", "flatness", "--style", "content.wav"], "several --style"),
            (["--loudness", "3"], "between -70 and 0"),
        ])
    func whatCannotBeIsRefused(_ arguments: [String], _ word: String) throws {
        let ended = try ProgramUnderTest.run(options + arguments + ["--output", "out.wav"], in: sounds.folder)
        #expect(ended.status == 64, "\(ended.errors)")
        #expect(ended.errorLines.count == 1 && ended.errors.contains(word), "\(ended.errors)")
        #expect(!FileManager.default.fileExists(atPath: sounds.folder.file("out.wav")))
    }
}
