// SPDX-License-Identifier: Apache-2.0

import AudioIO
import Files
import TestSupport
import Testing

@Suite struct RoundTripTests {
    static let integers: [(name: String, sample: SampleFormat)] = [
        ("wav", .pcm16), ("wav", .pcm24), ("aiff", .pcm16), ("aif", .pcm24), ("flac", .pcm16), ("flac", .pcm24),
    ]

    /// Half a step away at most: correct rounding.
    @Test(arguments: integers, [1, 2])
    func integersRoundToTheNearestStep(format: (name: String, sample: SampleFormat), channels: Int) throws {
        let folder = try Folder()
        let path = folder("x." + format.name)
        let waveform = music(rate: 16_000, count: 40_000, channels: channels)
        try AudioFile.write(waveform, to: path, as: AudioFormat(path: path, sampleFormat: format.sample))
        let scale: Float = format.sample == .pcm16 ? 32_768 : 8_388_608
        let expected = waveform.channels.map { $0.map { ($0 * scale).rounded() / scale } }
        #expect(try AudioFile.read(path) == Waveform(channels: expected, sampleRate: 16_000))
    }

    @Test(arguments: ["wav", "aiff"], [1, 2]) func floatsAreExact(name: String, channels: Int) throws {
        let folder = try Folder()
        let path = folder("x." + name)
        var samples = music(rate: 16_000, count: 40_000, channels: channels).channels
        samples[0][7] = 1.5
        samples[0][8] = -300
        let waveform = Waveform(channels: samples, sampleRate: 16_000)
        try AudioFile.write(waveform, to: path, as: AudioFormat(path: path, sampleFormat: .float32))
        #expect(try AudioFile.read(path) == waveform)
    }

    /// Lossy files resemble the original and, apart from mp3, begin and end with it. The next sample's correlation is
    /// lower, so a shift by one is found.
    @Test(arguments: ["ogg", "opus", "mp3"], [1, 2]) func lossyResembles(name: String, channels: Int) throws {
        let folder = try Folder()
        let path = folder("x." + name)
        let waveform = music(rate: 16_000, count: 40_000, channels: channels)
        try AudioFile.write(waveform, to: path, as: AudioFormat(path: path))
        let back = try AudioFile.read(path)
        #expect(back.sampleRate == 16_000)
        #expect(back.channels.count == channels)
        #expect(name == "mp3" ? back.frameCount >= 40_000 : back.frameCount == 40_000)
        for (before, after) in zip(waveform.channels, back.channels) {
            let delays = name == "mp3" ? 0..<2_400 : 0..<1
            let best = delays.map { correlation(before, after, delay: $0) }.max()
            #expect(best ?? 0 > 0.99)
        }
    }

    /// 1.5 that wraps comes back as -0.5.
    @Test(arguments: integers, [ClipPolicy.clamp, .none])
    func oversNeverWrap(format: (name: String, sample: SampleFormat), policy: ClipPolicy) throws {
        let folder = try Folder()
        let path = folder("x." + format.name)
        let loud = Waveform(mono: [1.5, -1.5, 1, -1, 1e30, -1e30, 0.25], sampleRate: 16_000)
        try AudioFile.write(
            loud.limited(by: policy).waveform, to: path, as: AudioFormat(path: path, sampleFormat: format.sample))
        let top: Float = format.sample == .pcm16 ? 32_767 / 32_768 : 8_388_607 / 8_388_608
        #expect(try AudioFile.read(path).channels[0] == [top, -1, top, -1, top, -1, 0.25])
    }

    @Test(arguments: ["ogg", "opus", "mp3"]) func loudLossyFilesKeepTheirSign(name: String) throws {
        let folder = try Folder()
        let path = folder("x." + name)
        let loud = Waveform(mono: sine(200, rate: 16_000, count: 32_000, amplitude: 1.5), sampleRate: 16_000)
        try AudioFile.write(loud, to: path, as: AudioFormat(path: path))
        let back = try AudioFile.read(path).channels[0]
        #expect((0..<200).map { correlation(loud.channels[0], back, delay: $0) }.max() ?? 0 > 0.98)
    }

    /// More than one piece of 65,536 samples; a single large one crashes Vorbis.
    @Test(arguments: ["ogg", "flac"]) func longFiles(name: String) throws {
        let folder = try Folder()
        let path = folder("x." + name)
        let waveform = music(rate: 16_000, count: 300_001, channels: 2)
        try AudioFile.write(waveform, to: path, as: AudioFormat(path: path))
        let back = try AudioFile.read(path)
        #expect(back.frameCount == 300_001)
        #expect(correlation(waveform.channels[1], back.channels[1], delay: 0) > 0.99)
    }

    @Test(arguments: [("wav", SampleFormat.float32), ("aiff", .float32), ("flac", .pcm16), ("mp3", nil)])
    func equalSamplesMakeEqualFiles(name: String, sample: SampleFormat?) throws {
        let folder = try Folder()
        let waveform = music(rate: 16_000, count: 5_000, channels: 1)
        for place in ["a." + name, "b." + name] {
            try AudioFile.write(waveform, to: folder(place), as: AudioFormat(path: place, sampleFormat: sample))
        }
        #expect(try folder.bytes("a." + name) == folder.bytes("b." + name))
        #expect(try !folder.bytes("a." + name).contains("PEAK"))
        #expect(folder.names == ["a." + name, "b." + name])
    }
}

extension [UInt8] {
    fileprivate func contains(_ text: String) -> Bool { firstRange(of: Array(text.utf8)) != nil }
}
