// SPDX-License-Identifier: Apache-2.0

import AudioIO
import Files
import TestSupport
import Testing

@Suite struct AudioFormatTests {
    @Test func extensionChooses() throws {
        #expect(try AudioFormat(path: "a/b.WAV") == AudioFormat(path: "c.wav"))
        #expect(try AudioFormat(path: "x.wav").sampleFormat == .pcm16)
        #expect(try AudioFormat(path: "x.flac").sampleFormat == .pcm16)
        #expect(try AudioFormat(path: "x.Aif", sampleFormat: .pcm24).sampleFormat == .pcm24)
        #expect(try AudioFormat(path: "x.opus").sampleFormat == nil)
        #expect(try AudioFormat(path: "x.ogg") != AudioFormat(path: "x.opus"))
    }

    @Test(arguments: ["out.xyz", "out", "out.", "folder.wav/out", "", ".wav/"])
    func unknownExtensionListsTheKnown(path: String) {
        let failure = failure { _ = try AudioFormat(path: path) }
        #expect(failure?.kind == .usage)
        for name in AudioFormat.extensions { #expect(failure?.remedy?.contains("." + name) == true) }
    }

    @Test(arguments: ["flac", "ogg", "opus", "mp3"]) func float32NeedsWavOrAiff(name: String) {
        let failure = failure { _ = try AudioFormat(path: "x." + name, sampleFormat: .float32) }
        #expect(failure?.kind == .usage)
        #expect(failure?.description.contains("float32") == true)
    }

    @Test(arguments: ["ogg", "opus", "mp3"]) func lossyCodecsTakeNoSampleFormat(name: String) {
        #expect(failure { _ = try AudioFormat(path: "x." + name, sampleFormat: .pcm16) }?.kind == .usage)
    }

    @Test func onlyFloatHoldsPeaks() throws {
        #expect(try AudioFormat(path: "x.wav", sampleFormat: .float32).canHoldPeaksOverOne)
        #expect(try !AudioFormat(path: "x.wav").canHoldPeaksOverOne)
        #expect(try !AudioFormat(path: "x.flac", sampleFormat: .pcm24).canHoldPeaksOverOne)
        #expect(try !AudioFormat(path: "x.ogg").canHoldPeaksOverOne)
    }

    @Test(arguments: AudioFormat.extensions) func takesSixteenKilohertz(name: String) throws {
        try AudioFormat(path: "x." + name).check(sampleRate: 16_000, channels: 1)
        try AudioFormat(path: "x." + name).check(sampleRate: 48_000, channels: 2)
    }

    @Test(arguments: [
        ("opus", 44_100, 1), ("opus", 22_050, 2), ("mp3", 11_111, 1), ("mp3", 96_000, 1), ("mp3", 44_100, 3),
        ("flac", 768_000, 1), ("flac", 48_000, 9), ("ogg", 768_000, 1), ("wav", 999, 1), ("wav", 8_000, 65),
        ("wav", 8_000, 0), ("wav", -1, 1), ("wav", .max, 1),
    ])
    func refusesWhatTheEncoderCannotHold(name: String, rate: Int, channels: Int) {
        let failure = failure { try AudioFormat(path: "x." + name).check(sampleRate: rate, channels: channels) }
        #expect(failure?.kind == .usage)
        #expect(failure?.description.contains("\(rate) Hz as \(name)") == true)
    }

    @Test func encoderExplains() {
        let failure = failure { try AudioFormat(path: "x.opus").check(sampleRate: 44_100, channels: 1) }
        #expect(
            failure?.description == "cannot write 1 channel at 44100 Hz as opus: Opus only supports sample rates of "
                + "8000, 12000, 16000, 24000, and 48000; choose another extension, rate or number of channels")
    }

    @Test func samplesFollowAContent() throws {
        func followed(_ name: String, _ sample: SampleFormat?) throws -> SampleFormat? {
            try AudioFormat(path: name).following(sample)
                .sampleFormat
        }
        for sample in SampleFormat.allCases {
            #expect(try followed("x.wav", sample) == sample && followed("x.aiff", sample) == sample)
            #expect(try followed("x.flac", sample) == (sample == .pcm16 ? .pcm16 : .pcm24))
            #expect(try followed("x.ogg", sample) == nil)
        }
        #expect(try followed("x.wav", nil) == .pcm16)
    }

    @Test(arguments: [
        ("a/b.FLAC", "flac"), ("x.aif", "aif"), ("x.m4a", "wav"), ("x", "wav"), ("a.flac/x", "wav"), (".mp3", "wav"),
        ("", "wav"), ("x.wav.mp3", "mp3"),
    ])
    func aNameLikeAContents(_ path: String, _ suffix: String) {
        #expect(AudioFormat.fileExtension(like: path) == suffix)
    }

    @Test(arguments: [
        ("a.wav", 44_100, 44_100), ("a.flac", 96_000, 96_000), ("a.opus", 44_100, 48_000), ("a.opus", 16_000, 16_000),
        ("a.mp3", 96_000, 48_000), ("a.mp3", 44_100, 44_100), ("a.opus", 11_025, 12_000), ("a.mp3", 4_000, 8_000),
        ("a.wav", 4_000, 4_000), ("a.flac", 11_025, 11_025),
    ])
    func aRateThatTheFormatLacksIsReplaced(_ name: String, _ wanted: Int, _ rate: Int) throws {
        #expect(try AudioFormat(path: name).rate(preferring: wanted, channels: 2) == rate)
    }
}
