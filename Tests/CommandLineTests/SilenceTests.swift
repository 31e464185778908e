// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Foundation
import TestSupport
import Testing

/// Silence in and out, and channels that cancel each other.
@Suite struct SilenceTests {
    private let folder: TemporaryFolder
    private static let left = Fixtures.path("sounds/left_only.wav")
    private static let half = Fixtures.path("sounds/half_silent.wav")
    private static let antiphase = Fixtures.path("sounds/antiphase.wav")
    /// Our own methods, in little.
    private static let own = [
        ["--preset", "mosaic"],
        ["--preset", "clean", "--weights", TransferCommandTests.tiny, "--iterations", "3", "--snapshots", "0"],
        ["--preset", "clean-stft", "--filters", "16", "--iterations", "3", "--snapshots", "0"],
    ]

    init() throws {
        folder = try TemporaryFolder()
        let silence = [Float](repeating: 0, count: 22_050)
        try TestSounds.write(Waveform(channels: [silence], sampleRate: 22_050), in: folder, "silent.wav")
        try TestSounds.write(TestSounds.tone(660, seconds: 0.5), in: folder, "style.wav")
    }

    private func run(_ arguments: [String]) throws -> ProgramUnderTest.Ended {
        try ProgramUnderTest.run(arguments, in: folder)
    }

    /// The output, and a snapshot where the method makes one.
    private func results(_ content: String, _ method: [String], _ more: [String] = []) throws -> [Waveform] {
        let ended = try run(
            method + more + [
                "--content", content, "--style", "style.wav", "--output", "out.wav", "--quiet", "--sample-format",
                "float32",
            ])
        #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended.errors)")
        return try ["out.wav", "out.iteration0.wav"].filter { folder.contents.contains($0) }.map {
            try AudioFile.read(folder.file($0))
        }
    }

    @Test(arguments: own) func aSilentChannelStaysSilent(_ method: [String]) throws {
        let sounds = try results(Self.left, method)
        #expect(sounds.count == (method.contains("--snapshots") ? 2 : 1))
        for sound in sounds {
            #expect(sound.sampleRate == 44_100 && sound.frameCount == 44_100)
            #expect(sound.channels[1].allSatisfy { $0 == 0 })
            #expect(sound.channels[0].contains { abs($0) > 0.1 })
        }
    }

    /// The first second is zeros.
    @Test(arguments: own) func aSilentStretchStaysSilent(_ method: [String]) throws {
        for sound in try results(Self.half, method) {
            #expect(sound.channels[0][..<44_100].allSatisfy { $0 == 0 })
            #expect(sound.channels[0][44_100...].contains { abs($0) > 0.1 })
        }
    }

    /// 60 dB below the words: noise that 16 bits have, say. The whole pause counts.
    @Test(arguments: own) func aPauseStaysAPause(_ method: [String]) throws {
        var samples = try AudioFile.read(Self.half).channels[0]
        for t in 0..<44_100 { samples[t] = t * t % 7 < 3 ? 1.6e-4 : -1.6e-4 }
        try TestSounds.write(Waveform(channels: [samples], sampleRate: 44_100), in: folder, "pause.wav")
        func level(_ part: ArraySlice<Float>) -> Double { part.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }
        for sound in try results("pause.wav", method) {
            let output = sound.channels[0]
            #expect(level(output[..<44_100]) < 0.01 * level(output[44_100...]))
        }
    }

    @Test(arguments: own, [["--loudness", "-20"], []])
    func aSilentContentStaysSilent(_ method: [String], _ more: [String]) throws {
        for sound in try results("silent.wav", method, more) {
            #expect(sound.frameCount == 22_050 && sound.channels[0].allSatisfy { $0 == 0 })
        }
    }

    @Test(arguments: [
        (["--preset", "mosaic"], ", and so is the result"), (["--preset", "ulyanov", "--iterations", "1"], ""),
    ])
    func aSilentContentIsTold(_ method: [String], _ result: String) throws {
        let ended = try run(method + ["--content", "silent.wav", "--style", "style.wav", "--output", "out.wav"])
        #expect(
            ended.status == 0 && ended.errors.contains("warning: silent.wav: it is silent\(result)\n"),
            "\(ended.errors)")
    }

    /// Hardly more than silence is not made loud: its root mean square stays.
    @Test(arguments: own) func aContentBelowTheGateKeepsItsLevel(_ method: [String]) throws {
        let quiet = TestSounds.tone(220, seconds: 1).channels[0].map { $0 / 10_000 }
        try TestSounds.write(Waveform(channels: [quiet], sampleRate: 16_000), in: folder, "quiet.wav")
        for sound in try results("quiet.wav", method) {
            let power = sound.channels[0].reduce(0) { $0 + Double($1) * Double($1) } / Double(sound.frameCount)
            #expect(abs(10 * log10(power / (0.5 * 5e-5 * 5e-5))) < 0.1)
        }
    }

    @Test(arguments: own + [["--preset", "ulyanov"], ["--weights", TransferCommandTests.tiny, "--loss", "gram"]])
    func aSilentStyleIsRefused(_ method: [String]) throws {
        let method = method.filter { !["--snapshots", "0"].contains($0) }
        let base = method + ["--content", "style.wav", "--output", "out.wav"]
        let whole = try run(base + ["--style", "style.wav", "--style", "silent.wav"])
        #expect(whole.status == 65 && whole.errors.contains("'silent.wav': it is silent;"), "\(whole.errors)")
        for part in [["--style-duration", "0.5"], ["--style-start", "0.25", "--style-duration", "0.5"]] {
            let ended = try run(base + ["--style", Self.half] + part)
            let end = part.count == 2 ? "from 0.0 s to 0.5 s" : "from 0.25 s to 0.75 s"
            #expect(ended.status == 65 && ended.errors.contains("it is silent \(end);"), "\(ended.errors)")
            #expect(ended.errors.contains("--style-start, --style-duration"))
        }
        #expect(!folder.contents.contains("out.wav"))
        // What is advised works.
        let other = try run(
            base + ["--style", Self.half, "--style-start", "0.75", "--style-duration", "0.5", "--dry-run"])
        #expect(other.status == 0, "\(other.errors)")
    }

    /// A network at 16 kHz hears nothing of a tone at 12 kHz.
    @Test func aStyleAboveTheNetworksBandIsRefused() throws {
        try TestSounds.write(TestSounds.tone(12_000, seconds: 1, rate: 48_000), in: folder, "high.wav")
        let base = ["--content", Self.left, "--style", "high.wav", "--output", "out.wav"]
        let ended = try run(base + Self.own[1])
        // The ends of the tone are clicks, which are faded here.
        let tone = TestSounds.tone(12_000, seconds: 1, rate: 48_000).channels[0]
        let faded = tone.enumerated().map { t, sample in
            Float(0.5 - 0.5 * cos(2 * .pi * Double(t) / 48_000)) * sample
        }
        try TestSounds.write(Waveform(channels: [faded], sampleRate: 48_000), in: folder, "high.wav")
        let silent = try run(base + Self.own[1])
        #expect(ended.status == 0 && silent.status == 65)
        #expect(silent.errors.contains("it is silent below 8000 Hz, where the method works"), "\(silent.errors)")
        #expect(try run(base + ["--dry-run"]).status == 0)
    }

    @Test func aSilentStyleIsOneFailedPair() throws {
        for part in ["contents", "styles"] {
            try FileManager.default.createDirectory(atPath: folder.file(part), withIntermediateDirectories: false)
        }
        try TestSounds.write(TestSounds.tone(220, seconds: 0.3), in: folder, "contents/a.wav")
        try TestSounds.write(TestSounds.tone(660, seconds: 0.3), in: folder, "styles/good.wav")
        try FileManager.default.copyItem(atPath: folder.file("silent.wav"), toPath: folder.file("styles/silent.wav"))
        let batch = try run(["batch", "--contents", "contents", "--styles", "styles", "--output", "out"])
        #expect(
            batch.errors.contains("1 finished, 1 failed") && batch.errors.contains("'styles/silent.wav': it is silent"))
        let compare = try run([
            "compare", "--content", "contents/a.wav", "--style", "silent.wav", "--systems", "mosaic", "--output",
            "duel",
        ])
        #expect(compare.status == 65 && compare.errors.contains("style.wav': it is silent"), "\(compare.errors)")
    }

    /// As a style, a mixed content, and in what only looks at sounds.
    @Test func cancellingChannelsAreSaid() throws {
        let warning = "antiphase.wav: its channels cancel each other when mixed: channel "
        let clean = [
            "--preset", "clean", "--weights", TransferCommandTests.tiny, "--iterations", "0", "--output", "out.wav",
        ]
        let wav = ["--sample-format", "float32", "--loudness", "keep"]
        for arguments in [
            clean + ["--content", "style.wav", "--style", Self.antiphase],
            ["--content", "style.wav", "--style", Self.antiphase, "--output", "out.wav"],
            ["plot", Self.antiphase, "--output", "out.png"],
            ["encode", Self.antiphase, "--weights", TransferCommandTests.tiny, "--output", "out.h5"],
            ["evaluate", "--content", "style.wav", "--style", Self.antiphase, "style.wav", "--metrics", "flatness"],
            clean + wav + ["--content", Self.antiphase, "--style", "style.wav", "--channels", "mix"],
        ] {
            let ended = try run(arguments)
            #expect(ended.status == 0 && ended.errors.contains(warning), "\(arguments): \(ended.errors)")
        }
        // No step was taken: it is one of the channels.
        let (mix, left) = (try AudioFile.read(folder.file("out.wav")), try AudioFile.read(Self.antiphase).channels[0])
        #expect(zip(mix.channels[0], left).allSatisfy { abs(abs($0) - abs($1)) < 5e-5 })
        let each = try run(clean + ["--content", Self.antiphase, "--style", "style.wav", "--quiet"])
        #expect(each.status == 0 && each.errors.isEmpty, "\(each.errors)")
    }
}
