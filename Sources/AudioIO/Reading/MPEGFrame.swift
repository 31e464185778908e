// SPDX-License-Identifier: Apache-2.0
import Files

/// A frame's header of MPEG-1, MPEG-2 or MPEG-2.5 audio (ISO/IEC 11172-3, 2.4.1.3, and 13818-3).
struct MPEGFrame {
    /// Bytes of the frame.
    let count: Int

    /// - Parameter header: at least four bytes.
    /// - Returns: nil for bytes that are no header, or one of free format.
    init?(_ header: some Collection<UInt8>) {
        let bytes = Array(header.prefix(4))
        guard bytes.count == 4, bytes[0] == 0xFF, bytes[1] & 0xE0 == 0xE0 else { return nil }
        let (version, layer) = (Int(bytes[1] >> 3 & 3), 4 - Int(bytes[1] >> 1 & 3))
        let (rate, frequency) = (Int(bytes[2] >> 4), Int(bytes[2] >> 2 & 3))
        guard version != 1, layer != 4, (1...14).contains(rate), frequency != 3 else { return nil }
        let isFirst = version == 3
        let bits = 1_000 * Self.rates[isFirst ? layer - 1 : layer == 1 ? 3 : 4][rate - 1]
        let hertz = [44_100, 48_000, 32_000][frequency] >> (isFirst ? 0 : version == 2 ? 1 : 2)
        let padding = Int(bytes[2] >> 1 & 1)
        count =
            layer == 1
            ? 4 * (12 * bits / hertz + padding) : (layer == 3 && !isFirst ? 72 : 144) * bits / hertz + padding
    }

    /// In kbit/s: layers I, II and III of MPEG-1, then layer I, and II and III, of the others.
    private static let rates = [
        [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
        [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
        [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
        [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
        [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    ]

    /// Where the first frame is that others follow, among 8 KiB: three headers one after the other, or some up to the end.
    static func first(in file: FileSection, from begin: Int) throws(Failure) -> Int? {
        let head = try file.bytes(begin..<begin + 8_192)
        for index in head.indices where head[index] == 0xFF {
            let start = begin + index
            var (place, frames) = (start, 0)
            while frames < 3, place < file.count, let frame = MPEGFrame(try file.bytes(place..<place + 4)) {
                place += frame.count
                frames += 1
                // One alone may be anything, but at the beginning.
                if place >= file.count, frames > 1 || index == 0 { return start }
            }
            if frames == 3 { return start }
        }
        return nil
    }
}
