// SPDX-License-Identifier: Apache-2.0
import Files
import Glibc

/// Sounds one after the other in a file, each by libsndfile, which by itself reads the first one only.
final class JoinedDecoder: SoundDecoder {
    /// One of them.
    struct Part {
        let range: Range<Int>
        /// Whether its end is there; nil where the number of frames tells.
        var isWhole: Bool?
    }

    private let file: FileSection
    private let parts: [Part]
    private let index: Int
    private let sound: SoundFile
    private var position = 0

    var sampleRate: Int { sound.sampleRate }
    var channelCount: Int { sound.channelCount }
    var speakers: [ChannelLayout.Speaker]? { sound.speakers }
    var sampleFormat: SampleFormat? { sound.sampleFormat }
    /// The file as a whole has no length.
    var promised: Int? { nil }
    var isWhole: Bool { parts[index].isWhole ?? (position + sound.tolerance >= sound.promised ?? 0) }
    /// Where the container tells that the end is missing, a decoder's complaint of it is no news.
    var fault: String? { parts[index].isWhole == false ? nil : sound.fault }

    init(_ file: FileSection, _ parts: [Part], from index: Int = 0) throws(DecodingProblem) {
        (self.file, self.parts, self.index) = (file, parts, index)
        do throws(SoundFile.Reason) {
            sound = try SoundFile(reading: file.part(parts[index].range, named: "part \(index + 1)"))
        } catch {
            throw DecodingProblem(error.text)
        }
    }

    func read(_ frames: Int, to buffer: inout [Float]) -> Int {
        let got = sound.read(frames, to: &buffer)
        position += got
        return got
    }

    func next() throws(DecodingProblem) -> (any SoundDecoder)? {
        index + 1 < parts.count ? try JoinedDecoder(file, parts, from: index + 1) : nil
    }
}

extension JoinedDecoder.Part {
    /// Where wav, aiff and flac files that were joined begin and end; one for any other file.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`.
    static func all(in file: FileSection) throws(Failure) -> [Self] {
        let starts = try chunkedStarts(in: file) + flacStarts(in: file)
        let ends = starts.dropFirst() + [file.count]
        return zip(starts, ends).map { Self(range: $0..<$1) }
    }

    /// Of files of chunks: another one follows where the first one's size ends.
    private static func chunkedStarts(in file: FileSection) throws(Failure) -> [Int] {
        var (starts, place) = ([Int](), 0)
        while true {
            let head = try file.bytes(place..<place + 12)
            guard head.count == 12 else { return starts }
            let (name, form) = (
                String(decoding: head[..<4], as: UTF8.self), String(decoding: head[8..<11], as: UTF8.self)
            )
            guard name == "RIFF" && form == "WAV" || name == "FORM" && form == "AIF" else { return starts }
            starts.append(place)
            let bytes = name == "FORM" ? Array(head[4..<8]) : head[4..<8].reversed()
            let size = bytes.reduce(0) { $0 << 8 | Int($1) }
            // The size of a stream whose end was not known.
            guard size > 4, size < 0xFFFF_FFFF else { return starts }
            place += 8 + size + size % 2
        }
    }

    /// Of FLAC: its mark with the header of STREAMINFO, which stands in no frame.
    private static func flacStarts(in file: FileSection) throws(Failure) -> [Int] {
        guard try file.bytes(0..<4).elementsEqual("fLaC".utf8) else { return [] }
        let mark = Array("fLaC".utf8) + [0, 0, 0, 34]
        var (starts, place) = ([Int](), 0)
        while place < file.count {
            let block = try file.bytes(place..<place + (1 << 20) + mark.count - 1)
            block.withUnsafeBytes { bytes in
                var index = 0
                while index + mark.count <= bytes.count, let base = bytes.baseAddress,
                    let found = memchr(base + index, Int32(mark[0]), bytes.count - mark.count + 1 - index)
                {
                    index = base.distance(to: UnsafeRawPointer(found))
                    if bytes[index..<index + mark.count].elementsEqual(mark) { starts.append(place + index) }
                    index += 1
                }
            }
            place += 1 << 20
        }
        return starts
    }
}
