// SPDX-License-Identifier: Apache-2.0
import Files

/// What a file is, by its first bytes: never by its name.
public struct SoundKind: Equatable, Sendable {
    /// In words, as 'MPEG-4 audio' or 'a web page (HTML)'.
    public let name: String
    let reader: Reader

    /// What reads it.
    enum Reader: Equatable, Sendable {
        /// libsndfile; ffmpeg by the demuxer's name where that does not know the coding.
        case sndfile(demuxer: String?)
        /// libmpg123.
        case mpeg
        /// libsndfile, one stream after the other, or ffmpeg.
        case ogg
        /// ffmpeg by the demuxer's name, where it is installed.
        case ffmpeg(demuxer: String)
        /// Nothing: it is no sound.
        case none(remedy: String?)
    }

    /// Why it cannot be read here, as a clause; nil where it can, as far as the first bytes tell.
    public var problem: String? {
        switch reader {
        case .sndfile, .mpeg, .ogg: self == .unknown ? "it is no kind of sound that we know" : nil
        case .ffmpeg: FFmpeg.path == nil ? "it is \(name), which needs ffmpeg" : nil
        case .none: "it is \(name), not a sound"
        }
    }

    /// What a file is.
    ///
    /// - Throws: ``Failure`` of kind `noInput` or `inputOutput`.
    public init(ofFile path: String) throws(Failure) { try self.init(of: FileSection(ofFile: path)) }

    /// What the bytes of a file are: of its first 512, and after an ID3v2 tag of the following.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`.
    init(of file: FileSection) throws(Failure) {
        let start = try Self.endOfTags(in: file)
        let head = try file.bytes(start..<start + 512)
        let kind = Self.known.first { $0.marks.contains { $0.isIn(head) } }
        if let kind {
            self.init(name: kind.name, reader: kind.reader)
        } else if try MPEGFrame.first(in: file, from: start) != nil {
            self = .mpeg
        } else if head.isEmpty {
            self.init(name: start > 0 ? "a tag (ID3) alone" : "an empty file", reader: .none(remedy: nil))
        } else if Self.isText(head) {
            self.init(name: "text", reader: .none(remedy: nil))
        } else {
            self = .unknown
        }
    }

    /// Where the tags at a file's beginning end: ID3v2.4, 3.1, has a length in four bytes of seven bits. There may be several.
    static func endOfTags(in file: FileSection) throws(Failure) -> Int {
        var end = 0
        while end < file.count {
            let head = try file.bytes(end..<end + 10)
            guard head.count == 10, head.starts(with: "ID3".utf8) else { break }
            end += 10 + head[6...].reduce(0) { $0 << 7 | Int($1 & 0x7F) }
        }
        return min(end, file.count)
    }

    private init(name: String, reader: Reader) { (self.name, self.reader) = (name, reader) }

    static let mpeg = SoundKind(name: "MPEG audio", reader: .mpeg)
    /// libsndfile knows some that have no mark, and refuses the others.
    static let unknown = SoundKind(name: "of an unknown kind", reader: .sndfile(demuxer: nil))

    /// UTF-8 without control characters, but for the last character, which may be cut.
    private static func isText(_ head: [UInt8]) -> Bool {
        !head.contains { $0 < 0x20 && !(9...13).contains($0) || $0 == 0x7F }
            && (0..<4).contains { String(validating: head.dropLast($0), as: UTF8.self) != nil }
    }
}

extension SoundKind {
    /// Bytes at a place, in capital or small letters where they are text.
    private struct Mark: Sendable {
        let place: Int
        let bytes: [UInt8]
        /// Further bytes at a place of their own.
        let further: (place: Int, bytes: [UInt8])?

        init(_ text: String, at place: Int = 0, and further: String? = nil, second: Int = 8) {
            (self.place, bytes) = (place, Array(text.utf8))
            self.further = further.map { (second, Array($0.utf8)) }
        }

        init(_ bytes: UInt8...) { (place, self.bytes, further) = (0, bytes, nil) }

        func isIn(_ head: [UInt8]) -> Bool {
            head.dropFirst(place).starts(with: bytes) { Self.small($0) == Self.small($1) }
                && further.map { head.dropFirst($0.place).starts(with: $0.bytes) } ?? true
        }

        private static func small(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte + 0x20 : byte }
    }

    private typealias Entry = (name: String, reader: Reader, marks: [Mark])

    /// Names that a person may search for. The demuxers' names are those of `ffmpeg -demuxers`.
    private static let known: [Entry] = sounds + others

    private static let sounds: [Entry] = [
        ("WAV", .sndfile(demuxer: "wav"), ["RIFF", "RIFX", "RF64", "BW64"].map { Mark($0, and: "WAVE") }),
        ("Wave64", .sndfile(demuxer: "w64"), [Mark(0x72, 0x69, 0x66, 0x66, 0x2E, 0x91)]),
        ("AIFF", .sndfile(demuxer: "aiff"), [Mark("FORM", and: "AIFF"), Mark("FORM", and: "AIFC")]),
        ("FLAC", .sndfile(demuxer: "flac"), [Mark("fLaC")]),
        ("AU", .sndfile(demuxer: "au"), [Mark(".snd"), Mark("dns.")]),
        ("CAF", .sndfile(demuxer: "caf"), [Mark("caff")]),
        ("Ogg", .ogg, [Mark("OggS")]),
        (
            "an MPEG-4 file (m4a, mp4)", .ffmpeg(demuxer: "mov"),
            ["ftyp", "moov", "mdat", "wide"].map { Mark($0, at: 4) }
        ),
        ("a Matroska or WebM file", .ffmpeg(demuxer: "matroska"), [Mark(0x1A, 0x45, 0xDF, 0xA3)]),
        ("a Windows Media file (wma)", .ffmpeg(demuxer: "asf"), [Mark(0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11)]),
        ("AAC", .ffmpeg(demuxer: "aac"), [0xF0, 0xF1, 0xF8, 0xF9].map { Mark(0xFF, $0) }),
        // libsndfile 1.2.0 reads headers of further blocks as samples, and stereo of the other as alternating.
        ("a Creative Voice file (voc)", .ffmpeg(demuxer: "voc"), [Mark("Creative Voice File")]),
        ("8SVX", .ffmpeg(demuxer: "iff"), [Mark("FORM", and: "8SVX"), Mark("FORM", and: "16SV")]),
        ("AC-3", .ffmpeg(demuxer: "ac3"), [Mark(0x0B, 0x77)]),
        ("DTS", .ffmpeg(demuxer: "dts"), [Mark(0x7F, 0xFE, 0x80, 0x01)]),
        ("AMR", .ffmpeg(demuxer: "amr"), [Mark("#!AMR")]),
        ("Monkey's Audio", .ffmpeg(demuxer: "ape"), [Mark("MAC ")]),
        ("WavPack", .ffmpeg(demuxer: "wv"), [Mark("wvpk")]),
        ("TAK", .ffmpeg(demuxer: "tak"), [Mark("tBaK")]),
        ("True Audio", .ffmpeg(demuxer: "tta"), [Mark("TTA1")]),
        ("Musepack", .ffmpeg(demuxer: "mpc8"), [Mark("MPCK")]),
        ("Musepack", .ffmpeg(demuxer: "mpc"), [Mark("MP+")]),
        ("DSF", .ffmpeg(demuxer: "dsf"), [Mark("DSD ")]),
        ("DSDIFF", .ffmpeg(demuxer: "iff"), [Mark("FRM8", and: "DSD ", second: 12)]),
        ("RealMedia", .ffmpeg(demuxer: "rm"), [Mark(".RMF")]),
        ("Flash video", .ffmpeg(demuxer: "flv"), [Mark("FLV\u{1}")]),
        ("AVI", .ffmpeg(demuxer: "avi"), [Mark("RIFF", and: "AVI ")]),
        ("an MPEG programme stream", .ffmpeg(demuxer: "mpeg"), [Mark(0, 0, 1, 0xBA)]),
        ("an MPEG transport stream", .ffmpeg(demuxer: "mpegts"), [Mark("G", and: "G", second: 188)]),
    ]

    private static let others: [Entry] = [
        (
            "a web page (HTML)", .none(remedy: "download the sound itself"),
            ["<!doctype html", "<html", "<head"].map { Mark($0) }
        ),
        (
            "a playlist", .none(remedy: "give one of the sounds that it names"),
            ["#EXTM3U", "[playlist]", "ffconcat"].map { Mark($0) }
        ),
        ("MIDI, notes without sound", .none(remedy: "render it to wav first"), [Mark("MThd")]),
        ("an HDF5 file", .none(remedy: "weights are given by --weights"), [Mark(0x89, 0x48, 0x44, 0x46)]),
        (
            "a picture", .none(remedy: nil),
            [
                Mark(0x89, 0x50, 0x4E, 0x47), Mark(0xFF, 0xD8, 0xFF), Mark("GIF8"), Mark("RIFF", and: "WEBP"),
            ]
        ),
        ("a PDF document", .none(remedy: nil), [Mark("%PDF")]),
        (
            "an archive", .none(remedy: "unpack it first"),
            [
                Mark(0x50, 0x4B, 0x03, 0x04), Mark(0x1F, 0x8B), Mark("BZh"), Mark(0xFD, 0x37, 0x7A, 0x58, 0x5A),
                Mark(0x37, 0x7A, 0xBC, 0xAF), Mark("Rar!"), Mark("ustar", at: 257),
            ]
        ),
        ("a program", .none(remedy: nil), [Mark(0x7F, 0x45, 0x4C, 0x46)]),
    ]
}
