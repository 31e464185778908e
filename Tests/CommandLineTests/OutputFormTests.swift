// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Evaluation
import Files
import Foundation
import TestSupport
import Testing

@testable import wavestyle

/// Channels, rate, high band and loudness of the output: the defaults of each variable, and what the options do.
@Suite struct OutputFormTests {
    private let folder: TemporaryFolder

    /// What is common to the runs: a preset or none, and a small network.
    enum System: CaseIterable {
        case published, waveform, waveformUnderSpectra

        var arguments: [String] {
            switch self {
            case .published: ["--loss", "gram", "--weights", TransferCommandTests.tiny]
            case .waveform: ["--preset", "clean", "--loss", "gram", "--weights", TransferCommandTests.tiny]
            case .waveformUnderSpectra: ["--preset", "clean-stft", "--filters", "16", "--init", "content"]
            }
        }
    }

    /// Tones at 440 Hz and 6 kHz, and one that a network's rate does not hold.
    init() throws {
        folder = try TemporaryFolder()
        for part in ["contents", "styles"] {
            try FileManager.default.createDirectory(atPath: folder.file(part), withIntermediateDirectories: false)
        }
        try write("contents/stereo.wav", rate: 44_100, channels: 2, hertz: [440, 6_000, 14_000], seconds: 0.5)
        try write("contents/low.wav", rate: 8_000, channels: 1, hertz: [440], seconds: 0.5)
        try write("short.wav", rate: 44_100, channels: 2, hertz: [440, 6_000, 14_000], seconds: 0.3)
        try write("silence.wav", rate: 16_000, channels: 1, hertz: [0], seconds: 0.5)
        try write("styles/style.wav", rate: 16_000, channels: 1, hertz: [660, 3_000], seconds: 0.3)
    }

    /// The second channel is half as loud.
    private func write(_ name: String, rate: Int, channels: Int, hertz: [Double], seconds: Double) throws {
        let tones = hertz.map { TestSounds.tone($0, seconds: seconds, rate: rate, channels: channels).channels }
        let sums = (0..<channels).map { channel in
            tones[0][channel].indices.map { t in tones.reduce(0) { $0 + 0.3 * $1[channel][t] } }
        }
        try TestSounds.write(Waveform(channels: sums, sampleRate: rate), in: folder, name)
    }

    /// What a transfer of one iteration writes.
    private func result(
        _ system: System = .waveform, _ more: [String] = [], of content: String = "contents/stereo.wav",
        iterations: Int = 1, output: String = "out.wav"
    ) throws -> Waveform {
        let ended = try ProgramUnderTest.run(
            system.arguments + [
                "--content", content, "--style", "styles/style.wav", "--output", output, "--quiet", "--init-noise", "0",
                "--iterations", "\(iterations)",
            ] + (output.hasSuffix(".wav") ? ["--sample-format", "float32"] : []) + more, in: folder)
        #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended.errors)")
        return try AudioFile.read(folder.file(output))
    }

    private func content(_ name: String = "contents/stereo.wav") throws -> Waveform {
        try AudioFile.read(folder.file(name))
    }

    /// Where a record is, and the form that it says.
    private func form(of output: String = "out.wav") throws -> [String: Any] {
        let json = try Data(contentsOf: URL(fileURLWithPath: folder.file(output + ".json")))
        let record = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
        return try #require(record["form"] as? [String: Any])
    }

    private func loudness(of sound: Waveform) throws -> Double {
        try #require(Loudness.integrated(channels: sound.channels, sampleRate: sound.sampleRate))
    }

    /// A tone's amplitude, by the projection on it; the sounds last a whole number of its periods.
    private func amplitude(_ hertz: Double, in samples: [Float], rate: Int = 44_100) -> Double {
        var (re, im) = (0.0, 0.0)
        for (t, sample) in samples.enumerated() {
            let phase = 2 * .pi * hertz * Double(t) / Double(rate)
            (re, im) = (re + Double(sample) * cos(phase), im + Double(sample) * sin(phase))
        }
        return 2 * (re * re + im * im).squareRoot() / Double(samples.count)
    }

    @Test(arguments: [System.waveform, .waveformUnderSpectra])
    func aWaveformKeepsChannelsRateHighBandAndLoudness(_ system: System) throws {
        let (result, content) = (try result(system, ["--snapshots", "0"]), try content())
        for sound in [result, try AudioFile.read(folder.file("out.iteration0.wav"))] {
            #expect(sound.sampleRate == 44_100 && sound.channels.count == 2 && sound.frameCount == 22_050)
            for (output, input) in zip(sound.channels, content.channels) {
                // The octave below has moved by one step of the optimiser, at most to the gain's limit.
                let ratio = amplitude(14_000, in: output) / amplitude(14_000, in: input)
                #expect((0.1...4).contains(ratio), "\(ratio)")
            }
            // Hundredths: gates are met at another level.
            #expect(abs(try loudness(of: sound) - loudness(of: content)) < 0.05)
        }
        let form = try form()
        #expect(form["channels"] as? String == "each" && form["outputRate"] as? Int == 44_100)
        #expect(form["highBand"] as? String == "keep" && form["loudness"] as? String == "content")
    }

    /// No step is taken: the output is the start, which is the content. Sums in float32 of numbers below 1.
    @Test(arguments: [["--channels", "each"], ["--channels", "mix"]])
    func withoutAStepAWaveformIsTheContent(_ channels: [String]) throws {
        let result = try result(.waveform, ["--loudness", "keep"] + channels, iterations: 0)
        let content = channels[1] == "mix" ? try content().mixedDown() : try content()
        #expect(result.channels.count == content.channels.count && result.frameCount == content.frameCount)
        for (a, b) in zip(result.channels, content.channels) {
            #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-6 })
        }
        #expect(try form()["channels"] as? String == channels[1])
    }

    @Test func aPublishedVariableIsMixedAtTheBackendsRateAsItComes() throws {
        let result = try result(.published)
        #expect(result.sampleRate == 16_000 && result.channels.count == 1 && result.frameCount == 8_000)
        let form = try form()
        #expect(form["channels"] as? String == "mix" && form["outputRate"] as? Int == 16_000)
        #expect(form["highBand"] as? String == "drop" && form["loudness"] as? String == "keep")
    }

    /// The start is the content in 256 codes, each off by at most 2.2 % of its value: so are the octave's level and the tone.
    @Test func aPublishedVariableTakesEveryOption() throws {
        let options = ["--channels", "each", "--output-rate", "44100", "--high-band", "keep"]
        let (result, content) = (try result(.published, options, iterations: 0), try content())
        #expect(result.channels.count == 2 && result.sampleRate == 44_100)
        for (output, input) in zip(result.channels, content.channels) {
            let ratio = amplitude(14_000, in: output) / amplitude(14_000, in: input)
            #expect(abs(ratio - 1) < 0.022, "\(ratio)")
        }
        let loud = try self.result(.published, options + ["--loudness", "content"])
        #expect(abs(try loudness(of: loud) - loudness(of: content)) < 0.05)
    }

    /// White noise fills the band up to 4 kHz, whose last hundredths the resampler's filter takes: they are carried.
    @Test(arguments: [4_000, 8_000, 11_025]) func aContentBelowTheNetworksRateKeepsIts(_ rate: Int) throws {
        let noise = (0..<rate).map { t -> Float in
            let number = (t * t * 7_919 + t) % 10_007
            return Float(number) / 10_007 - 0.5
        }
        try TestSounds.write(Waveform(mono: noise, sampleRate: rate), in: folder, "noise.wav")
        let result = try result(.waveform, ["--loudness", "keep"], of: "noise.wav", iterations: 0)
        #expect(result.sampleRate == rate && result.frameCount == rate)
        #expect(zip(result.channels[0], noise).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(try self.result(.waveform, of: "noise.wav").sampleRate == rate)
        // Asked for, the network's rate has all that it made.
        let high = try self.result(.waveform, ["--output-rate", "16000"], of: "noise.wav")
        #expect(high.sampleRate == 16_000)
        #expect(try self.result(.waveform, ["--output-rate", "16000", "--high-band", "drop"], of: "noise.wav") == high)
    }

    /// Each of a content's kind of samples: name, its format, the output's name, and what soundfile calls what comes out.
    static let samples: [(String, SampleFormat?, String, SampleFormat?)] = [
        ("x.wav", .pcm24, "out.wav", .pcm24), ("x.wav", .pcm24, "out.flac", .pcm24),
        ("x.wav", .float32, "out.wav", .float32),
        ("x.wav", .float32, "out.flac", .pcm24), ("x.aiff", .pcm24, "out.aiff", .pcm24),
        ("x.flac", .pcm16, "out.wav", .pcm16),
        ("x.mp3", nil, "out.wav", .pcm16), ("x.wav", .float32, "out.mp3", nil),
    ]

    @Test(arguments: samples)
    func samplesAreStoredAsTheContentsAre(_ test: (String, SampleFormat?, String, SampleFormat?)) throws {
        let path = folder.file(test.0)
        try AudioFile.write(
            try content("contents/low.wav"), to: path, as: AudioFormat(path: path, sampleFormat: test.1))
        func run(_ system: [String]) throws -> ProgramUnderTest.Ended {
            try ProgramUnderTest.run(
                system + [
                    "--content", test.0, "--style", "styles/style.wav", "--output", test.2, "--quiet", "--iterations",
                    "0",
                ], in: folder)
        }
        #expect(try run(System.waveform.arguments).status == 0)
        #expect(try AudioFile.stored(FileSection(ofFile: folder.file(test.2))).sampleFormat == test.3)
        #expect(try form(of: test.2)["sampleFormat"] as? String == (test.3 == .pcm16 ? nil : test.3?.rawValue))
        // A published variable's samples are as ever.
        #expect(try run(System.published.arguments).status == 0)
        #expect(
            try AudioFile.stored(FileSection(ofFile: folder.file(test.2))).sampleFormat
                == (test.3 == nil ? nil : .pcm16))
    }

    /// Peaks over full scale are treated as always, though floats would hold them.
    @Test func floatsOfAContentAreNoReasonToExceedFullScale() throws {
        let loud = try content("contents/low.wav")
        try TestSounds.write(
            Waveform(mono: loud.channels[0].map { 10 * $0 }, sampleRate: 8_000), in: folder, "loud.wav")
        let arguments = [
            "--content", "loud.wav", "--style", "styles/style.wav", "--output", "o.wav", "--iterations", "0", "--quiet",
            "--loudness", "keep",
        ]
        #expect(try ProgramUnderTest.run(System.waveform.arguments + arguments, in: folder).status == 0)
        let sound = try AudioFile.stored(FileSection(ofFile: folder.file("o.wav")))
        #expect(sound.sampleFormat == .float32 && abs(sound.waveform.peak - 1) < 1e-3)
        // The content has such samples, so that --clip none has a place for them.
        let left = try ProgramUnderTest.run(System.waveform.arguments + arguments + ["--clip", "none"], in: folder)
        #expect(left.status == 0, "\(left.errors)")
        #expect(try AudioFile.read(folder.file("o.wav")).peak > 1.1)
        // Another content has not.
        try AudioFile.write(loud, to: folder.file("loud.wav"), as: AudioFormat(path: "x.wav"))
        let refused = try ProgramUnderTest.run(System.waveform.arguments + arguments + ["--clip", "none"], in: folder)
        #expect(refused.status == 64 && refused.errors.contains("--clip none"))
    }

    @Test(arguments: [("x.flac", "stylized.flac"), ("x.ogg", "stylized.ogg"), ("x.caf", "stylized.wav")])
    func withoutAnOutputTheNameIsLikeTheContents(_ name: String, _ output: String) throws {
        let format = try AudioFormat(path: name == "x.caf" ? "x.aiff" : name)
        try AudioFile.write(try content("contents/low.wav"), to: folder.file(name), as: format)
        let arguments = ["--content", name, "--style", "styles/style.wav", "--quiet", "--iterations", "0"]
        #expect(try ProgramUnderTest.run(System.waveform.arguments + arguments, in: folder).output == output + "\n")
        #expect(
            try ProgramUnderTest.run(System.published.arguments + arguments, in: folder).output == "stylized.wav\n")
    }

    /// What the resampler leaves lies below a step of 16 bits, 3e-5.
    @Test func aHighBandCanBeDropped() throws {
        let result = try result(.waveform, ["--high-band", "drop"])
        #expect(result.sampleRate == 44_100 && result.channels.count == 2)
        for channel in result.channels { #expect(amplitude(14_000, in: channel) < 3e-5) }
        #expect(try form()["highBand"] as? String == "drop")
    }

    @Test func anOutputRateIsTheUsers() throws {
        let low = try result(.waveform, ["--output-rate", "16000"])
        #expect(low.sampleRate == 16_000 && low.frameCount == 8_000)
        #expect(try result(.waveform, ["--output-rate", "16000", "--high-band", "drop"]) == low)
        let high = try result(.waveform, ["--output-rate", "48000", "--loudness", "keep"], iterations: 0)
        #expect(high.sampleRate == 48_000)
        // Away from nothing: the tone is cut off at the ends, which the resampler rings at, by less than 1 %.
        #expect(abs(amplitude(14_000, in: high.channels[0], rate: 48_000) - 0.15) < 0.0015)
    }

    /// Opus knows no 44.1 kHz.
    @Test func aFormatWithoutTheContentsRateHasAnother() throws {
        #expect(try result(output: "out.opus").sampleRate == 48_000)
        #expect(try form(of: "out.opus")["outputRate"] as? Int == 48_000)
        let given = try ProgramUnderTest.run(
            System.waveform.arguments + ["--output", "out.opus", "--output-rate", "44100", "--iterations", "0"],
            in: folder)
        #expect(given.status == 64 && given.errors.contains("44100 Hz as opus"), "\(given.errors)")
    }

    @Test func aLoudnessIsTheUsers() throws {
        #expect(abs(try loudness(of: try result(.waveform, ["--loudness", "-30"])) + 30) < 0.05)
        #expect(try form()["loudness"] as? Double == -30)
        let (kept, matched) = (try result(.waveform, ["--loudness", "keep"]), try result())
        let gain = matched.peak / kept.peak
        // One gain for both channels and all samples.
        for (a, b) in zip(matched.channels, kept.channels) {
            #expect(zip(a, b).allSatisfy { abs($0 - gain * $1) < 1e-6 })
        }
    }

    /// Shorter than a block of 400 ms, or silent.
    @Test(arguments: ["short.wav", "silence.wav"]) func aContentWithoutLoudnessChangesNothing(_ content: String) throws
    {
        let start = ["--init", "style"]
        let kept = try result(.published, start + ["--loudness", "keep"], of: content)
        #expect(try result(.published, start + ["--loudness", "content"], of: content) == kept)
        #expect(kept.peak > 0)
    }

    @Test(arguments: [
        ["--loudness", "loud"], ["--loudness", "nan"], ["--high-band", "none"], ["--channels", "two"],
    ])
    func whatIsNoChoiceIsRefused(_ arguments: [String]) throws {
        let ended = try ProgramUnderTest.run(System.waveform.arguments + arguments, in: folder)
        #expect(
            ended.status == 64 && ended.errorLines.count == 1 && ended.errors.contains(arguments[0]), "\(ended.errors)")
    }

    /// No step is taken: each channel is the content's, under the same speaker, in Vorbis's order and in WAVE's.
    @Test(arguments: [("six.wav", "out.ogg"), ("six.ogg", "out.wav"), ("six.wav", "out.wav"), ("six.wav", "out.flac")])
    func aSurroundContentKeepsItsLayout(_ content: String, _ output: String) throws {
        let original = try AudioFile.read(Fixtures.path("sounds/\(content)"))
        let result = try result(
            .waveform, ["--loudness", "keep"], of: Fixtures.path("sounds/\(content)"), iterations: 0, output: output)
        let foreign = try ForeignSound(folder.file(output))
        #expect(result.layout.description == "5.1" && foreign.layout.hasPrefix("5.1"))
        for (index, channel) in original.channels.enumerated() {
            #expect(correlation(channel, result.channels[index], delay: 0) > 0.95)
            #expect(correlation(channel, foreign.channels[index], delay: 0) > 0.95)
        }
    }

    /// And is as loud as the content all the same. LAME delays by no more than 2,400 frames.
    @Test func anMP3TakesAStereoDownmixInWords() throws {
        let content = Fixtures.path("sounds/six.wav")
        let ended = try ProgramUnderTest.run(
            System.waveform.arguments + [
                "--content", content, "--style", "styles/style.wav", "--output", "out.mp3", "--quiet", "--loudness",
                "keep",
                "--iterations", "0",
            ], in: folder)
        #expect(ended.status == 0, "\(ended.errors)")
        let (original, result) = (try AudioFile.read(content), try AudioFile.read(folder.file("out.mp3")))
        #expect(result.layout.description == "stereo")
        let half = Float(0.5).squareRoot()
        for (side, channel) in result.channels.enumerated() {
            let mix = original.channels[0].indices.map { t in
                original.channels[side][t] + half * (original.channels[2][t] + original.channels[4 + side][t])
            }
            #expect((0..<2_400).map { correlation(mix, channel, delay: $0) }.max() ?? 0 > 0.99)
        }
        // Six tones of 0.3 in phase now and then: 0.3 (1 + 2 * 0.7071) < 1, so that nothing is said of peaks.
        let words = try ProgramUnderTest.run(
            System.waveform.arguments + [
                "--content", content, "--style", "styles/style.wav", "--output", "out.mp3", "--iterations", "0",
            ], in: folder)
        #expect(
            words.errors.contains(
                "mp3 holds two channels: the 6 of the sound (5.1) are mixed to stereo by ITU-R BS.775"))
    }

    @Test func tagsOfTheContentAreKept() throws {
        let path = folder.file("tagged.flac")
        let given = SoundTags(fields: [.init("TITLE", "Lied"), .init("COMMENT", "mine"), .init("ENCODER", "x")])
        try AudioFile.write(
            try content("contents/low.wav"), to: OutputFile(path: path), as: AudioFormat(path: path), tags: given)
        func tags(_ system: System, _ more: [String] = []) throws -> SoundTags {
            _ = try result(system, more, of: "tagged.flac", iterations: 0)
            return SoundTags(ofFile: folder.file("out.wav"))
        }
        let kept = try tags(.waveform)
        for (name, value) in [
            ("TITLE", "Lied"), ("COMMENT", "mine"), ("ENCODEDBY", "wavestyle \(Wavestyle.version), preset clean"),
        ] {
            #expect(kept.fields.contains(SoundTags.Field(name, value)), "\(kept.fields)")
        }
        #expect(!kept.fields.contains { $0.name == "ENCODER" })
        #expect(try tags(.waveform, ["--no-tags"]).isEmpty)
        #expect(try form()["tags"] as? Bool == false)
        #expect(try tags(.published).isEmpty)
    }

    private func batch(_ system: System, _ more: [String] = []) throws -> ProgramUnderTest.Ended {
        let ended = try ProgramUnderTest.run(
            ["batch", "--contents", "contents", "--styles", "styles", "--output", "out", "--iterations", "1"]
                + system.arguments + more, in: folder)
        #expect(ended.status == 0, "\(ended.errors)")
        return ended
    }

    @Test func aBatchFollowsEachContentAndKnowsWhatIsFinished() throws {
        #expect(try batch(.waveform).errors.contains("2 finished"))
        let results = try ["stereo", "low"].map { try AudioFile.read(folder.file("out/\($0)--style.wav")) }
        #expect(results.map(\.sampleRate) == [44_100, 8_000] && results.map(\.channels.count) == [2, 1])
        #expect(try batch(.waveform).errors.contains("2 already finished"))
        #expect(
            try batch(.waveform, ["--loudness", "content", "--high-band", "keep"]).errors.contains("2 already finished")
        )
        for more in [["--high-band", "drop"], ["--loudness=-30"], ["--channels", "mix"], ["--output-rate", "32000"]] {
            #expect(try batch(.waveform, more).errors.contains("2 finished"), "\(more)")
            #expect(try batch(.waveform, more).errors.contains("2 already finished"), "\(more)")
        }
    }

    /// As records were before there was a high band: a loudness or none, and a rate only where it was given.
    @Test(arguments: [nil, -30.0] as [Double?]) func resultsOfEarlyVersionsAreKnown(_ loudness: Double?) throws {
        let options = loudness.map { ["--loudness=\($0)"] } ?? []
        #expect(try batch(.published, options).errors.contains("2 finished"))
        for name in ["stereo", "low"] {
            let url = URL(fileURLWithPath: folder.file("out/\(name)--style.wav.json"))
            var record = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
            var form = try #require(record["form"] as? [String: Any])
            (form["highBand"], form["outputRate"], form["loudness"]) = (nil, nil, loudness)
            record["form"] = form
            var settings = try #require(record["settings"] as? [String: Any])
            for later in ["variable", "balance", "content-loss", "mean-spectrum-weight", "spectral-style-weight"] {
                settings[later] = nil
            }
            record["settings"] = settings
            try JSONSerialization.data(withJSONObject: record).write(to: url)
        }
        #expect(try batch(.published, options).errors.contains("2 already finished"))
        let report = try ProgramUnderTest.run(
            ["report", "out/stereo--style.wav", "--output", "page.html"], in: folder)
        #expect(report.status == 0, "\(report.errors)")
        #expect(try batch(.published, options + ["--output-rate", "44100"]).errors.contains("2 finished"))
    }
}
