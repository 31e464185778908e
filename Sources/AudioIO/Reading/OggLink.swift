// SPDX-License-Identifier: Apache-2.0
import Files

/// A part of an Ogg file that is a sound by itself (RFC 3533): files may be chained, one after the other.
struct OggLink {
    /// Its bytes.
    let range: Range<Int>
    /// What each of its streams begins with.
    let codecs: [Codec]
    /// Whether each of them has its last page.
    let isWhole: Bool

    /// By the first bytes of a stream's first packet.
    enum Codec: String {
        case vorbis = "\u{1}vorbis"
        case opus = "OpusHead"
        case flac = "\u{7F}FLAC"
        case speex = "Speex   "
        case theora = "\u{80}theora"
        case other = ""
    }

    /// The links of a file, as its pages tell; what stands between pages is passed over.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`.
    static func all(in file: FileSection) throws(Failure) -> [OggLink] {
        var links: [OggLink] = []
        var (first, codecs, open) = (0, [Codec](), Set<[UInt8]>())
        /// Whether only first pages were seen in this link.
        var isBeginning = true
        var place = 0
        func link(upTo end: Int) -> OggLink {
            OggLink(range: first..<end, codecs: codecs, isWhole: open.isEmpty)
        }
        while let page = try Page(in: file, from: place) {
            if page.isFirst, !isBeginning {
                links.append(link(upTo: page.range.lowerBound))
                (first, codecs, open, isBeginning) = (page.range.lowerBound, [], [], true)
            }
            isBeginning = isBeginning && page.isFirst
            if page.isFirst {
                codecs.append(codec(try file.bytes(page.body..<page.body + 8)))
                open.insert(page.serial)
            }
            if page.isLast, page.range.upperBound <= file.count { open.remove(page.serial) }
            place = page.range.upperBound
        }
        if !codecs.isEmpty { links.append(link(upTo: file.count)) }
        return links
    }

    private static func codec(_ head: [UInt8]) -> Codec {
        [Codec.vorbis, .opus, .flac, .speex, .theora].first {
            head.starts(with: $0.rawValue.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }.prefix(8))
        } ?? .other
    }

    /// A page's header, RFC 3533, 6.
    private struct Page {
        private static let mark = Array("OggS".utf8)

        let range: Range<Int>
        /// Where its first packet begins.
        let body: Int
        let isFirst: Bool
        let isLast: Bool
        let serial: [UInt8]

        /// The next page of a file from a place on; nil where there is none.
        init?(in file: FileSection, from start: Int) throws(Failure) {
            var place = start
            var head: [UInt8]
            while true {
                head = try file.bytes(place..<place + 27 + 255)
                if head.count < 27 { return nil }
                if head.starts(with: Self.mark) { break }
                // Past what is no page.
                let block = try file.bytes(place + 1..<place + 1 + 65_536)
                place += 1 + (block.firstRange(of: Self.mark)?.lowerBound ?? max(block.count - 3, 1))
            }
            let segments = Int(head[26])
            let body = place + 27 + segments
            let end = body + head[27...].prefix(segments).reduce(0) { $0 + Int($1) }
            // One that is cut off would take the beginning of what was joined to it.
            let isCut = try !Self.mark.starts(with: file.bytes(end..<end + Self.mark.count))
            let next = isCut ? try file.bytes(body..<end + Self.mark.count - 1).firstRange(of: Self.mark) : nil
            range = place..<(next.map { body + $0.lowerBound } ?? end)
            self.body = body
            (isFirst, isLast) = (head[5] & 2 != 0, head[5] & 4 != 0 && next == nil)
            serial = Array(head[14..<18])
        }
    }
}

extension OggLink {
    /// Whether it is one stream that libsndfile reads: version 1.2.0 refuses FLAC in Ogg.
    var isForLibsndfile: Bool { codecs == [.vorbis] || codecs == [.opus] }

    /// In words.
    var name: String {
        if codecs.contains(.theora) { return "an Ogg video" }
        return switch codecs {
        case [.vorbis]: "Ogg Vorbis"
        case [.opus]: "Ogg Opus"
        case [.flac]: "Ogg FLAC"
        case [.speex]: "Ogg Speex"
        default: "an Ogg file of other streams"
        }
    }
}
