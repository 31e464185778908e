// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Foundation
import TestSupport
import Testing

@Suite struct EvaluateTests {
    private let sounds: TestSounds

    init() throws { sounds = try TestSounds(seconds: 0.6) }

    private func evaluate(_ arguments: [String]) throws -> ProgramUnderTest.Ended {
        try ProgramUnderTest.run(["evaluate"] + arguments, in: sounds.folder)
    }

    @Test func theTableHasARowForEachMetricAndAColumnForEachSound() throws {
        let ended = try evaluate(["--content", "content.wav", "--style", "style.wav", "style.wav", "content.wav"])
        #expect(ended.status == 0, "\(ended.errors)")
        let rows = ended.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(rows[0] == ["better", "content", "style", "style", "content"])
        let distance = try #require(rows.first { $0[0] == "style-distance" })
        // The style's own distance is 0, up to the rounding of eigenvalues.
        #expect(distance[1] == "lower" && distance[2] == distance[5] && distance[3] == distance[4])
        #expect((Double(distance[3]) ?? 1) < 1e-3 && (Double(distance[2]) ?? 0) > 1)
        // A tone of 660 Hz, as the median of voiced frames.
        let pitch = try #require(rows.first { $0[0] == "pitch" })
        #expect(abs((Double(pitch[4]) ?? 0) - 660) < 2, "\(pitch)")
    }

    @Test func oneMetricAlone() throws {
        let ended = try evaluate([
            "--content", "content.wav", "--style", "style.wav", "style.wav", "--metrics", "chroma", "--pitch-classes",
            "A,E", "--json",
        ])
        let table = try #require(try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any])
        #expect(table["pitchClasses"] as? [String] == ["E", "A"])
        let content = try #require((table["content"] as? [String: Any])?["scores"] as? [String: Double])
        // 220 Hz is an A; the window's skirts spread a little.
        #expect(content.keys.sorted() == ["chroma"] && (content["chroma"] ?? 0) > 0.95)
    }

    @Test func clippingIsCountedInTheFile() throws {
        // One of two channels is cut off; mixing and resampling would hide it.
        let tone = TestSounds.tone(500, seconds: 0.5, rate: 44_100).channels[0]
        let clipped = tone.map { max(min(4 * $0, 1), -1) }
        try TestSounds.write(
            Waveform(channels: [clipped, tone.map { -$0 }], sampleRate: 44_100), in: sounds.folder, "clipped.wav")
        let ended = try evaluate([
            "--content", "content.wav", "--style", "style.wav", "clipped.wav", "--metrics", "clipping", "--json",
        ])
        let table = try #require(try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any])
        let scores = try #require((table["outputs"] as? [[String: Any]])?.first?["scores"] as? [String: Double])
        // |2 sin| >= 0.999 for two thirds of a period, in half of the samples.
        #expect(abs((scores["clipping"] ?? 0) - 1.0 / 3) < 0.005)
    }

    @Test func everyMetricIsExplained() throws {
        let ended = try evaluate(["--explain", "--json"])
        let metrics = try #require(
            try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [[String: String]])
        #expect(metrics.count >= 20)
        for metric in metrics {
            for key in ["name", "title", "group", "formula", "range", "better", "source"] {
                #expect(metric[key]?.isEmpty == false, "\(metric["name"] ?? "") has no \(key)")
            }
        }
        #expect(try evaluate(["--explain", "--metrics", "flatness"]).output.contains("formula"))
    }

    @Test func theFailuresSayWhatIsWrong() throws {
        for (arguments, status, word) in [
            (["--style", "style.wav", "content.wav"], 64, "--content"),
            (["--content", "content.wav", "--style", "style.wav"], 64, "an output"),
            (["--content", "content.wav", "--style", "missing.wav", "content.wav"], 66, "missing.wav"),
            (
                [
                    "--content", "content.wav", "--style", "style.wav", "style.wav", "--metrics", "flatness",
                    "--pitch-classes", "C",
                ],
                64, "chroma"
            ),
            (["--content", "content.wav", "--style", "style.wav", "style.wav", "--metrics", "beauty"], 64, "beauty"),
            (
                ["--content", "content.wav", "--style", "style.wav", "style.wav", "--metrics", "x"], 64,
                "style-distance, "
            ),
        ] as [([String], Int32, String)] {
            let ended = try evaluate(arguments)
            #expect(ended.status == status && ended.errorLines.count == 1, "\(arguments): \(ended.errors)")
            #expect(ended.errors.contains(word), "\(ended.errors)")
        }
    }
}
