// SPDX-License-Identifier: Apache-2.0
import AudioIO
import CHDF5
import Files
import Foundation
import TestSupport
import Testing
import Transfer

/// `--backend stft` as a user runs it.
@Suite struct SpectrogramCommandTests {
    private let sounds: TestSounds
    private let pair = ["--content", "content.wav", "--style", "style.wav"]
    /// Little work.
    private let small = [
        "--backend", "stft", "--n-fft", "512", "--hop", "128", "--filters", "32", "--iterations", "3",
        "--phase-iterations", "5",
    ]

    init() throws { sounds = try TestSounds(seconds: 0.5) }

    private func run(_ arguments: [String], _ options: [String]? = nil) throws -> ProgramUnderTest.Ended {
        try ProgramUnderTest.run(pair + (options ?? small) + arguments, in: sounds.folder)
    }

    private func json(_ name: String) throws -> [String: Any] {
        let data = try Data(contentsOf: URL(fileURLWithPath: sounds.folder.file(name)))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private func lines(_ name: String) throws -> [[String: Any]] {
        let text = try String(contentsOfFile: sounds.folder.file(name), encoding: .utf8)
        return try text.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    @Test func aRunWritesSoundRecordAndTrace() throws {
        let ended = try run(["--output", "out.wav", "--trace", "t.jsonl", "--snapshots", "1", "--seed", "7"])
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output == "out.wav\n")
        let sound = try AudioFile.read(sounds.folder.file("out.wav"))
        #expect(sound.sampleRate == 22_050 && sound.channels.count == 1)
        #expect(abs(sound.duration - 0.5) < 1e-3)
        #expect(sound.channels[0].contains { abs($0) > 1e-3 })
        #expect(FileManager.default.fileExists(atPath: sounds.folder.file("out.iteration1.wav")))

        let trace = try lines("t.jsonl")
        let steps = trace.filter { $0["iteration"] != nil }
        #expect(steps.compactMap { $0["iteration"] as? Int } == [0, 1, 2, 3])
        let losses = steps.compactMap { $0["loss"] as? Double }
        #expect(zip(losses, losses.dropFirst()).allSatisfy { $0 > $1 })
        // Phases are searched for at the snapshot and at the end.
        #expect(Set(trace.compactMap { $0["phases-of"] as? Int }) == [1, 3])
        let phases = trace.filter { $0["phase-iteration"] != nil }
        #expect(phases.compactMap { $0["phase-iteration"] as? Int } == Array(0...5) + Array(0...5))
        #expect(phases.allSatisfy { $0["distance"] is Double })

        let record = try json("out.wav.json")
        let settings = try #require(record["settings"] as? [String: Any])
        #expect(settings["backend"] as? String == "stft" && settings["seed"] as? Int == 7)
        #expect(settings["filters"] as? Int == 32 && settings["learning-rate"] == nil && settings["round-codes"] == nil)
        // The record is enough to do it again, byte for byte.
        let preset = try JSONSerialization.data(withJSONObject: ["settings": settings])
        try preset.write(to: URL(fileURLWithPath: sounds.folder.file("again.json")))
        let again = try run(["--preset", "again.json", "--output", "again.wav"], [])
        #expect(again.status == 0, "\(again.errors)")
        #expect(
            try Checksum(ofFile: sounds.folder.file("again.wav")) == Checksum(ofFile: sounds.folder.file("out.wav")))
    }

    /// Every published system on the bundled pair, with all its filters, a few steps of it.
    @Test(.serialized, arguments: Preset.all.compactMap(\.name).filter { !$0.hasPrefix("mosaic") })
    func everyPresetRuns(name: String) throws {
        let settings = try TransferSettings(preset: name)
        let ended = try ProgramUnderTest.run(
            ["--preset", name, "--iterations", "5", "--trace", "t.jsonl", "--sample-format", "float32"]
                + (settings.variable == .spectrum ? ["--phase-iterations", "3"] : []), in: sounds.folder)
        #expect(ended.status == 0, "\(ended.errors)")
        let losses = try lines("t.jsonl").filter { $0["iteration"] != nil }.compactMap { $0["loss"] as? Double }
        #expect(losses.count == 6 && losses[5] < losses[0])
        let sound = try AudioFile.read(sounds.folder.file("stylized.wav"))
        // After five steps some are quiet still.
        #expect(sound.duration > 2 && sound.channels[0].contains { $0 != 0 })
    }

    @Test func presetsAreListedAndPrinted() throws {
        let list = try ProgramUnderTest.run(["presets"], in: sounds.folder)
        #expect(list.status == 0)
        for preset in Preset.all {
            let name = try #require(preset.name)
            #expect(list.output.contains(name + " "))
            let text = try ProgramUnderTest.run(["presets", name], in: sounds.folder).output
            #expect(text.contains("Source") && text.contains("Departures"))
            for departure in preset.departures ?? [] { #expect(text.contains(departure)) }
            for setting in preset.settings.settings {
                let name = setting.name
                #expect(text.contains("--\(name) ") || text.contains("--\(name)\n") || text.contains("--no-\(name)\n"))
            }
            // As JSON it is the same preset again.
            let json = try ProgramUnderTest.run(["presets", name, "--json"], in: sounds.folder).output
            try Data(json.utf8).write(to: URL(fileURLWithPath: sounds.folder.file("p.json")))
            let byName = try ProgramUnderTest.run(["--preset", name, "--print-settings"], in: sounds.folder)
            let byFile = try ProgramUnderTest.run(["--preset", "p.json", "--print-settings"], in: sounds.folder)
            #expect(byName.status == 0 && byName.output == byFile.output && byName.output.contains("\"backend\""))
        }
    }

    @Test func anOptionBesideAPresetWins() throws {
        let ended = try ProgramUnderTest.run(
            ["--preset", "dipani", "--kernel", "5", "--optimizer", "lbfgsb", "--print-settings"], in: sounds.folder)
        let object = try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any]
        let settings = try #require(object?["settings"] as? [String: Any])
        #expect(settings["kernel"] as? Int == 5 && settings["optimizer"] as? String == "lbfgsb")
        // What the preset said of Adam has no place any more; the rest stands.
        #expect(settings["learning-rate"] == nil && settings["max-evaluations"] as? Int == 15_000)
        #expect(settings["ceiling"] as? Double == 1 && settings["relu"] as? Bool == false)
        let waveform = try ProgramUnderTest.run(
            ["--preset", "ulyanov", "--backend", "nsynth", "--print-settings"], in: sounds.folder)
        #expect(waveform.status == 0 && !waveform.output.contains("filters"))
    }

    @Test func severalStylesMixByWeight() throws {
        try TestSounds.write(TestSounds.tone(990, seconds: 0.4), in: sounds.folder, "other.wav")
        func run(_ styles: [String], _ output: String, _ backend: [String]) throws -> Checksum {
            let ended = try ProgramUnderTest.run(
                ["--content", "content.wav", "--output", output] + styles.flatMap { ["--style", $0] } + backend,
                in: sounds.folder)
            #expect(ended.status == 0, "\(ended.errors)")
            return try Checksum(ofFile: sounds.folder.file(output))
        }
        let waveform = ["--preset", "clean", "--weights", Fixtures.path("nsynth-tiny/weights.h5"), "--iterations", "2"]
        for backend in [small, waveform] {
            let both = try run(["style.wav@3", "other.wav@1"], "a.wav", backend)
            #expect(try run(["style.wav@0.75", "other.wav@0.25"], "b.wav", backend) == both)
            #expect(try run(["style.wav@1", "other.wav@3"], "c.wav", backend) != both)
            #expect(try run(["style.wav@5"], "d.wav", backend) == run(["style.wav"], "e.wav", backend))
        }
        let styles = try #require(try json("a.wav.json")["styles"] as? [[String: Any]])
        #expect(styles.compactMap { $0["weight"] as? Double } == [3, 1])
        // A file whose own name ends like a weight.
        try FileManager.default.copyItem(
            atPath: sounds.folder.file("other.wav"), toPath: sounds.folder.file("odd.wav@2"))
        let odd = try ProgramUnderTest.run(
            ["--content", "content.wav", "--style", "odd.wav@2", "--output", "f.wav"] + small, in: sounds.folder)
        #expect(odd.status == 0, "\(odd.errors)")
    }

    @Test func channelsRatesAndFormats() throws {
        try TestSounds.write(TestSounds.tone(300, seconds: 0.4, rate: 44_100, channels: 2), in: sounds.folder, "st.wav")
        let ended = try ProgramUnderTest.run(
            ["--content", "st.wav", "--style", "style.wav", "--output", "out.flac", "--channels", "each"] + small
                + ["--sample-rate", "32000", "--output-rate", "48000", "--trace", "t.jsonl"], in: sounds.folder)
        #expect(ended.status == 0, "\(ended.errors)")
        let sound = try AudioFile.read(sounds.folder.file("out.flac"))
        #expect(sound.sampleRate == 48_000 && sound.channels.count == 2 && abs(sound.duration - 0.4) < 1e-3)
        #expect(Set(try lines("t.jsonl").compactMap { $0["channel"] as? Int }) == [1, 2])
    }

    /// Style and content of different lengths, with every value of --fit.
    @Test(arguments: ["trim", "pad", "loop"]) func lengthsMayDiffer(fit: String) throws {
        try TestSounds.write(TestSounds.tone(500, seconds: 0.2), in: sounds.folder, "brief.wav")
        let arguments = small + ["--loss", "l2", "--fit", fit, "--kernel", "3"]
        for (content, style, seconds) in [
            ("content.wav", "brief.wav", fit == "trim" ? 0.2 : 0.5), ("brief.wav", "content.wav", 0.2),
        ] {
            let ended = try ProgramUnderTest.run(
                ["--content", content, "--style", style, "--output", "out.wav"] + arguments, in: sounds.folder)
            #expect(ended.status == 0, "\(ended.errors)")
            #expect(abs(try AudioFile.read(sounds.folder.file("out.wav")).duration - seconds) < 1e-3)
        }
    }

    @Test func theOptimiserSaysWhyItEnds() throws {
        let ended = try run([
            "--iterations", "50", "--max-evaluations", "4", "--trace", "t.jsonl", "--output", "out.wav", "--snapshots",
            "40",
        ])
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.errors.contains("no snapshot of iteration 40"))
        #expect(ended.errors.contains("the limit of 4 evaluations is reached"))
        #expect(try lines("t.jsonl").filter { $0["iteration"] != nil }.count < 6)
        let results = try #require(try json("out.wav.json")["results"] as? [[String: Any]])
        #expect(results.first?["ending"] as? String == "the limit of 4 evaluations is reached")
        let waveform = try run(
            ["--optimizer", "lbfgsb", "--iterations", "4", "--output", "w.wav", "--trace", "w.jsonl"],
            ["--preset", "clean", "--weights", Fixtures.path("nsynth-tiny/weights.h5")])
        #expect(waveform.status == 0, "\(waveform.errors)")
        let losses = try lines("w.jsonl").compactMap { $0["loss"] as? Double }
        #expect(losses.count == 5 && losses[4] < losses[0])
    }

    @Test func weightsComeFromAFile() throws {
        func write(_ name: String, _ tensors: [(String, [hsize_t])]) {
            let file = ForeignFile(sounds.folder.file(name))
            let groups = Set(tensors.map { String($0.0.prefix { $0 != "/" }) })
            for group in groups { H5Gclose(H5Gcreate2(file.id, group, 0, 0, 0)) }
            for (tensor, shape) in tensors {
                let count = Int(shape.reduce(1, *))
                file.dataset(tensor, shape: shape, (0..<count).map { Float(($0 * 7_919) % 113 - 56) / 500 })
            }
        }
        write(
            "w.h5",
            [("conv1/W", [1, 3, 257, 12]), ("conv1/biases", [12]), ("conv2/W", [1, 5, 12, 40])])
        let options = [
            "--backend", "stft", "--n-fft", "512", "--hop", "128", "--iterations", "2", "--phase-iterations", "2",
            "--output", "out.wav", "--weights",
        ]
        let ended = try run(["w.h5", "--layers", "relu1,relu2@2", "--padding", "same"], options)
        #expect(ended.status == 0, "\(ended.errors)")
        let weights = try #require(try json("out.wav.json")["weights"] as? [String: Any])
        #expect(weights["sha256"] as? String == (try Checksum(ofFile: sounds.folder.file("w.h5")).description))

        let shown = try ProgramUnderTest.run(["weights", "inspect", "w.h5"], in: sounds.folder)
        #expect(shown.status == 0, "\(shown.errors)")
        #expect(shown.output.contains("--n-fft 512") && shown.output.contains("1 x 5 x 12 x 40"))
        write("misspelt.h5", [("conv1/W", [1, 3, 257, 4]), ("conv1/bias", [4])])

        write("bins.h5", [("conv1/W", [1, 3, 129, 4])])
        write("chain.h5", [("conv1/W", [1, 3, 257, 4]), ("conv2/W", [1, 3, 5, 4])])
        write("axes.h5", [("conv1/W", [3, 257, 4])])
        write("gap.h5", [("conv1/W", [1, 3, 257, 4]), ("conv3/W", [1, 3, 4, 4])])
        write("bias.h5", [("conv1/W", [1, 3, 257, 4]), ("conv1/biases", [5])])
        write("other.h5", [("dense/W", [1, 3, 257, 4])])
        for (name, mention) in [
            ("bins.h5", "--n-fft"), ("chain.h5", "conv2/W"), ("axes.h5", "[1, kernel, in, out]"), ("gap.h5", "conv2"),
            ("bias.h5", "conv1/biases"), ("other.h5", "conv1/W"), ("misspelt.h5", "conv1/bias"),
            (Fixtures.path("hdf5-hostile/segfault-1.h5"), "segfault-1.h5"), ("style.wav", "style.wav"),
        ] {
            let refused = try run([name], options)
            #expect(refused.status == 65, "\(refused.errors)")
            #expect(refused.errorLines.count == 1 && refused.errors.contains(mention), "\(refused.errors)")
        }
    }

    /// Ctrl-C in the middle of the steps, and in the middle of the search for phases.
    @Test(arguments: [("1000000", "5", "iteration 0/"), ("3", "900000", "iteration 3/3")])
    func stoppingSavesTheBestSoFar(iterations: String, rounds: String, moment: String) throws {
        let ended = try ProgramUnderTest.run(
            pair + [
                "--backend", "stft", "--n-fft", "512", "--hop", "128", "--filters", "32", "--optimizer", "adam",
                "--iterations", iterations, "--phase-iterations", rounds, "--output", "out.wav",
            ], in: sounds.folder
        ) { process, said in
            while process.isRunning, !said().contains(moment) { usleep(20_000) }
            process.interrupt()
        }
        #expect(ended.status == 130, "\(ended.errors)")
        let sound = try AudioFile.read(sounds.folder.file("out.wav"))
        #expect(abs(sound.duration - 0.5) < 1e-3)
        let results = try #require(try json("out.wav.json")["results"] as? [[String: Any]])
        #expect(results.first?["wasStopped"] as? Bool == true)
    }

    @Test func batchTakesThisBackendToo() throws {
        for name in ["in", "like"] {
            try FileManager.default.createDirectory(
                atPath: sounds.folder.file(name), withIntermediateDirectories: false)
        }
        for (from, to) in [("content.wav", "in/a.wav"), ("style.wav", "like/x.wav"), ("content.wav", "like/y.wav")] {
            try FileManager.default.copyItem(atPath: sounds.folder.file(from), toPath: sounds.folder.file(to))
        }
        let arguments = ["batch", "--contents", "in", "--styles", "like", "--output", "out"] + small
        let first = try ProgramUnderTest.run(arguments, in: sounds.folder)
        #expect(first.status == 0 && first.output == "out/a--x.wav\nout/a--y.wav\n", "\(first.errors)")
        #expect(try AudioFile.read(sounds.folder.file("out/a--x.wav")).sampleRate == 22_050)
        let again = try ProgramUnderTest.run(arguments, in: sounds.folder)
        #expect(again.output.isEmpty && again.errors.contains("2 already finished"))
    }

    /// What the trial of an estimate shortens must still be long enough for the network.
    @Test func aKernelMayBeLongerThanTheTrial() throws {
        try TestSounds.write(TestSounds.tone(500, seconds: 8), in: sounds.folder, "long.wav")
        let ended = try ProgramUnderTest.run(
            [
                "--content", "long.wav", "--style", "long.wav", "--output", "out.wav", "--backend", "stft", "--n-fft",
                "64",
                "--hop", "32", "--filters", "4", "--kernel", "990", "--iterations", "1", "--phase-iterations", "1",
            ], in: sounds.folder)
        #expect(ended.status == 0, "\(ended.errors)")
    }

    /// The memory that is announced is what is held, within 15 %, and some megabytes of the program's own.
    @Test(
        .disabled(if: Sanitizer.isOn, "it measures memory"),
        arguments: [
            ["--kernel", "3", "--optimizer", "adam"], ["--kernel", "1", "--hop", "32", "--optimizer", "adam"],
            ["--filters", "256"], ["--phase", "fast", "--corrections", "3"],
        ])
    func theEstimateOfMemoryIsRight(options: [String]) throws {
        try TestSounds.write(TestSounds.tone(500, seconds: 20), in: sounds.folder, "long.wav")
        let common =
            ["--content", "long.wav", "--style", "style.wav"] + small.filter { $0 != "--hop" && $0 != "128" }
            + ["--threads", "1"] + options + (options.contains("--hop") ? [] : ["--hop", "128"])
        let dry = try ProgramUnderTest.run(common + ["--dry-run", "--json"], in: sounds.folder)
        let estimate = try #require(try JSONSerialization.jsonObject(with: Data(dry.output.utf8)) as? [String: Any])
        let ended = try ProgramUnderTest.run(common + ["--output", "out.wav", "--quiet"], in: sounds.folder)
        #expect(ended.status == 0, "\(ended.errors)")
        let (announced, held) = (
            try #require(estimate["memory"] as? Int), try #require(try json("out.wav.json")["peakMemory"] as? Int)
        )
        #expect(abs(Double(announced - held)) < 0.15 * Double(held) + 15e6, "\(announced) announced, \(held) held")
    }

    @Test func anEstimateIsPrinted() throws {
        let ended = try run(["--dry-run", "--json"])
        #expect(ended.status == 0, "\(ended.errors)")
        let estimate = try #require(try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any])
        #expect((estimate["seconds"] as? Double ?? 0) > 0 && (estimate["memory"] as? Int ?? 0) > 10_000_000)
        let refused = try run(["--max-memory", "30MB"])
        #expect(refused.status == 65 || refused.status == 64)
        #expect(refused.errorLines.count == 1 && refused.errors.contains("--max-memory"))
    }
}
