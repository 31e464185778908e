// SPDX-License-Identifier: Apache-2.0

/// The layout of channels in aiff and caf files: a tag, a bitmap and descriptions, all in 32 bits of the highest byte first
/// (`AudioChannelLayout` of Apple's CoreAudioTypes.h, in the chunks `CHAN` and `chan`).
enum AppleChannelLayout {
    /// A tag for each channel's own description, for the bitmap, and for channels without positions.
    private static let (descriptions, bitmap, discrete) = (UInt32(0), UInt32(1) << 16, UInt32(147) << 16)

    /// A chunk's speakers, in the file's order.
    ///
    /// - Returns: nothing for a layout that says that it is unknown; nil for one that we do not know, or of other channels.
    static func speakers(_ bytes: [UInt8], channels: Int) -> [ChannelLayout.Speaker]? {
        func word(_ place: Int) -> UInt32 { bytes[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) } }
        guard bytes.count >= 12 else { return nil }
        let tag = word(0)
        if tag == descriptions {
            guard bytes.count >= 12 + 20 * channels, word(8) == UInt32(channels) else { return nil }
            return speakers(labels: (0..<channels).map { word(12 + 20 * $0) })
        }
        // The bits are WAVE's.
        if tag == bitmap { return ChannelLayout(mask: word(4), channels: channels).speakers }
        if tag & 0xFFFF_0000 == discrete { return [] }
        guard Int(tag & 0xFFFF) == channels else { return nil }
        return labels[tag >> 16].flatMap(speakers)
    }

    /// The chunk of a layout, with channels in WAVE's order.
    static func bytes(of layout: ChannelLayout, channels: Int) -> [UInt8] {
        let tag = layout == .unknown ? discrete | UInt32(channels) : bitmap
        return [tag, layout.mask, 0].flatMap { word in withUnsafeBytes(of: word.bigEndian) { Array($0) } }
    }

    /// - Returns: nil where a label is none of a speaker that we know.
    private static func speakers(labels: [UInt32]) -> [ChannelLayout.Speaker]? {
        // Beside rear speakers, 'left surround' is at the side.
        let (left, right): (UInt32, UInt32) = (33, 34)
        let hasRear = labels.contains(left) || labels.contains(right)
        let speakers = labels.compactMap { label -> ChannelLayout.Speaker? in
            switch label {
            case left: .backLeft
            case right: .backRight
            case 5 where hasRear: .sideLeft
            case 6 where hasRear: .sideRight
            // Mono.
            case 42: .frontCentre
            case 1...18: ChannelLayout.Speaker(rawValue: Int(label) - 1)
            default: nil
            }
        }
        return speakers.count == labels.count ? speakers : nil
    }

    /// The channels' labels by the upper half of a tag, as far as files have such: 1 left, 2 right, 3 centre, 4 LFE, 5 and 6 surround, 7
    /// and 8 left and right of the centre, 9 centre surround, 33 and 34 rear surround.
    private static let labels: [UInt32: [UInt32]] = [
        100: [42], 101: [1, 2], 108: [1, 2, 5, 6],
        113: [1, 2, 3], 114: [3, 1, 2], 115: [1, 2, 3, 9], 116: [3, 1, 2, 9],
        117: [1, 2, 3, 5, 6], 118: [1, 2, 5, 6, 3], 119: [1, 3, 2, 5, 6], 120: [3, 1, 2, 5, 6],
        121: [1, 2, 3, 4, 5, 6], 122: [1, 2, 5, 6, 3, 4], 123: [1, 3, 2, 5, 6, 4], 124: [3, 1, 2, 5, 6, 4],
        125: [1, 2, 3, 4, 5, 6, 9], 126: [1, 2, 3, 4, 5, 6, 7, 8], 127: [3, 7, 8, 1, 2, 5, 6, 4],
        128: [1, 2, 3, 4, 5, 6, 33, 34], 131: [1, 2, 9], 132: [1, 2, 5, 6],
    ]
}
