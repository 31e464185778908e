// SPDX-License-Identifier: Apache-2.0

/// The loudspeaker that each channel of a sound is meant for.
///
/// Channels are always in WAVE's order, in which the speakers of `WAVE_FORMAT_EXTENSIBLE` count: 5.1 is front left, front right, front
/// centre, low frequencies, back left, back right. A file of another order is permuted when it is read and written.
public struct ChannelLayout: Equatable, Sendable {
    /// A loudspeaker; the raw value is its bit in WAVE's channel mask.
    public enum Speaker: Int, CaseIterable, Comparable, Sendable {
        case frontLeft, frontRight, frontCentre, lowFrequency, backLeft, backRight
        case frontLeftOfCentre, frontRightOfCentre, backCentre, sideLeft, sideRight
        case topCentre, topFrontLeft, topFrontCentre, topFrontRight, topBackLeft, topBackCentre, topBackRight

        public static func < (left: Speaker, right: Speaker) -> Bool { left.rawValue < right.rawValue }
    }

    /// Nothing is known of the channels: a discrete layout, or more channels than a layout names.
    public static let unknown = ChannelLayout(speakers: [])

    /// One for each channel, in WAVE's order; empty for ``unknown``.
    public let speakers: [Speaker]

    /// The layout of some speakers, whose order does not count.
    ///
    /// - Precondition: each is there once.
    public init(speakers: [Speaker]) {
        precondition(Set(speakers).count == speakers.count, "a layout has a speaker once")
        self.speakers = speakers.sorted()
    }

    /// The layout that a WAVE mask stands for.
    ///
    /// - Parameters:
    ///   - mask: bits beyond the speakers, or for more speakers than channels, do not count.
    ///   - channels: with fewer speakers than channels the layout is ``unknown``.
    public init(mask: UInt32, channels: Int) {
        let speakers = Speaker.allCases.filter { mask & 1 << UInt32($0.rawValue) != 0 }
        self.init(speakers: speakers.count < channels ? [] : Array(speakers.prefix(channels)))
    }

    /// What a number of channels stands for where nothing says more: mono, stereo, 3.0, quad, 5.0, 5.1, 6.1, 7.1; else ``unknown``.
    public static func usual(channels: Int) -> ChannelLayout {
        let masks: [UInt32] = [0x4, 0x3, 0x7, 0x33, 0x37, 0x3F, 0x70F, 0x63F]
        guard masks.indices.contains(channels - 1) else { return .unknown }
        return ChannelLayout(mask: masks[channels - 1], channels: channels)
    }

    /// WAVE's channel mask; 0 for ``unknown``.
    public var mask: UInt32 { speakers.reduce(0) { $0 | 1 << UInt32($1.rawValue) } }

    /// The same with side speakers as back speakers, where there are no others: 5.1 is meant by both.
    var withSidesAtTheBack: ChannelLayout {
        let moved = speakers.map { speaker -> Speaker in
            switch speaker {
            case .sideLeft: .backLeft
            case .sideRight: .backRight
            default: speaker
            }
        }
        return Set(moved).count == moved.count ? ChannelLayout(speakers: moved) : self
    }
}

extension ChannelLayout: CustomStringConvertible {
    /// As ffmpeg names it: `stereo`, `5.1(side)`, else its speakers, as `FL+FR+LFE`.
    public var description: String {
        let names: [UInt32: String] = [
            0: "unknown", 0x4: "mono", 0x3: "stereo", 0xB: "2.1", 0x7: "3.0", 0xF: "3.1", 0x107: "4.0", 0x33: "quad",
            0x603: "quad(side)", 0x37: "5.0", 0x607: "5.0(side)", 0x3F: "5.1", 0x60F: "5.1(side)", 0x707: "6.0",
            0x70F: "6.1", 0x13F: "6.1(back)", 0x637: "7.0", 0x63F: "7.1", 0xFF: "7.1(wide)",
        ]
        let short = [
            "FL", "FR", "FC", "LFE", "BL", "BR", "FLC", "FRC", "BC", "SL", "SR", "TC", "TFL", "TFC", "TFR", "TBL",
            "TBC", "TBR",
        ]
        return names[mask] ?? speakers.map { short[$0.rawValue] }.joined(separator: "+")
    }
}
