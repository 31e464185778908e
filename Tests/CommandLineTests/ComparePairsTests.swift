// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Evaluation
import Foundation
import TestSupport
import Testing

/// `wavestyle compare --pairs`, and `--control`.
@Suite struct ComparePairsTests {
    private let sounds: TestSounds
    private var folder: TemporaryFolder { sounds.folder }

    init() throws {
        sounds = try TestSounds(seconds: 0.5)
        try write(
            """
            {"settings": {"backend": "stft", "filters": 32, "n-fft": 256, "hop": 64, "phase-iterations": 5}}
            """, "small.json")
        try write("{\"settings\": {\"weights\": \"\(Fixtures.path("nsynth-tiny/weights.h5"))\"}}", "tiny.json")
        try write("{\"settings\": {\"weights\": \"missing.h5\"}}", "broken.json")
        // The paths are beside the file, which is not in the current folder.
        try FileManager.default.createDirectory(atPath: folder.file("set"), withIntermediateDirectories: false)
        try TestSounds.write(TestSounds.tone(330, seconds: 0.4, rate: 44_100, channels: 2), in: folder, "set/duo.wav")
        try write(
            """
            {"pairs": [
              {"name": "first", "description": "One tone and another.", "content": "../content.wav", "style": "../style.wav"},
              {"name": "second", "content": "duo.wav", "style": "\(sounds.content)"}
            ]}
            """, "set/pairs.json")
    }

    private func write(_ text: String, _ name: String) throws {
        try text.write(toFile: folder.file(name), atomically: true, encoding: .utf8)
    }

    private func compare(
        _ more: [String], iterations: Int = 2, afterStart: (Process, () -> String) throws -> Void = { _, _ in }
    ) throws -> ProgramUnderTest.Ended {
        try ProgramUnderTest.run(
            ["compare", "--output", "judged", "--iterations", "\(iterations)"] + more, in: folder,
            afterStart: afterStart)
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOfFile: folder.file(name), encoding: .utf8)
    }

    private func summary() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text("judged/compare.json").utf8)) as? [String: Any])
    }

    /// Cells by name and metric.
    private func scores(_ figures: Any?) throws -> [String: [String: Double]] {
        let figures = try #require(figures as? [String: Any])
        let columns =
            [figures["content"], figures["style"]].compactMap { $0 as? [String: Any] }
            + (figures["outputs"] as? [[String: Any]] ?? [])
        return try Dictionary(
            uniqueKeysWithValues: columns.map { column in
                (try #require(column["name"] as? String), try #require(column["scores"] as? [String: Double]))
            })
    }

    @Test func everyPairIsJudgedAndCounted() throws {
        let ended = try compare(["--pairs", "set/pairs.json", "--systems", "tiny.json,small.json", "--control"])
        #expect(ended.status == 0, "\(ended.errors)")
        let summary = try summary()
        let pairs = try #require(summary["pairs"] as? [[String: Any]])
        #expect(pairs.map { $0["name"] as? String } == ["first", "second"])
        #expect(pairs[0]["description"] as? String == "One tone and another.")

        // Each pair's figures are those of evaluate on the files in its folder.
        func cells(_ text: String) -> [[Substring]] { text.split(separator: "\n").map { $0.split(separator: " ") } }
        let table = cells(try text("judged/table.txt"))
        let names = ["control", "tiny", "small"]
        var figures: [[String: [String: Double]]] = []
        for pair in pairs {
            let inner = "judged/\(try #require(pair["name"] as? String))"
            let ended = try ProgramUnderTest.run(
                ["evaluate", "--content", "\(inner)/content.wav", "--style", "\(inner)/style.wav"]
                    + names.map { "\(inner)/\($0).wav" }, in: folder)
            #expect(ended.status == 0, "\(ended.errors)")
            for row in cells(ended.output) { #expect(table.contains(row), "\(row)") }
            figures.append(try scores(pair["figures"]))
        }

        // Means and wins, counted again.
        let means = try scores(summary["means"])
        for name in ["content", "style"] + names {
            for metric in ["style-distance", "content-envelope", "flatness-ratio", "convergence-style"] {
                let values = try figures.map { try #require($0[name]?[metric]) }
                #expect(abs((means[name]?[metric] ?? .nan) - (values[0] + values[1]) / 2) < 1e-9, "\(name) \(metric)")
            }
        }
        let wins = try #require(summary["wins"] as? [[String: Any]])
        #expect(wins.count == 6)
        for win in wins {
            let (name, over) = (try #require(win["name"] as? String), try #require(win["over"] as? String))
            func count(_ isWon: (_ value: (String, String) -> Double) -> Bool) -> Int {
                figures.filter { pair in isWon { pair[$0]?[$1] ?? .nan } }.count
            }
            let nearer = { (value: (String, String) -> Double) in
                value(name, "style-distance") < value(over, "style-distance")
            }
            let kept = { (value: (String, String) -> Double) in
                value(name, "content-envelope") >= value(over, "content-envelope")
            }
            let expected = [
                "style": count(nearer), "content": count(kept), "styleAndContent": count { nearer($0) && kept($0) },
                "flatness": count { $0(name, "flatness-ratio") < $0(over, "flatness-ratio") },
            ]
            for (key, won) in expected {
                let share = try #require(win[key] as? [String: Int])
                #expect(share == ["won": won, "of": 2], "\(name) over \(over): \(key)")
            }
            #expect(table.contains { $0.starts(with: [name, "over", over].map { $0[...] }) })
        }

        let page = try text("judged/index.html")
        for word in ["first", "second", "One tone and another.", "control", "tiny over small"] {
            #expect(page.contains(word), "\(word)")
        }
        // Content, style, control and two systems, for each pair.
        #expect(page.matches(of: /<audio controls/).count == 10)
        #expect(ended.output.contains("style-distance (lower is better)") && ended.output.contains("index.html"))
    }

    @Test func theControlIsTheContentWithNoise() throws {
        let arguments = ["--content", "content.wav", "--style", "style.wav", "--systems", "small.json", "--control"]
        let ended = try compare(arguments)
        #expect(ended.status == 0, "\(ended.errors)")
        let header = ended.output.split(separator: "\n").first?.split(separator: " ")
        #expect(header == ["better", "content", "style", "control", "small"])
        let path = folder.file("judged/control.wav")
        let control = try AudioFile.read(path)
        #expect(control.sampleRate == 16_000 && control.channels.count == 1)
        let loudness = try #require(Loudness.of(channels: control.channels, sampleRate: 16_000))
        #expect(abs(loudness + 23) < 0.1)
        // Power of sum and content differ by a tenth: a correlation of 1 / sqrt(1.1) = 0.953, but for chance.
        let found = try scores(try summary()["figures"])
        #expect(abs((found["control"]?["content-waveform"] ?? 0) - 0.953) < 0.01)
        // The seed decides it.
        let before = FileManager.default.contents(atPath: path)
        #expect(try compare(arguments).status == 0)
        #expect(FileManager.default.contents(atPath: path) == before)
        #expect(try compare(arguments + ["--seed", "7"]).status == 0)
        #expect(FileManager.default.contents(atPath: path) != before)
    }

    @Test func aFailureLeavesTheOthers() throws {
        let ended = try compare(["--pairs", "set/pairs.json", "--systems", "broken.json,small.json"])
        #expect(ended.status == 66, "\(ended.errors)")
        #expect(ended.errors.contains("second/broken: ") && ended.output.contains("first/broken failed: "))
        let pairs = try #require(try summary()["pairs"] as? [[String: Any]])
        for pair in pairs {
            #expect((pair["failures"] as? [String: String])?.keys.sorted() == ["broken"])
            #expect((pair["systems"] as? [Any])?.count == 1)
        }
    }

    @Test func severalPairsAtATimeGiveTheSame() throws {
        func outputs(_ more: [String]) throws -> [Data] {
            let ended = try compare(["--pairs", "set/pairs.json", "--systems", "tiny.json,small.json"] + more)
            #expect(ended.status == 0, "\(ended.errors)")
            #expect((try summary()["pairs"] as? [[String: Any]])?.map { $0["name"] as? String } == ["first", "second"])
            return try ["first/tiny", "first/small", "second/tiny", "second/small"].map {
                try Data(contentsOf: URL(fileURLWithPath: folder.file("judged/\($0).wav")))
            }
        }
        let oneByOne = try outputs(["--threads", "1"])
        // A thread for each.
        #expect(try outputs(["--threads", "2", "--jobs", "2"]) == oneByOne)
    }

    @Test func stoppingKeepsWhatThereIs() throws {
        let ended = try compare(
            ["--pairs", "set/pairs.json", "--systems", "tiny.json"], iterations: 1_000_000
        ) { process, said in
            while !said().contains("first/tiny  iteration 0/"), process.isRunning { usleep(20_000) }
            process.interrupt()
        }
        #expect(ended.status == 130, "\(ended.errors)")
        #expect(ended.output.contains("style-distance") && ended.output.contains("first"))
        #expect((try summary()["pairs"] as? [Any])?.count == 1)
        #expect(FileManager.default.fileExists(atPath: folder.file("judged/index.html")))
        #expect(!FileManager.default.fileExists(atPath: folder.file("judged/second/tiny.wav")))
    }

    @Test(arguments: [
        (#"{"pairs": []}"#, "no pair"), ("[1, 2", "not JSON"), ("{}", "pairs is missing"),
        (#"{"pairs": [{"name": "a", "content": "x.wav"}]}"#, "pairs.[0].style is missing"),
        (#"{"pairs": [{"name": 3, "content": "x.wav", "style": "y.wav"}]}"#, "wrong type"),
        (#"{"pairs": [{"name": "../a", "content": "x.wav", "style": "y.wav"}]}"#, "cannot name a folder"),
        (#"{"pairs": [{"name": "", "content": "x.wav", "style": "y.wav"}]}"#, "cannot name a folder"),
        (#"{"pairs": [{"name": "table.txt", "content": "x.wav", "style": "y.wav"}]}"#, "cannot name a folder"),
        (
            #"{"pairs": [{"name": "a", "content": "x", "style": "y"}, {"name": "a", "content": "x", "style": "y"}]}"#,
            "two pairs are named 'a'"
        ),
    ])
    func aBadFileIsRefused(_ json: String, _ word: String) throws {
        try write(json, "bad.json")
        try expectRefusal(["--pairs", "bad.json"], 65, word)
    }

    @Test func whatCannotBeIsRefusedAtOnce() throws {
        try write(#"{"pairs": [{"name": "a", "content": "content.wav", "style": "no.wav"}]}"#, "lost.json")
        try write(#"{"pairs": [{"name": "a", "content": "content.wav", "style": "lost.json"}]}"#, "silent.json")
        for (arguments, status, word) in [
            (["--pairs", "nowhere.json"], Int32(66), "nowhere.json"), (["--pairs", "lost.json"], 66, "no.wav"),
            (["--pairs", "silent.json"], 65, "lost.json"),
            (["--pairs", "set/pairs.json", "--content", "content.wav"], 64, "--content"),
            (["--pairs", "set/pairs.json", "--style", "style.wav"], 64, "--style"),
            (["--pairs", "set/pairs.json", "--systems", "nonsense"], 64, "nonsense"),
            (["--pairs", "set/pairs.json", "--threads", "2", "--jobs", "3"], 64, "--jobs 3"),
            (["--systems", "small.json", "--threads", "2", "--jobs", "2"], 64, "--pairs"),
        ] {
            try expectRefusal(arguments, status, word)
        }
        try write(try text("small.json"), "control.json")
        try expectRefusal(["--pairs", "set/pairs.json", "--control", "--systems", "control.json"], 64, "control.wav")
    }

    @Test func inputsAreNotOverwritten() throws {
        try FileManager.default.createDirectory(atPath: folder.file("lists"), withIntermediateDirectories: false)
        try write(
            #"{"pairs": [{"name": "a", "content": "../content.wav", "style": "../style.wav"}]}"#, "lists/own.json")
        for (list, output, place) in [
            ("set/pairs.json", "set", "set/duo.wav"), ("set/pairs.json", ".", "content.wav"),
            ("lists/own.json", "lists", "lists/own.json"),
        ] {
            let ended = try compare(["--pairs", list, "--output", output])
            #expect(ended.status == 64 && ended.errors.contains("\(place) is in it"), "\(ended.errors)")
        }
        try FileManager.default.createDirectory(atPath: folder.file("judged/a"), withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: sounds.content, toPath: folder.file("judged/a/content.wav"))
        try write(
            #"{"pairs": [{"name": "a", "content": "judged/a/content.wav", "style": "style.wav"}]}"#, "inside.json")
        let ended = try compare(["--pairs", "inside.json"])
        #expect(ended.status == 64 && ended.errors.contains("judged/a/content.wav is in it"), "\(ended.errors)")
    }

    private func expectRefusal(_ arguments: [String], _ status: Int32, _ word: String) throws {
        let ended = try compare(arguments)
        #expect(ended.status == status && ended.errorLines.count == 1, "\(arguments): \(ended.errors)")
        #expect(ended.errors.contains(word), "\(ended.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.file("judged")))
    }
}
