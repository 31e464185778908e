// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Foundation
import TestSupport
import Testing

/// `wavestyle sweep`, on this machine. The cluster's part is `Tests/Cluster`'s.
@Suite struct SweepTests {
    private let folder: TemporaryFolder
    private static let plan = """
        contents: [a.wav, b.wav]
        styles: "styles/*.wav"
        presets: [nsynth, mosaic]
        settings:
          weights: \(Fixtures.path("nsynth-tiny/weights.h5"))
          layers: [relu1, residual]
          iterations: 2
          blend: [0.3]
        exclude: [{content: b.wav, preset: mosaic}]
        metrics: [style-distance, content-envelope]
        traces: true
        """

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.file("styles"), withIntermediateDirectories: false)
        for (name, hertz) in [("a", 220.0), ("b", 330), ("styles/x", 440)] {
            try TestSounds.write(TestSounds.tone(hertz, seconds: 0.3), in: folder, "\(name).wav")
        }
        try write(Self.plan)
    }

    private func write(_ plan: String) throws {
        try plan.write(toFile: folder.file("plan.yaml"), atomically: true, encoding: .utf8)
    }

    private func sweep(_ words: [String], environment: [String: String] = [:]) throws -> ProgramUnderTest.Ended {
        try ProgramUnderTest.run(["sweep"] + words, in: folder, environment: environment)
    }

    private func rows() throws -> [[String: Any]] {
        let json = try Data(contentsOf: URL(fileURLWithPath: folder.file("out/results.json")))
        let table = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
        return try #require(table["runs"] as? [[String: Any]])
    }

    /// Checksums of all results, by their names.
    private func results(_ place: String = "out") throws -> [String: String] {
        let files = FileManager.default.enumerator(atPath: folder.file("\(place)/runs"))
        let names = (files?.allObjects as? [String] ?? []).filter { $0.hasSuffix(".wav") }
        return try Dictionary(
            uniqueKeysWithValues: names.map {
                ($0, try Checksum(ofFile: folder.file("\(place)/runs/\($0)")).description)
            })
    }

    @Test func checkSaysWhatAPlanMakes() throws {
        let ended = try sweep(["check", "plan.yaml", "--table", "rows.csv", "--rows", "2"])
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output.hasPrefix("5 runs: 2 pairs, presets nsynth, mosaic\n"), "\(ended.output)")
        #expect(ended.output.contains("left out by exclude: 1") && ended.output.contains("... and 3 more"))
        let table = try String(contentsOfFile: folder.file("rows.csv"), encoding: .utf8)
        #expect(table.split(separator: "\r\n").count == 6)
        let printed = try sweep(["check", "plan.yaml", "--print-plan"])
        #expect(printed.output == Self.plan)
    }

    @Test func mistakesAreOneLineWithTheirPlace() throws {
        try write("presets: [nsynth]\nsettings:\n  layers: [relu7]\n")
        let ended = try sweep(["run", "plan.yaml", "--output", "out"])
        #expect(ended.status == 65 && ended.output.isEmpty)
        #expect(ended.errors.hasPrefix("wavestyle: error: cannot use the plan 'plan.yaml:3:11': "), "\(ended.errors)")
        #expect(ended.errors.split(separator: "\n").count == 1)
        #expect(!FileManager.default.fileExists(atPath: folder.file("out")))
        for (words, status) in [
            (["status", "nowhere"], 66), (["collect", "nowhere"], 66), (["best", "nowhere", "--metric", "pitch"], 66),
            (["run", "none.yaml", "--output", "out"], 66),
            (["run", "plan.yaml", "--output", "out", "--jobs", "0"], 64),
            (["run", "plan.yaml", "--output", "out", "--partition", "long"], 64),
        ] as [([String], Int32)] {
            let ended = try sweep(words)
            #expect(
                ended.status == status && ended.errors.split(separator: "\n").count == 1, "\(words): \(ended.errors)")
        }
    }

    @Test func aSweepIsRunOnceAndEndsInATable() throws {
        let ended = try sweep(["run", "plan.yaml", "--output", "out", "--jobs", "2"])
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output.hasSuffix("/out/index.html\n"))
        let made = try results()
        #expect(made.count == 5)
        let rows = try rows()
        #expect(rows.count == 5 && rows.allSatisfy { $0["state"] as? String == "finished" })
        for row in rows {
            let sound = try #require(row["sound"] as? String)
            #expect(made[String(sound.dropFirst("runs/".count))] == row["sha256"] as? String)
            #expect((row["style-distance"] as? Double).map { $0 > 0 } ?? false)
        }
        // A run is what the main job makes of the same words.
        let row = try #require(rows.first { $0["layers"] as? String == "residual" && $0["pair"] as? String == "b--x" })
        let single = try ProgramUnderTest.run(
            [
                "--preset", "nsynth", "--weights", Fixtures.path("nsynth-tiny/weights.h5"), "--layers", "residual",
                "--iterations", "2", "--blend", "0.3", "--content", "b.wav", "--style", "styles/x.wav", "--threads",
                "1",
                "--output", "single.wav",
            ], in: folder)
        #expect(single.status == 0, "\(single.errors)")
        #expect(try Checksum(ofFile: folder.file("single.wav")).description == row["sha256"] as? String)
        // Metrics are those of evaluate.
        let measured = try ProgramUnderTest.run(
            [
                "evaluate", "--content", "b.wav", "--style", "styles/x.wav", "single.wav", "--metrics",
                "style-distance",
                "--json", "--threads", "1",
            ], in: folder)
        let distance = try #require(row["style-distance"] as? Double)
        #expect(measured.output.contains("\(distance)"), "\(measured.output)")

        let status = try sweep(["status", "out"])
        #expect(status.output == "5 runs: 5 finished\n")
        let again = try sweep(["run", "plan.yaml", "--output", "out"])
        #expect(again.status == 0 && again.errors.contains("5 finished before"), "\(again.errors)")
        #expect(try results() == made)
        let cancelled = try sweep(["cancel", "out"])
        #expect(cancelled.output == "Nothing runs, and nothing waits.\n")

        // A result that was lost is made again.
        let lost = try #require(made.keys.sorted().first)
        try FileManager.default.removeItem(atPath: folder.file("out/runs/\(lost)"))
        #expect(try sweep(["status", "out"]).output == "5 runs: 4 finished, 1 left\n")
        #expect(try sweep(["run", "plan.yaml", "--output", "out", "--quiet"]).status == 0)
        #expect(try results() == made)

        // The plan grows: what is there stays; a sound that changes makes other runs.
        try write(Self.plan.replacing("[relu1, residual]", with: "[relu1, residual, relu2]"))
        let grown = try sweep(["run", "plan.yaml", "--output", "out"])
        #expect(grown.status == 0 && grown.errors.contains("2 finished, 5 finished before"), "\(grown.errors)")
        try TestSounds.write(TestSounds.tone(350, seconds: 0.3), in: folder, "b.wav")
        let changed = try sweep(["run", "plan.yaml", "--output", "out"])
        #expect(changed.errors.contains("3 finished, 4 finished before"), "\(changed.errors)")
    }

    @Test func theBestBecomesAPreset() throws {
        #expect(try sweep(["run", "plan.yaml", "--output", "out", "--quiet"]).status == 0)
        let best = try sweep(["best", "out", "--metric", "style-distance", "--json"])
        #expect(best.status == 0, "\(best.errors)")
        let listed = try #require(
            try JSONSerialization.jsonObject(with: Data(best.output.utf8)) as? [[String: Any]])
        // The mosaic is on one pair only: it is not compared with what is on two.
        #expect(
            listed.count == 2 && listed.allSatisfy { $0["preset"] as? String == "nsynth" && $0["pairs"] as? Int == 2 })
        let means = listed.compactMap { ($0["means"] as? [String: Double])?["style-distance"] }
        #expect(means.count == 2 && means[0] <= means[1])
        let rows = try rows().filter { $0["preset"] as? String == "nsynth" }
        let byLayer = Dictionary(grouping: rows) { $0["layers"] as? String ?? "" }.mapValues { rows in
            rows.compactMap { $0["style-distance"] as? Double }.reduce(0, +) / Double(rows.count)
        }
        // Sums of the same two numbers.
        #expect(abs((byLayer.values.min() ?? 0) - means[0]) <= 1e-12 * means[0])
        let front = try sweep(["best", "out", "--metric", "style-distance", "--against", "content-envelope"])
        #expect(front.output.hasPrefix("style-distance  content-envelope  preset"))
        let preset = try sweep(["best", "out", "--metric", "style-distance", "--print-settings"])
        try Data(preset.output.utf8).write(to: URL(fileURLWithPath: folder.file("best.json")))
        let run = try ProgramUnderTest.run(
            [
                "--preset", "best.json", "--content", "a.wav", "--style", "styles/x.wav", "--output", "again.wav",
                "--threads", "1",
            ],
            in: folder)
        #expect(run.status == 0, "\(run.errors)")
        let layer = byLayer.min { $0.value < $1.value }?.key
        let wanted = try self.rows().first { $0["layers"] as? String == layer && $0["pair"] as? String == "a--x" }
        #expect(try Checksum(ofFile: folder.file("again.wav")).description == wanted?["sha256"] as? String)
        let twice = try sweep(["best", "out", "--metric", "style-distance", "--against", "style-distance", "--json"])
        #expect(twice.status == 64)
        let unmeasured = try sweep(["best", "out", "--metric", "pitch"])
        #expect(unmeasured.status == 64 && unmeasured.errors.contains("the sweep has not measured it"))
    }

    /// Two processes at once do each run once.
    @Test func twoProcessesShareTheWork() throws {
        try write(Self.plan.replacing("iterations: 2", with: "iterations: 30"))
        var other: ProgramUnderTest.Ended?
        let first = try ProgramUnderTest.run(
            ["sweep", "run", "plan.yaml", "--output", "out", "--jobs", "1"], in: folder,
            afterStart: { _, _ in
                // It has written the plan once it begins a run.
                let journal = folder.file("out/journal")
                for _ in 0..<3_000
                where (try? FileManager.default.contentsOfDirectory(atPath: journal))?.isEmpty ?? true {
                    usleep(20_000)
                }
                try FileManager.default.createDirectory(
                    atPath: folder.file("out/slurm"), withIntermediateDirectories: true)
                let names = try String(contentsOfFile: folder.file("out/runs.jsonl"), encoding: .utf8)
                    .split(separator: "\n").compactMap { line in
                        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                    }.compactMap { $0["run"] as? String }
                let task = try JSONSerialization.data(withJSONObject: ["runs": names])
                try (task + Data("\n".utf8)).write(to: URL(fileURLWithPath: folder.file("out/slurm/1.tasks.jsonl")))
                other = try sweep(["task", "out", "--submission", "1", "--task", "0"])
            })
        #expect(first.status == 0 && other?.status == 0, "\(first.errors) \(other?.errors ?? "")")
        var finished: [String: Int] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.file("out/journal")) {
            let lines = try String(contentsOfFile: folder.file("out/journal/\(name)"), encoding: .utf8)
            for line in lines.split(separator: "\n") where line.contains(#""event":"finished""#) {
                let entry = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                finished[entry?["run"] as? String ?? "", default: 0] += 1
            }
        }
        #expect(finished.count == 5 && finished.values.allSatisfy { $0 == 1 }, "\(finished)")
    }

    /// What a run is of is looked at again when it is done, and a damaged folder is not taken for a smaller sweep.
    @Test func whatChangedIsNotTakenForTheSame() throws {
        #expect(try sweep(["run", "plan.yaml", "--output", "out", "--quiet"]).status == 0)
        let made = try results()
        let lost = try #require(made.keys.sorted().first)
        try FileManager.default.removeItem(atPath: folder.file("out/runs/\(lost)"))
        for name in ["a", "b"] { try TestSounds.write(TestSounds.tone(500, seconds: 0.3), in: folder, "\(name).wav") }
        try FileManager.default.createDirectory(atPath: folder.file("out/slurm"), withIntermediateDirectories: true)
        let run = try #require(lost.split(separator: "/").last?.split(separator: ".").first)
        try "{\"runs\":[\"\(run)\"]}\n".write(
            toFile: folder.file("out/slurm/1.tasks.jsonl"), atomically: true, encoding: .utf8)
        let task = try sweep(["task", "out", "--submission", "1", "--task", "0"])
        #expect(task.status == 65)
        #expect(task.errors.contains("a sound has changed since the plan was made"), "\(task.errors)")
        let runs = try String(contentsOfFile: folder.file("out/runs.jsonl"), encoding: .utf8)
        try String(runs.dropLast()).write(toFile: folder.file("out/runs.jsonl"), atomically: true, encoding: .utf8)
        for words in [["status", "out"], ["collect", "out"], ["best", "out", "--metric", "style-distance"]] {
            let ended = try sweep(words)
            #expect(ended.status == 65 && ended.errors.contains("it has 4 runs"), "\(words): \(ended.errors)")
        }
    }

    /// Seeds have all their digits, and a preset file with its weights is part of what a run is.
    @Test func seedsAndWeightsAreExact() throws {
        let weights = folder.file("w.h5")
        try FileManager.default.copyItem(atPath: Fixtures.path("nsynth-tiny/weights.h5"), toPath: weights)
        try #"{"settings": {"backend": "nsynth", "weights": "w.h5", "iterations": 1}}"#.write(
            toFile: folder.file("mine"), atomically: true, encoding: .utf8)
        try write(
            """
            pairs: [{content: a.wav, style: styles/x.wav}]
            presets: [mine]
            settings: {seed: [18446744073709551615, 9007199254740993]}
            metrics: [style-distance]
            """)
        let ended = try sweep(["run", "plan.yaml", "--output", "out"])
        #expect(ended.status == 0, "\(ended.errors)")
        let table = try String(contentsOfFile: folder.file("out/results.csv"), encoding: .utf8)
        #expect(table.contains(",18446744073709551615,") && table.contains(",9007199254740993,"))
        let first = try Set(results().keys)
        // The preset lies in the folder, with the place of its weights.
        let kept = try String(contentsOfFile: folder.file("out/presets/mine.json"), encoding: .utf8)
        #expect(kept.contains("/w.h5"))
        try FileManager.default.removeItem(atPath: weights)
        let created = try ProgramUnderTest.run(
            ["weights", "create", "--output", "w.h5", "--width", "8", "--layers", "30", "--seed", "5"], in: folder)
        #expect(created.status == 0, "\(created.errors)")
        let again = try sweep(["run", "plan.yaml", "--output", "out"])
        #expect(again.status == 0 && again.errors.contains("2 finished"), "\(again.errors)")
        #expect(try Set(results().keys).subtracting(first).count == 2)
    }

    /// One that cannot be done is a failed row; the others are done.
    @Test func failuresAreRows() throws {
        let silence = Waveform(mono: [Float](repeating: 0, count: 4_800), sampleRate: 16_000)
        try TestSounds.write(silence, in: folder, "styles/y.wav")
        let ended = try sweep(["run", "plan.yaml", "--output", "out"])
        #expect(ended.status == 65, "\(ended.errors)")
        let rows = try rows()
        let failed = rows.filter { ($0["state"] as? String ?? "").hasPrefix("failed: ") }
        #expect(
            rows.count == 10 && failed.count == 5
                && failed.allSatisfy { ($0["style"] as? String ?? "").hasSuffix("y.wav") })
        #expect(try sweep(["status", "out"]).output.contains("10 runs: 5 finished, 5 failed"))
    }

    @Test func slurmThatIsNotThereIsNamed() throws {
        let ended = try sweep(
            ["run", "plan.yaml", "--output", "out", "--engine", "slurm"], environment: ["PATH": folder.path])
        #expect(ended.status == 66 && ended.errors.contains("cannot use Slurm 'sbatch'"), "\(ended.errors)")
    }
}
