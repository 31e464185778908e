// SPDX-License-Identifier: Apache-2.0
import Files

/// How long a file's chunk of samples is, by its header and in truth: programs that write to a pipe cannot go back to put the size,
/// and downloads break off.
struct ChunkSizes {
    /// Where the samples begin.
    let start: Int
    /// Bytes of samples that are there.
    let present: Int
    /// Bytes that the header promises; nil where it leaves them open.
    let promised: Int?
    /// Whether all that the header promises is there.
    var isWhole: Bool { promised.map { $0 <= present } ?? true }
    /// Whether the samples are MPEG audio, in a wav file.
    let isMPEG: Bool
    /// What the header has to say instead, for libsndfile to read to the end.
    let corrections: [(place: Int, bytes: [UInt8])]

    /// The chunk of samples in a wav, RF64, Wave64, AIFF or CAF file, or the samples of an AU file.
    ///
    /// - Returns: nil for another kind of file, and where there are no samples.
    /// - Throws: ``Failure`` of kind `inputOutput`.
    init?(in file: FileSection) throws(Failure) {
        let head = try file.bytes(0..<40)
        guard let layout = Layout(head) else { return nil }
        if layout.isHeaderOnly {
            let size = layout.number(head[8..<12])
            self.init(start: layout.number(head[4..<8]), stated: size, open: 0xFFFF_FFFF, file, corrections: [])
            return
        }
        var (place, longSize, isMPEG) = (layout.first, nil as Int?, false)
        for _ in 0..<Self.most {
            let header = try file.bytes(place..<place + layout.headerSize)
            guard header.count == layout.headerSize else { return nil }
            var size = layout.number(header[layout.nameSize...])
            let body = place + layout.headerSize
            if layout.countsHeader { size -= layout.headerSize }
            if header.starts(with: "ds64".utf8) { longSize = layout.number(try file.bytes(body + 8..<body + 16)[...]) }
            if header.starts(with: "fmt ".utf8) {
                // WAVE_FORMAT_MPEG and WAVE_FORMAT_MPEGLAYER3.
                isMPEG = try [0x50, 0x55].contains(layout.number(file.bytes(body..<body + 2)[...]))
            }
            if header.starts(with: layout.wanted.utf8) {
                let isOpen = size == layout.open || size == 0 && layout.zeroIsOpen
                if isOpen, let longSize { size = longSize }
                let rest = file.count - body
                let isEmpty = size == 0 ? try Self.areChunks(from: body, in: file, layout) : false
                let correction = isOpen && longSize == nil && !isEmpty && layout.zeroIsOpen
                let bytes = (0..<4).map { UInt8(truncatingIfNeeded: min(rest, 0xFFFF_FFFE) >> (8 * $0)) }
                self.init(
                    start: body, stated: correction ? layout.open : size, open: layout.open, file, isMPEG: isMPEG,
                    corrections: correction ? [(place + 4, layout.isBig ? bytes.reversed() : bytes)] : [])
                return
            }
            place = body + max(size, 0) + layout.padding(size)
        }
        return nil
    }

    private init(
        start: Int, stated: Int, open: Int, _ file: FileSection, isMPEG: Bool = false,
        corrections: [(place: Int, bytes: [UInt8])]
    ) {
        (self.start, self.corrections, self.isMPEG) = (start, corrections, isMPEG)
        promised = stated == open ? nil : stated
        present = max(min(stated == open ? .max : stated, file.count - start), 0)
    }

    /// More chunks are nobody's.
    private static let most = 10_000

    /// Whether there are more chunks than libraries should be given: libsndfile takes 6 microseconds and 200 bytes for each.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`.
    static func areTooMany(in file: FileSection) throws(Failure) -> Bool {
        guard let layout = Layout(try file.bytes(0..<40)), !layout.isHeaderOnly else { return false }
        var place = layout.first
        for _ in 0..<most {
            let header = try file.bytes(place..<place + layout.headerSize)
            guard header.count == layout.headerSize, isName(header) else { return false }
            place += max(layout.number(header[layout.nameSize...]), layout.countsHeader ? layout.headerSize : 0)
            place += layout.countsHeader ? 0 : layout.headerSize
            place += layout.padding(place - layout.first)
        }
        return true
    }

    private static func isName(_ header: [UInt8]) -> Bool { header[..<4].allSatisfy { (0x20..<0x7F).contains($0) } }

    /// Whether chunks follow up to the file's end: then a size of zero is meant.
    private static func areChunks(from start: Int, in file: FileSection, _ layout: Layout) throws(Failure) -> Bool {
        var place = start
        while place < file.count {
            let header = try file.bytes(place..<place + layout.headerSize)
            guard header.count == layout.headerSize, isName(header) else { return false }
            let size = layout.number(header[layout.nameSize...])
            place += layout.headerSize + size + layout.padding(size)
        }
        return place - file.count <= 1
    }

    /// How a kind of file lays out its chunks.
    private struct Layout {
        /// The samples' chunk.
        var wanted = "data"
        /// Where the first chunk begins.
        var first = 12
        var nameSize = 4
        var sizeSize = 4
        var isBig = false
        /// Whether a chunk's size counts its header.
        var countsHeader = false
        /// Chunks begin at multiples.
        var alignment = 2
        /// The size of a chunk whose end was not known.
        var open = 0xFFFF_FFFF
        /// Whether programs leave 0 there too.
        var zeroIsOpen = false
        /// No chunks, as in AU files.
        var isHeaderOnly = false

        var headerSize: Int { nameSize + sizeSize }

        init?(_ head: [UInt8]) {
            guard head.count >= 16 else { return nil }
            func begins(_ text: String, at place: Int = 0) -> Bool { head[place...].starts(with: text.utf8) }
            if begins("WAVE", at: 8), ["RIFF", "RF64", "BW64"].contains(where: { begins($0) }) {
                zeroIsOpen = true
            } else if begins("RIFX"), begins("WAVE", at: 8) {
                (isBig, zeroIsOpen) = (true, true)
            } else if begins("FORM"), begins("AIF", at: 8) {
                (wanted, isBig) = ("SSND", true)
            } else if begins("caff") {
                (first, sizeSize, isBig, alignment, open) = (8, 8, true, 1, -1)
            } else if begins("riff"), head.count >= 40 {
                (first, nameSize, sizeSize, countsHeader, alignment) = (40, 16, 8, true, 8)
            } else if begins(".snd") || begins("dns.") {
                (isHeaderOnly, isBig) = (true, begins(".snd"))
            } else {
                return nil
            }
        }

        func number(_ bytes: ArraySlice<UInt8>) -> Int {
            let value = (isBig ? Array(bytes) : bytes.reversed()).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            // Sizes of 8 bytes over 2^62 are the open one or nonsense.
            return value == .max ? -1 : Int(min(value, 1 << 62))
        }

        func padding(_ size: Int) -> Int { (alignment - max(size, 0) % alignment) % alignment }
    }
}
