// SPDX-License-Identifier: Apache-2.0

import AudioIO
import Files
import TestSupport
import Testing

@Suite struct ReadingPartsTests {
    static let names = ["wav", "aiff", "flac", "ogg", "opus", "mp3"]

    /// A part is what the whole file has there, bit for bit: seeking in mp3 and Vorbis files would miss it.
    @Test(arguments: names, [1, 2]) func partOfTheWhole(name: String, channels: Int) throws {
        let folder = try Folder()
        let path = folder("x." + name)
        try AudioFile.write(
            music(rate: 16_000, count: 48_000, channels: channels), to: path, as: AudioFormat(path: path))
        let whole = try AudioFile.read(path)
        for (start, duration) in [(0.5, 1.25), (1.0001, 0.3), (0, 0.01), (2.5, 0.25)] {
            let part = try AudioFile.read(path, start: start, duration: duration)
            let first = Int((start * 16_000).rounded())
            let count = Int((duration * 16_000).rounded())
            #expect(part.frameCount == count)
            for (all, some) in zip(whole.channels, part.channels) {
                #expect(all[first..<(first + count)] == some[...], "from \(start) s")
            }
        }
    }

    @Test func durationEndsWithTheFile() throws {
        let folder = try Folder()
        let path = try folder.file("x.wav", wav(data: [1, 0, 2, 0, 3, 0, 4, 0]))
        #expect(try AudioFile.read(path, duration: 1e300).frameCount == 4)
        #expect(try AudioFile.read(path, start: 3.0 / 16_000, duration: 5).channels == [[4.0 / 32_768]])
        #expect(try AudioFile.read(path, start: 2.0 / 16_000).frameCount == 2)
        #expect(try AudioFile.read(path, duration: 1e-9).frameCount == 1)
    }

    @Test(arguments: [1.0, 1.5, 1e18, 1e300]) func startBeyondTheEndNamesTheLength(start: Double) throws {
        let folder = try Folder()
        let path = try folder.file("x.wav", wav(data: [UInt8](repeating: 1, count: 32_000)))
        let failure = failure { _ = try AudioFile.read(path, start: start) }
        #expect(failure?.kind == .badData)
        #expect(failure?.why == "the start at \(start) s is not before its end; it lasts 1.0 s")
    }

    @Test(
        arguments: [(-1, nil), (.nan, nil), (.infinity, nil), (nil, 0), (nil, -1), (0, .nan)] as [(Double?, Double?)])
    func unusableTimes(start: Double?, duration: Double?) throws {
        let folder = try Folder()
        let path = try folder.file("x.wav", wav(data: [1, 0, 2, 0]))
        #expect(failure { _ = try AudioFile.read(path, start: start, duration: duration) }?.kind == .usage)
    }

    /// Integers of 8 bits: an hour takes little to make.
    @Test func overAnHourNeedsAPart() throws {
        let folder = try Folder()
        let frames = 3_601 * 1_000
        let path = try folder.file("x.wav", wav(bits: 8, rate: 1_000, data: [UInt8](repeating: 128, count: frames)))
        let failure = failure { _ = try AudioFile.read(path) }
        #expect(failure?.kind == .badData)
        #expect(
            failure?.why == "the part to read is longer than 3600.0 s, the limit for its rate and channels")
        #expect(failure?.remedy == "choose a part with --start and --duration")
        #expect(try AudioFile.read(path, start: 1).duration == 3_600)
        #expect(try AudioFile.read(path, start: 3_600, duration: 2).duration == 1)
    }
}
