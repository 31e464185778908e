// SPDX-License-Identifier: Apache-2.0
import Files

/// What gives a sound's samples, from its first to its last.
protocol SoundDecoder: AnyObject {
    /// In hertz.
    var sampleRate: Int { get }
    var channelCount: Int { get }
    /// Of the channels, in the file's order; nothing for an unknown layout, nil for the usual one in WAVE's order.
    var speakers: [ChannelLayout.Speaker]? { get }
    /// How the file stores them; nil where the codec decides.
    var sampleFormat: SampleFormat? { get }
    /// How many frames there should be; nil where the file does not say.
    var promised: Int? { get }
    /// Why there are no further frames; nil where they ended as they should.
    var fault: String? { get }

    /// Whether the file's end is there, as far as the decoder can tell; asked after the last frame.
    var isWhole: Bool { get }
    /// Frames that may be missing of those promised.
    var tolerance: Int { get }

    /// Reads interleaved frames to the start of a buffer.
    ///
    /// - Returns: how many; fewer than requested only at the end.
    func read(_ frames: Int, to buffer: inout [Float]) -> Int

    /// Skips frames without decoding them, where that is exact.
    ///
    /// - Returns: false where it is not; the decoder is then of no further use.
    func seek(to frame: Int) -> Bool

    /// What continues after the end, maybe in another form; nil where nothing does.
    ///
    /// - Throws: why it cannot be read.
    func next() throws(DecodingProblem) -> (any SoundDecoder)?
}

extension SoundDecoder {
    var speakers: [ChannelLayout.Speaker]? { nil }
    var sampleFormat: SampleFormat? { nil }
    var fault: String? { nil }
    var isWhole: Bool { true }
    var tolerance: Int { 0 }

    func seek(to frame: Int) -> Bool { false }

    func next() throws(DecodingProblem) -> (any SoundDecoder)? { nil }
}

/// Why a sound cannot be decoded, as clauses: no capital, no full stop.
struct DecodingProblem: Error {
    let why: String
    var remedy: String?

    init(_ why: String, remedy: String? = nil) { (self.why, self.remedy) = (why, remedy) }
}

/// Bytes of a file as C libraries read them by callbacks.
final class ByteReader {
    let file: FileSection
    /// What stands in some places instead of the file's own bytes.
    let corrections: [(place: Int, bytes: [UInt8])]
    private(set) var position = 0

    init(_ file: FileSection, corrections: [(place: Int, bytes: [UInt8])] = []) {
        (self.file, self.corrections) = (file, corrections)
    }

    /// As lseek(2); -1 for a place before the beginning.
    func seek(_ offset: Int, _ origin: Int32) -> Int {
        let base = [0, position, file.count]
        guard base.indices.contains(Int(origin)), base[Int(origin)] + offset >= 0 else { return -1 }
        position = base[Int(origin)] + offset
        return position
    }

    /// As read(2), but for errors, which are the file's end.
    func read(_ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
        guard let buffer, count > 0 else { return 0 }
        let bytes = UnsafeMutableRawBufferPointer(start: buffer, count: count)
        let got = (try? file.read(into: bytes, at: position)) ?? 0
        for (place, correct) in corrections {
            for (index, byte) in correct.enumerated() where (position..<position + got).contains(place + index) {
                bytes[place + index - position] = byte
            }
        }
        position += got
        return got
    }

    /// The reader that a callback was given.
    static func from(_ context: UnsafeMutableRawPointer?) -> ByteReader? {
        context.map { Unmanaged<ByteReader>.fromOpaque($0).takeUnretainedValue() }
    }

    /// For callbacks; valid as long as this reader is held.
    var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }
}
