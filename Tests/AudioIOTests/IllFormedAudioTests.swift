// SPDX-License-Identifier: Apache-2.0

import Files
import Glibc
import TestSupport
import Testing

@testable import AudioIO

/// Files that are not what their names or headers say, and places where nothing can be written.
@Suite struct IllFormedAudioTests {
    let folder: Folder

    init() throws { folder = try Folder() }

    private func reading(_ path: String, start: Double? = nil, duration: Double? = nil) -> Failure? {
        failure { _ = try AudioFile.read(path, start: start, duration: duration) }
    }

    @Test(arguments: ["note.wav", "note.mp3", "note.vox", "note.txt"]) func text(name: String) throws {
        let path = try folder.file(name, Array("this is a text, whatever its name says\n".utf8))
        #expect(
            reading(path)?.description
                == "cannot read the audio file '\(path)': it is text, not a sound")
        #expect(reading(path)?.kind == .badData)
    }

    @Test func emptyFile() throws {
        #expect(reading(try folder.file("x.wav", []))?.kind == .badData)
    }

    @Test func headerWithoutData() throws {
        let path = try folder.file("x.wav", Array(wav(data: []).prefix(36)))
        let failure = reading(path)
        #expect(failure?.kind == .badData)
        #expect(failure?.why == "it is WAV, but: Error in WAV file. No 'data' chunk marker")
    }

    @Test func noFrames() throws {
        #expect(reading(try folder.file("x.wav", wav(data: [])))?.why == "it contains no samples")
        #expect(reading(folder("x.wav"), start: 1)?.why == "it contains no samples")
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity]) func notANumber(sample: Float) throws {
        var samples = [Float](repeating: 0.25, count: 2 * 16_000)
        samples[2 * 8_000 + 1] = sample
        let path = try folder.file("x.wav", wav(encoding: 3, bits: 32, channels: 2, data: little(samples)))
        let failure = reading(path)
        #expect(failure?.kind == .badData)
        #expect(failure?.why == "the sample in channel 2 at 0.5 s is \(sample), not a number")
        #expect(reading(path, start: 0.25)?.why == failure?.why)
        #expect(reading(path, duration: 0.25) == nil)
    }

    @Test(arguments: [1, 999, 768_001, 2_000_000_000] as [UInt32]) func sampleRate(rate: UInt32) throws {
        let failure = reading(try folder.file("x.wav", wav(rate: rate, data: [1, 0, 2, 0])))
        #expect(failure?.kind == .badData)
        #expect(failure?.why == "its sample rate of \(rate) Hz is outside 1000...768000 Hz")
    }

    @Test func tooManyChannels() throws {
        let failure = reading(
            try folder.file("x.wav", wav(bits: 8, channels: 65, data: [UInt8](repeating: 0, count: 650))))
        #expect(failure?.kind == .badData)
        #expect(failure?.why == "its 65 channels are outside 1...64")
    }

    /// The header's 4 GiB are not there: what is there is read.
    @Test func dataChunkLongerThanTheFile() throws {
        let path = try folder.file("x.wav", wav(data: [0, 64, 0, 192], declared: 0xFFFF_FFF0))
        #expect(try AudioFile.read(path).channels == [[0.5, -0.5]])
    }

    /// Small chunks before the samples or after them, which take libsndfile 200 bytes each.
    @Test(arguments: [(9_000, true), (11_000, true), (9_000, false), (11_000, false)])
    func manyChunks(_ count: Int, areBefore: Bool) throws {
        let bytes = wav(data: [0, 64, 0, 192])
        let chunks = Array(repeating: Array("junk".utf8) + little(UInt32(0)), count: count).flatMap(\.self)
        let place = areBefore ? 36 : bytes.count
        let path = try folder.file("x.wav", Array(bytes[..<place]) + chunks + bytes[place...])
        guard count > 10_000 else {
            #expect(try AudioFile.read(path).channels == [[0.5, -0.5]])
            return
        }
        #expect(reading(path)?.kind == .badData && reading(path)?.why == "it is WAV, but has too many chunks")
    }

    /// Samples that look like chunks of no length are none: digital silence, with a length that was never put in.
    @Test func silenceIsNoChunks() throws {
        let path = try folder.file("x.wav", wav(data: [UInt8](repeating: 0, count: 100_000), declared: 0))
        #expect(try AudioFile.read(path).frameCount == 50_000)
    }

    /// A length that its header tells, one that is not believed, and none.
    @Test(arguments: [100_000, (1 << 36) - 1, 0] as [UInt64]) func moreThanMemoryHolds(promised: UInt64) throws {
        let file = try FileSection(ofInput: flac(promising: promised, frames: 100_000))
        let failure = failure { _ = try AudioFile.stored(file, memory: 4 * 99_999) }
        #expect(failure?.kind == .badData && failure?.why.contains("in the memory that may be used") == true)
        #expect(failure?.remedy?.contains("--max-memory") == true)
        for (duration, memory) in [(nil, 4 * 100_000), (0.5, 4 * 8_000)] as [(Double?, Int)] {
            let sound = try AudioFile.stored(file, duration: duration, memory: memory)
            #expect(sound.waveform.frameCount == memory / 4)
        }
    }

    /// A flac file of 1,000 frames at 16 kHz whose header promises another number: 36 bits, the last of bytes 21 to 25.
    private func flac(promising frames: UInt64, frames count: Int = 1_000) throws -> String {
        let path = folder("x.flac")
        let waveform = Waveform(mono: sine(440, rate: 16_000, count: count), sampleRate: 16_000)
        try AudioFile.write(waveform, to: path, as: AudioFormat(path: path))
        var bytes = try folder.bytes("x.flac")
        bytes[21] = bytes[21] & 0xF0 | UInt8(frames >> 32)
        for i in 0..<4 { bytes[22 + i] = UInt8(truncatingIfNeeded: frames >> (24 - 8 * UInt64(i))) }
        return try folder.file("promising.flac", bytes)
    }

    /// libsndfile believes the header. We take memory for what arrives, and say that it is less.
    @Test func hugeNumberOfFrames() throws {
        let path = try flac(promising: (1 << 36) - 1)
        #expect(try AudioFile.read(path).frameCount == 1_000)
        #expect(try AudioFile.read(path, duration: 0.05).frameCount == 800)
        #expect(
            try AudioFile.stored(FileSection(ofInput: path)).remarks == ["it breaks off at 0.063 s of 4294967.296 s"])
        #expect(reading(path, start: 1_000, duration: 1)?.why == "it breaks off at 0.063 s of 4294967.296 s")
    }

    /// A flac file that was written to a pipe promises nothing.
    @Test func unknownNumberOfFrames() throws {
        let path = try flac(promising: 0)
        #expect(try AudioFile.read(path).frameCount == 1_000)
        #expect(try AudioFile.read(path, start: 0.05, duration: 1).frameCount == 200)
        #expect(reading(path, start: 1)?.why == "the start at 1.0 s is not before its end; it lasts 0.063 s")
    }

    @Test func truncatedFlac() throws {
        let path = folder("x.flac")
        try AudioFile.write(music(rate: 16_000, count: 40_000, channels: 1), to: path, as: AudioFormat(path: path))
        let bytes = try folder.bytes("x.flac")
        let cut = try folder.file("cut.flac", Array(bytes.prefix(bytes.count / 2)))
        let remarks = try AudioFile.stored(FileSection(ofInput: cut)).remarks
        #expect(remarks.count == 1 && remarks[0].hasPrefix("it breaks off at 1."))
        #expect(remarks.first?.contains(" of 2.5 s: ") == true)
        #expect(try AudioFile.read(cut, duration: 0.5).frameCount == 8_000)
        #expect(reading(try folder.file("head.flac", Array(bytes.prefix(42))))?.kind == .badData)
    }

    @Test(arguments: ["wav", "flac", "ogg", "opus", "mp3", "aiff"]) func cutAnywhereNeverCrashes(name: String) throws {
        let path = folder("x." + name)
        try AudioFile.write(music(rate: 16_000, count: 4_000, channels: 2), to: path, as: AudioFormat(path: path))
        let bytes = try folder.bytes("x." + name)
        for count in stride(from: 0, to: bytes.count, by: bytes.count / 9) {
            let cut = try folder.file("cut." + name, Array(bytes.prefix(count)))
            if let waveform = try? AudioFile.read(cut) {
                #expect(waveform.channels.count == 2)
                #expect(waveform.frameCount <= 4_000 + 2_400)
            } else {
                #expect(reading(cut)?.kind == .badData)
            }
        }
    }

    @Test func missingFileAndFolder() {
        #expect(reading(folder("none.wav"))?.kind == .noInput)
        #expect(reading(folder.path)?.kind == .noInput)
        #expect(reading(folder.path)?.why == "it is a folder")
    }

    @Test func missingFolderForTheOutput() throws {
        let path = folder("none/x.wav")
        let failure = failure {
            try AudioFile.write(Waveform(mono: [0], sampleRate: 16_000), to: path, as: AudioFormat(path: path))
        }
        #expect(failure?.kind == .cannotCreate)
    }

    /// Short enough for the encoders to hand over everything while they close.
    @Test(arguments: AudioFormat.extensions) func fullDisk(name: String) throws {
        let waveform = Waveform(mono: [0, 0.5, 0], sampleRate: 16_000)
        let encoded = try AudioFile.encode(waveform, as: AudioFormat(path: "x." + name), at: "x")
        let full = try LineWriter(path: "/dev/full")
        let failure = #expect(throws: Failure.self) { try encoded.copy(to: full) }
        #expect(failure?.kind == .inputOutput && failure?.why == systemError(ENOSPC))
    }

    /// A refused write leaves the old file and nothing else.
    @Test func failedWriteLeavesTheOldFile() throws {
        let path = try folder.file("x.opus", [1, 2, 3])
        let wrongRate = failure {
            try AudioFile.write(Waveform(mono: [0], sampleRate: 44_100), to: path, as: AudioFormat(path: path))
        }
        #expect(wrongRate?.kind == .cannotCreate)
        let notANumber = failure {
            try AudioFile.write(Waveform(mono: [0, .nan], sampleRate: 16_000), to: path, as: AudioFormat(path: path))
        }
        #expect(notANumber?.kind == .badData)
        #expect(try folder.bytes("x.opus") == [1, 2, 3])
        #expect(folder.names == ["x.opus"])
    }
}
