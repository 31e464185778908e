// SPDX-License-Identifier: Apache-2.0
import Files
import TestSupport
import Testing

@testable import AudioIO

/// What a file is, whatever its name says.
@Suite struct SoundKindTests {
    let folder: Folder

    init() throws { folder = try Folder() }

    private func why(_ name: String, _ bytes: [UInt8]) throws -> Failure? {
        let path = try folder.file(name, bytes)
        return failure { _ = try AudioFile.read(path) }
    }

    @Test func whatIsNoSoundIsNamed() throws {
        let cases: [(bytes: [UInt8], why: String, remedy: String?)] = [
            ([], "it is an empty file, not a sound", nil),
            (
                Array("<!DOCTYPE html><html>404".utf8), "it is a web page (HTML), not a sound",
                "download the sound itself"
            ),
            (Array("<HTML>".utf8), "it is a web page (HTML), not a sound", "download the sound itself"),
            (Array("just text, älter".utf8), "it is text, not a sound", nil),
            (
                Array("#EXTM3U\nfile:///etc/passwd\n".utf8), "it is a playlist, not a sound",
                "give one of the sounds that it names"
            ),
            (
                Array("ffconcat version 1.0\nfile a.wav\n".utf8), "it is a playlist, not a sound",
                "give one of the sounds that it names"
            ),
            (
                Array("MThd".utf8) + [0, 0, 0, 6], "it is MIDI, notes without sound, not a sound",
                "render it to wav first"
            ),
            ([0x89, 0x48, 0x44, 0x46, 13, 10], "it is an HDF5 file, not a sound", "weights are given by --weights"),
            ([0x89, 0x50, 0x4E, 0x47], "it is a picture, not a sound", nil),
            ([0x1F, 0x8B, 8, 0], "it is an archive, not a sound", "unpack it first"),
            ([0x7F, 0x45, 0x4C, 0x46], "it is a program, not a sound", nil),
            ([0, 1, 2, 3, 4, 5, 6, 7], "it is no kind of sound that we know", "convert it to wav or flac first"),
            (
                [UInt8](repeating: 0, count: 3_000), "it is no kind of sound that we know",
                "convert it to wav or flac first"
            ),
        ]
        for (bytes, why, remedy) in cases {
            let failure = try self.why("x.wav", bytes)
            #expect(failure?.kind == .badData)
            #expect(failure?.why == why)
            #expect(failure?.remedy == remedy)
            #expect(try SoundKind(ofFile: folder("x.wav")).problem == why)
        }
    }

    @Test(
        arguments: [
            ("wav", "WAV"), ("aiff", "AIFF"), ("flac", "FLAC"), ("au", "AU"), ("caf", "CAF"), ("w64", "Wave64"),
            ("ogg", "Ogg"), ("opus", "Ogg"), ("mp3", "MPEG audio"), ("mp2", "MPEG audio"),
            ("m4a", "an MPEG-4 file (m4a, mp4)"), ("mov", "an MPEG-4 file (m4a, mp4)"),
            ("webm", "a Matroska or WebM file"),
            ("mka", "a Matroska or WebM file"), ("wma", "a Windows Media file (wma)"), ("aac", "AAC"), ("ac3", "AC-3"),
            ("wv", "WavPack"), ("tta", "True Audio"), ("flv", "Flash video"), ("avi", "AVI"),
            ("ts", "an MPEG transport stream"),
            ("spx", "Ogg"), ("voc", "a Creative Voice file (voc)"),
        ])
    func soundsAreReadUnderAnyName(kind: String, name: String) throws {
        let path = folder("x.\(kind)")
        try OtherDecoder.make(
            path, ["-f", "lavfi", "-i", "sine=440:d=1:r=48000"] + (kind == "spx" ? ["-ar", "16000"] : []))
        let other = try folder.file("other.txt", folder.bytes("x.\(kind)"))
        #expect(try SoundKind(ofFile: other) == SoundKind(ofFile: path))
        #expect(try SoundKind(ofFile: other).name == name)
        #expect(try SoundKind(ofFile: other).problem == nil)
        let sound = try AudioFile.stored(FileSection(ofInput: other))
        #expect(sound.remarks.isEmpty)
        #expect(abs(sound.waveform.duration - 1) < 0.05)
        // Past the codec's delay, ffmpeg's sine has an amplitude of 1/8.
        let middle = sound.waveform.channels[0][(sound.waveform.frameCount / 4)..<(sound.waveform.frameCount * 3 / 4)]
        let power = middle.reduce(0) { $0 + $1 * $1 } / Float(middle.count)
        #expect(abs(power - 1 / 128) < 0.1 / 128)
    }

    @Test func videoWithoutSound() throws {
        let path = folder("x.mp4")
        try OtherDecoder.make(path, ["-f", "lavfi", "-i", "color=black:s=16x16:d=1"])
        let failure = failure { _ = try AudioFile.read(path) }
        #expect(failure?.kind == .badData)
        #expect(failure?.why == "it is an MPEG-4 file (m4a, mp4) without a sound")
    }

    /// An mp3 behind a tag with a picture, and behind what is no tag.
    @Test func mp3AfterOtherBytes() throws {
        let bytes = try contents(ofFile: Fixtures.path("sounds/vbr_noxing.mp3"), or: "")
        let tag = Array("ID3".utf8) + [4, 0, 0, 0, 1, 0x56, 0x20] + [UInt8](repeating: 0xFF, count: 0x6B20)
        for before in [tag, [UInt8](repeating: 0, count: 1_000)] {
            let path = try folder.file("x", before + bytes)
            #expect(try SoundKind(ofFile: path).name == "MPEG audio")
            #expect(try AudioFile.read(path).frameCount == 46_080)
        }
    }

    /// What is named in a file is not opened: ffmpeg gets the demuxer's name that the first bytes tell, and may open no other.
    @Test func noOtherFileIsOpened() throws {
        let secret = folder("secret.wav")
        try OtherDecoder.make(secret, ["-f", "lavfi", "-i", "sine=440:d=1"])
        for text in ["#EXTM3U\n#EXTINF:1\nfile://\(secret)\n", "ffconcat version 1.0\nfile '\(secret)'\n"] {
            #expect(try why("x.m4a", Array(text.utf8))?.kind == .badData)
            // Hidden behind the marks of other kinds.
            for mark in ["ID3\u{4}\0\0\0\0\0\0", "\0\0\0\u{8}ftyp"] {
                #expect(try why("x.m4a", Array(mark.utf8) + Array(text.utf8))?.kind == .badData)
            }
        }
    }
}
