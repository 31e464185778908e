// SPDX-License-Identifier: Apache-2.0
import Files
import TestSupport
import Testing

@testable import AudioIO

/// Files whose header says less than there is, or more: what is there is read, and what is missing is said.
@Suite struct WholeSoundTests {
    let folder: Folder

    init() throws { folder = try Folder() }

    private func fixture(_ name: String) -> String { Fixtures.path("sounds/\(name)") }

    private func stored(_ path: String) throws -> StoredSound { try AudioFile.stored(FileSection(ofInput: path)) }

    private func power(_ samples: some Collection<Float>) -> Double {
        samples.reduce(0) { $0 + Double($1) * Double($1) } / Double(max(samples.count, 1))
    }

    /// The power of the difference relative to the sound's, over the frames that both have, from one of ours on.
    private func difference(_ ours: [[Float]], _ theirs: [[Float]], from start: Int = 0) -> Double {
        zip(ours, theirs).map { ours, theirs in
            let differences = zip(ours.dropFirst(start), theirs).map { $0 - $1 }
            return power(differences) / max(power(theirs), 1e-12)
        }.max() ?? .infinity
    }

    /// Decoders agree to the rounding of their arithmetic, some -90 dB: 1e-6 is -60 dB, and a frame of shift in such sounds is above
    /// -40 dB. A coded sound's last frame and an encoder's padding are cut by some and not by others.
    @Test(
        arguments: [
            ("vbr_noxing.mp3", 2, 46_080, 0), ("chain.ogg", 2, 88_200, 128), ("cut.ogg", 1, 31_872, 0),
            ("cut.flac", 1, 28_672, 0), ("truncated.wav", 1, 22_050, 0), ("data0.wav", 1, 44_100, 0),
            ("flac.oga", 2, 44_100, 0), ("speex.ogg", 1, 16_000, 0), ("x.m4a", 2, 45_056, 0),
            ("webm_named.wav", 2, 48_000, 0), ("trunc.mp3", 2, 20_783, 1_152),
        ])
    func everythingIsReadAsFFmpegReadsIt(name: String, channels: Int, frames: Int, slack: Int) throws {
        let ours = try stored(fixture(name)).waveform
        let theirs = try OtherDecoder.samples(fixture(name), channels: channels)
        #expect(ours.channels.count == channels)
        #expect(ours.frameCount == frames)
        #expect(abs(theirs[0].count - frames) <= slack)
        // Another half of the chain follows a gap of padding, which is longer there.
        let both = name == "chain.ogg" ? ours.channels.map { Array($0.prefix(44_000)) } : ours.channels
        #expect(difference(both, theirs) < 1e-6)
    }

    /// Two mp3 files of a second each, joined: both are there, at the place of the first one's encoder delay.
    @Test func joinedMP3() throws {
        let sound = try stored(fixture("cat.mp3"))
        #expect(sound.remarks.isEmpty)
        #expect((88_200...88_200 + 4 * 1_152).contains(sound.waveform.frameCount))
        let theirs = try OtherDecoder.samples(fixture("cat.mp3"), channels: 2)
        #expect(difference(sound.waveform.channels.map { Array($0.prefix(43_000)) }, theirs) < 1e-6)
        let (first, second) = (sound.waveform.channels[0].prefix(44_100), sound.waveform.channels[0].suffix(40_000))
        #expect(power(second) > 0.1 * power(first))
    }

    @Test(
        arguments: [
            ("trunc.mp3", "it breaks off at 0.471 s of 1.0 s"), ("cut.ogg", "it breaks off at 1.992 s"),
            ("cut.flac", "it breaks off at 1.792 s of 4.0 s: flac decoder lost sync"),
            ("truncated.wav", "it breaks off at 0.5 s of 1.0 s"),
        ])
    func whatIsMissingIsSaid(name: String, remark: String) throws {
        #expect(try stored(fixture(name)).remarks == [remark])
        // Nothing is missing in a part that is there.
        #expect(try AudioFile.stored(FileSection(ofInput: fixture(name)), duration: 0.25).remarks.isEmpty)
    }

    /// From a start on too, where libsndfile cannot seek in a broken file.
    @Test func partOfACutFile() throws {
        let whole = try stored(fixture("cut.flac")).waveform.channels[0]
        let part = try AudioFile.stored(FileSection(ofInput: fixture("cut.flac")), start: 1)
        #expect(part.waveform.channels[0] == Array(whole[16_000...]))
        #expect(part.remarks == ["it breaks off at 1.792 s of 4.0 s: flac decoder lost sync"])
    }

    @Test(arguments: ["wav", "aiff", "au", "w64", "rf64", "flac", "ogg", "opus", "mp3"])
    func cutInTheMiddle(kind: String) throws {
        let whole = folder("whole.\(kind == "rf64" ? "wav" : kind)")
        let form = kind == "rf64" ? ["-rf64", "always"] : kind == "opus" ? ["-ar", "48000"] : []
        try OtherDecoder.make(whole, ["-f", "lavfi", "-i", "anoisesrc=d=8:r=48000:seed=1:a=0.5"] + form)
        #expect(try stored(whole).remarks.isEmpty)
        #expect(try abs(stored(whole).waveform.frameCount - 384_000) <= 1_152)
        let bytes = try folder.bytes(whole.split(separator: "/").last.map(String.init) ?? "")
        let cut = try stored(try folder.file("cut", Array(bytes.prefix(bytes.count / 2))))
        #expect((96_000..<288_000).contains(cut.waveform.frameCount))
        #expect(cut.remarks.count == 1)
        #expect(cut.remarks[0].hasPrefix("it breaks off at "))
    }

    /// A program that writes to a pipe cannot put the size.
    @Test(arguments: ["wav", "au", "caf", "flac"]) func streamed(kind: String) throws {
        let path = try folder.file(
            "x", try OtherDecoder.streamed(["-f", "lavfi", "-i", "sine=440:d=1:r=44100", "-f", kind]))
        let sound = try stored(path)
        #expect(sound.waveform.frameCount == 44_100)
        #expect(sound.remarks.isEmpty)
    }

    /// libmpg123 reads it and not libsndfile, whose use of it writes to standard error.
    @Test func mpegInAWavFile() throws {
        let path = folder("x.wav")
        try OtherDecoder.make(
            path, ["-f", "lavfi", "-i", "anoisesrc=d=2:r=44100:seed=1:a=0.5", "-c:a", "libmp3lame", "-f", "wav"])
        let file = try FileSection(ofInput: path)
        #expect(try SoundKind(of: file).decoder(of: file) is MPEGDecoder)
        let ours = try stored(path)
        #expect(ours.remarks.isEmpty)
        let theirs = try OtherDecoder.samples(path, channels: 1)
        #expect(ours.waveform.frameCount == theirs[0].count)
        #expect(difference(ours.waveform.channels, theirs) < 1e-6)
    }

    /// Sizes of nothing, where nothing follows and where other chunks do.
    @Test func emptyData() throws {
        let empty = wav(data: [])
        #expect(failure { _ = try AudioFile.read(try folder.file("x", empty)) }?.why == "it contains no samples")
        let text = Array("LIST".utf8) + [8, 0, 0, 0] + Array("INFOxxxx".utf8)
        #expect(failure { _ = try AudioFile.read(try folder.file("y", empty + text)) }?.why == "it contains no samples")
    }

    @Test(arguments: ["wav", "aiff", "flac", "oga"]) func joined(kind: String) throws {
        let form = kind == "oga" ? ["-c:a", "flac"] : []
        for (name, hertz) in [("one", 440), ("two", 880)] {
            try OtherDecoder.make(
                folder("\(name).\(kind)"), ["-f", "lavfi", "-i", "sine=\(hertz):d=0.5:r=44100"] + form)
        }
        let path = try folder.file("x", try folder.bytes("one.\(kind)") + folder.bytes("two.\(kind)"))
        let sound = try stored(path)
        #expect(sound.remarks.isEmpty)
        let parts = try ["one", "two"].map { try OtherDecoder.samples(folder("\($0).\(kind)"), channels: 1)[0] }
        #expect(sound.waveform.channels[0] == parts[0] + parts[1])
        // The second one is cut: in Ogg it is one page, which is lost.
        let bytes = try folder.bytes("one.\(kind)") + folder.bytes("two.\(kind)").dropLast(3_000)
        let cut = try stored(try folder.file("y", bytes))
        #expect(cut.remarks.count == 1 && (22_050..<44_100).contains(cut.waveform.frameCount))
    }

    /// The end of a file's last page is missing, and its place is taken by the next file's first one.
    @Test func whatFollowsAPageThatIsCutOffIsRead() throws {
        let names = ["cut.ogg", "six.ogg", "six.ogg"].map(fixture)
        let bytes = try names.flatMap { try FileSection(ofInput: $0).bytes(0..<1 << 20) }
        let sound = try stored(try folder.file("x.ogg", bytes))
        let parts = try names.map { try stored($0).waveform }
        let seconds = parts.map { Double($0.frameCount) / Double($0.sampleRate) }.reduce(0, +)
        #expect(abs(sound.waveform.frameCount - Int(seconds * 16_000)) <= 4)
        #expect(sound.remarks.count == 3 && sound.remarks[0] == "it breaks off at 1.992 s")
    }

    @Test func chainedOpus() throws {
        let (one, two) = (folder("one.opus"), folder("two.opus"))
        try OtherDecoder.make(one, ["-f", "lavfi", "-i", "sine=440:d=1:r=48000"])
        try OtherDecoder.make(two, ["-f", "lavfi", "-i", "sine=880:d=0.5:r=48000"])
        let path = try folder.file("chain.opus", try folder.bytes("one.opus") + folder.bytes("two.opus"))
        let sound = try stored(path)
        #expect(sound.waveform.frameCount == 72_000)
        #expect(sound.remarks.isEmpty)
        let (first, second) = (try AudioFile.read(one), try AudioFile.read(two))
        #expect(sound.waveform.channels[0] == first.channels[0] + second.channels[0])
        // Over the join.
        #expect(
            try AudioFile.read(path, start: 0.75, duration: 0.5).channels[0]
                == Array(sound.waveform.channels[0][36_000..<60_000]))
    }

    /// A link of another form is brought to the first one's.
    @Test func chainOfTwoForms() throws {
        try OtherDecoder.make(
            folder("one.ogg"), ["-f", "lavfi", "-i", "sine=440:d=1:r=48000", "-ac", "2", "-c:a", "libvorbis"])
        try OtherDecoder.make(folder("two.ogg"), ["-f", "lavfi", "-i", "sine=440:d=1:r=16000", "-c:a", "libvorbis"])
        let sound = try stored(try folder.file("x.ogg", try folder.bytes("one.ogg") + folder.bytes("two.ogg")))
        #expect(abs(sound.waveform.frameCount - 96_000) <= 3)
        #expect(
            sound.remarks == [
                "what follows at 1.0 s is of another form, channels: 1 at 16000 Hz: it is brought to 2 at 48000 Hz"
            ])
        // ffmpeg's sine has an amplitude of 1/8; its stereo of one channel keeps it.
        #expect(abs(power(sound.waveform.channels[1][60_000..<90_000]) - 1.0 / 128) < 1.0 / 128 * 0.05)
    }
}
