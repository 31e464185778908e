// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation
import TestSupport
import Testing

@testable import AudioIO

/// A sound with a tone of its own in each channel: 300 Hz, 600 Hz, and so on, in WAVE's order.
private func tones(_ layout: ChannelLayout, channels count: Int) -> Waveform {
    Waveform(
        channels: (1...count).map { sine(300 * Double($0), rate: 48_000, count: 14_400, amplitude: 0.25) },
        sampleRate: 48_000, layout: layout)
}

/// The tone of each channel, as its number; nil for a channel where no tone holds half of the power.
private func tones(in channels: [[Float]]) -> [Int?] {
    channels.map { channel in
        let middle = channel.dropFirst(2_400).prefix(9_600)
        let power = middle.reduce(0) { $0 + Double($1) * Double($1) }
        return (1...16).map { 300.0 * Double($0) }.firstIndex { hertz in
            var (re, im) = (0.0, 0.0)
            for (t, sample) in middle.enumerated() {
                let phase = 2 * .pi * hertz * Double(t) / 48_000
                (re, im) = (re + Double(sample) * cos(phase), im + Double(sample) * sin(phase))
            }
            return (re * re + im * im) * 2 / Double(middle.count) > power / 2 && power > 1e-3
        }
    }
}

@Suite struct ChannelLayoutTests {
    static let masks: [(mask: UInt32, name: String)] = [
        (0x7, "3.0"), (0xB, "2.1"), (0x33, "quad"), (0x107, "4.0"), (0x37, "5.0"), (0x607, "5.0(side)"), (0x3F, "5.1"),
        (0x60F, "5.1(side)"), (0x70F, "6.1"), (0x63F, "7.1"), (0xFF, "7.1(wide)"),
    ]

    @Test(arguments: masks) func aMaskIsALayout(_ test: (mask: UInt32, name: String)) {
        let layout = ChannelLayout(mask: test.mask, channels: test.mask.nonzeroBitCount)
        #expect(layout.mask == test.mask && layout.description == test.name)
        #expect(ChannelLayout(speakers: layout.speakers.reversed()) == layout)
    }

    /// As Microsoft describes `dwChannelMask`: what is beyond the channels does not count, and channels beyond it have no position.
    @Test func masksOfOtherCounts() {
        #expect(ChannelLayout(mask: 0x3FFFF, channels: 3).description == "3.0")
        #expect(ChannelLayout(mask: 0x8000_0003, channels: 2).description == "stereo")
        #expect(ChannelLayout(mask: 0x7, channels: 6) == .unknown)
        #expect(ChannelLayout(mask: 0, channels: 4) == .unknown && ChannelLayout.unknown.mask == 0)
        #expect(ChannelLayout(mask: 0x1005, channels: 3).description == "FL+FC+TFL")
    }

    @Test func usualLayouts() {
        let names = (1...9).map { ChannelLayout.usual(channels: $0).description }
        #expect(names == ["mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1", "unknown"])
    }

    @Test func aSoundCarriesItsLayout() throws {
        let layout = ChannelLayout(mask: 0x60F, channels: 6)
        let sound = tones(layout, channels: 6)
        #expect(try sound.resampled(to: 16_000).layout == layout)
        #expect(sound.limited(by: .clamp).waveform.layout == layout)
        #expect(sound.mixedDown().layout.description == "mono")
        #expect(Waveform(channels: sound.channels, sampleRate: 8_000).layout.description == "5.1")
    }
}

/// Files of ours, read by ffmpeg, and files of ffmpeg's, read by us: each channel has a tone of its own.
@Suite struct ChannelOrderTests {
    /// What ffmpeg is told, and what the file says: layouts that a format has no word for have another name.
    static let written: [(name: String, mask: UInt32, layout: String)] =
        ["wav", "aiff", "flac"].flatMap { name in ChannelLayoutTests.masks.map { (name, $0.mask, $0.name) } }
        + ["ogg", "opus"].flatMap { name in
            [
                (0x7, "3.0"), (0x33, "quad"), (0x37, "5.0"), (0x3F, "5.1"), (0x60F, "5.1"), (0x70F, "6.1"),
                (0x63F, "7.1"),
            ]
            .map { (name, $0.0, $0.1) }
        }

    @Test(arguments: written) func ffmpegReadsOurs(_ test: (name: String, mask: UInt32, layout: String)) throws {
        let folder = try Folder()
        let path = folder("x." + test.name)
        let count = test.mask.nonzeroBitCount
        let sound = tones(ChannelLayout(mask: test.mask, channels: count), channels: count)
        try AudioFile.write(sound, to: path, as: AudioFormat(path: path))
        let read = try ForeignSound(path)
        // An older ffmpeg calls the surround channels of flac 'side'.
        #expect(read.layout == test.layout || test.name == "flac" && read.layout == test.layout + "(side)")
        // An LFE channel is low-passed by Opus and by Vorbis: its tone need not be there.
        for channels in [read.channels, try AudioFile.read(path).channels] {
            let found = tones(in: channels)
            #expect(found.enumerated().allSatisfy { $0 == $1 || isLFE($0, test.mask) && $1 == nil }, "\(found)")
        }
    }

    private func isLFE(_ channel: Int, _ mask: UInt32) -> Bool { channel == 3 && mask & 0x8 != 0 && mask & 0x4 != 0 }

    /// What libvorbis and libopus of ffmpeg take, and wav, flac and caf; and aiff, but for layouts that ffmpeg 5.1 gives a tag of another order.
    static let foreign: [(name: String, layout: String, read: String)] =
        ["ogg", "opus", "flac", "wav", "caf", "aiff"].flatMap { name in
            ["3.0", "quad", "5.0", "5.1", "6.1", "7.1"].compactMap { layout in
                layout == "7.1" && ["caf", "aiff"].contains(name) ? nil : (name, layout, layout)
            }
        } + [
            ("wav", "5.1(side)", "5.1(side)"), ("wav", "4.0", "4.0"), ("aiff", "4.0", "4.0"),
            ("caf", "4.0", "4.0"),
        ]

    @Test(arguments: foreign) func weReadFFmpegs(_ test: (name: String, layout: String, read: String)) throws {
        let folder = try Folder()
        let path = folder("x." + test.name)
        let mask = try #require(ChannelLayoutTests.masks.first { $0.name == test.layout }).mask
        let count = mask.nonzeroBitCount
        let expressions = (1...count).map { "0.25*sin(2*PI*\(300 * $0)*t)" }.joined(separator: "|")
        let codec =
            ["ogg": ["-c:a", "libvorbis"], "opus": ["-c:a", "libopus", "-mapping_family", "1"]][test.name] ?? []
        try ForeignSound.run(
            "ffmpeg",
            ["-f", "lavfi", "-i", "aevalsrc='\(expressions)':c=\(test.layout):s=48000:d=0.3"] + codec + [path])
        let sound = try AudioFile.read(path)
        #expect(sound.layout.description == test.read)
        let found = tones(in: sound.channels)
        #expect(found.enumerated().allSatisfy { $0 == $1 || isLFE($0, mask) && $1 == nil }, "\(found)")
    }

    /// Two files of one sound, 5.1, whose channels do not resemble each other.
    @Test(arguments: ["six.wav", "six.ogg"], ["wav", "ogg", "flac", "aiff", "opus"])
    func everyCopyOfAFileHasItsChannels(_ original: String, _ name: String) throws {
        let folder = try Folder()
        let expected = try ForeignSound(Fixtures.path("sounds/six.wav")).channels
        func channels(_ copy: [[Float]]) -> [Int?] {
            copy.map { channel in expected.firstIndex { correlation($0, channel, delay: 0) > 0.95 } }
        }
        let sound = try AudioFile.read(Fixtures.path("sounds/\(original)"))
        #expect(sound.layout.description == "5.1" && channels(sound.channels) == [0, 1, 2, 3, 4, 5])
        let path = folder("x." + name)
        try AudioFile.write(sound, to: path, as: AudioFormat(path: path))
        #expect(channels(try ForeignSound(path).channels) == [0, 1, 2, 3, 4, 5])
        let back = try AudioFile.read(path)
        #expect(back.layout == sound.layout && channels(back.channels) == [0, 1, 2, 3, 4, 5])
    }

    @Test(arguments: [("wav", 4), ("wav", 6), ("wav", 10), ("flac", 6), ("aiff", 6), ("aiff", 10)])
    func aDiscreteLayoutStaysUnknown(_ name: String, _ count: Int) throws {
        let folder = try Folder()
        let path = folder("x." + name)
        let sound = tones(.unknown, channels: count)
        try AudioFile.write(sound, to: path, as: AudioFormat(path: path))
        let back = try AudioFile.read(path)
        #expect(back.layout == .unknown && tones(in: back.channels) == Array(0..<count))
        // ffprobe says '10 channels' where it knows their number alone. It believes no mask of 0 in a flac file.
        let layout = try ForeignSound(path).layout
        #expect(name == "flac" || ["unknown", "\(count) channels"].contains(layout))
    }

    /// RIFF, `fmt ` of 16 bytes and PCM (1), `data`: nothing but what every program reads.
    @Test(arguments: [1, 2]) func monoAndStereoAreWavesOfTheOldKind(_ channels: Int) throws {
        let folder = try Folder()
        let sound = music(rate: 16_000, count: 100, channels: channels)
        try AudioFile.write(sound, to: folder("x.wav"), as: AudioFormat(path: "x.wav"))
        let bytes = try folder.bytes("x.wav")
        #expect(bytes.count == 44 + 200 * channels && bytes[16..<22] == [16, 0, 0, 0, 1, 0])
    }

    @Test func anUnusualLayoutOfOneChannelIsKept() throws {
        let folder = try Folder()
        let sound = Waveform(mono: sine(300, rate: 8_000, count: 800), sampleRate: 8_000)
        let left = Waveform(channels: sound.channels, sampleRate: 8_000, layout: ChannelLayout(speakers: [.sideLeft]))
        try AudioFile.write(left, to: folder("x.wav"), as: AudioFormat(path: "x.wav", sampleFormat: .float32))
        #expect(try AudioFile.read(folder("x.wav")) == left)
    }
}

/// Apple's chunk, by the tags and labels of CoreAudioTypes.h.
@Suite struct AppleChannelLayoutTests {
    private func chunk(_ words: UInt32...) -> [UInt8] {
        words.flatMap { withUnsafeBytes(of: $0.bigEndian) { Array($0) } }
    }

    /// kAudioChannelLayoutTag_MPEG_5_1_D: C L R Ls Rs LFE; MPEG_7_1_C: L R C LFE Ls Rs Rls Rrs.
    @Test func tags() {
        #expect(
            AppleChannelLayout.speakers(chunk(124 << 16 | 6, 0, 0), channels: 6)
                == [.frontCentre, .frontLeft, .frontRight, .backLeft, .backRight, .lowFrequency])
        #expect(
            AppleChannelLayout.speakers(chunk(128 << 16 | 8, 0, 0), channels: 8)
                == [
                    .frontLeft, .frontRight, .frontCentre, .lowFrequency, .sideLeft, .sideRight, .backLeft, .backRight,
                ])
        #expect(AppleChannelLayout.speakers(chunk(147 << 16 | 5, 0, 0), channels: 5) == [])
    }

    @Test func bitmapAndDescriptions() {
        #expect(
            AppleChannelLayout.speakers(chunk(1 << 16, 0x107, 0), channels: 4)
                == [.frontLeft, .frontRight, .frontCentre, .backCentre])
        let two = chunk(0, 0, 2, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0)
        #expect(AppleChannelLayout.speakers(two, channels: 2) == [.frontRight, .frontLeft])
    }

    /// Too short, of another number of channels, of unknown tags and labels.
    @Test func whatIsNotUnderstoodIsNil() {
        for bytes in [
            [], [0, 0, 0], chunk(121 << 16 | 5, 0, 0), chunk(999 << 16 | 6, 0, 0), chunk(0, 0, 6), chunk(0, 0, .max),
            chunk(0, 0, 6) + [UInt8](repeating: 0xFF, count: 120),
        ] { #expect(AppleChannelLayout.speakers(bytes, channels: 6) == nil) }
    }

    @Test func twoChannelsForOneSpeakerAreUnknown() {
        let sound = Waveform(
            channels: [[1], [2], [3]], for: [.frontLeft, .frontLeft, .frontRight], sampleRate: 8_000)
        #expect(sound.layout == .unknown && sound.channels == [[1], [2], [3]])
    }
}

@Suite struct DownmixTests {
    /// ffmpeg's own downmix of floats has these gains too, and does not normalise.
    @Test(arguments: [0x7, 0x107, 0x33, 0x37, 0x607, 0x3F, 0x70F, 0x63F] as [UInt32])
    func asFFmpegMixes(_ mask: UInt32) throws {
        let folder = try Folder()
        let count = mask.nonzeroBitCount
        let sound = tones(ChannelLayout(mask: mask, channels: count), channels: count)
        try AudioFile.write(sound, to: folder("x.wav"), as: AudioFormat(path: "x.wav", sampleFormat: .float32))
        try ForeignSound.run("ffmpeg", ["-i", folder("x.wav"), "-ac", "2", "-c:a", "pcm_f32le", folder("y.wav")])
        let (mix, expected) = (sound.downmixedToStereo(), try AudioFile.read(folder("y.wav")))
        #expect(mix.layout.description == "stereo")
        for (a, b) in zip(mix.channels, expected.channels) {
            #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-5 })
        }
    }

    @Test func unknownChannelsAreInBoth() {
        let sound = Waveform(channels: [[0.3], [0.6], [0.9]], sampleRate: 8_000, layout: .unknown)
        for channel in sound.downmixedToStereo().channels { #expect(abs(channel[0] - 0.6) < 1e-6) }
    }

    @Test func onlyWhatIsLostIsSaid() throws {
        let (usual, side) = (ChannelLayout.usual(channels: 6), ChannelLayout(mask: 0x60F, channels: 6))
        for name in AudioFormat.extensions {
            let format = try AudioFormat(path: "x." + name)
            #expect(format.channels(of: 6) == (name == "mp3" ? 2 : 6) && format.channels(of: 1) == 1)
            #expect((format.loss(of: usual, channels: 6) != nil) == (name == "mp3"))
            #expect((format.loss(of: side, channels: 6) != nil) == (name == "mp3"))
            #expect(format.loss(of: .usual(channels: 2), channels: 2) == nil)
            let square = ChannelLayout(mask: 0x107, channels: 4)
            #expect((format.loss(of: square, channels: 4) == nil) == !["ogg", "opus", "mp3"].contains(name))
        }
    }
}
