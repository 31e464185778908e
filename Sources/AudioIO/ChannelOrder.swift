// SPDX-License-Identifier: Apache-2.0

import CSndFile
import Glibc

/// The order of the channels in files that have another than WAVE's.
extension ChannelLayout {
    /// The speakers of a file's channels in the order of Vorbis and Opus (Vorbis I specification, 4.3.9; RFC 7845, 5.1.1.2).
    ///
    /// - Returns: nothing for more channels than these name.
    static func vorbisOrder(channels: Int) -> [Speaker] {
        switch channels {
        case 3: [.frontLeft, .frontCentre, .frontRight]
        case 5: [.frontLeft, .frontCentre, .frontRight, .backLeft, .backRight]
        case 6: [.frontLeft, .frontCentre, .frontRight, .backLeft, .backRight, .lowFrequency]
        case 7: [.frontLeft, .frontCentre, .frontRight, .sideLeft, .sideRight, .backCentre, .lowFrequency]
        case 8: [.frontLeft, .frontCentre, .frontRight, .sideLeft, .sideRight, .backLeft, .backRight, .lowFrequency]
        default: usual(channels: channels).speakers
        }
    }
}

extension Waveform {
    /// A sound from a file's channels.
    ///
    /// - Parameters:
    ///   - channels: `[channels][frames]`, in the file's order.
    ///   - speakers: of each of them. Nothing, or what cannot be, stands for an unknown layout of more than two channels; nil for
    ///     the usual layout in WAVE's order.
    init(channels: [[Float]], for speakers: [ChannelLayout.Speaker]?, sampleRate: Int) {
        guard let speakers, !(channels.count <= 2 && speakers.isEmpty) else {
            self.init(channels: channels, sampleRate: sampleRate)
            return
        }
        guard speakers.count == channels.count, Set(speakers).count == speakers.count else {
            self.init(channels: channels, sampleRate: sampleRate, layout: .unknown)
            return
        }
        let order = speakers.indices.sorted { speakers[$0] < speakers[$1] }
        self.init(
            channels: order.map { channels[$0] }, sampleRate: sampleRate, layout: ChannelLayout(speakers: speakers))
    }
}

extension Container {
    /// Which channel of a sound each channel of the file is.
    func order(channels: Int) -> [Int] {
        guard self == .ogg || self == .opus else { return Array(0..<channels) }
        let speakers = ChannelLayout.vorbisOrder(channels: channels)
        let sorted = speakers.sorted()
        let order = speakers.compactMap { sorted.firstIndex(of: $0) }
        return order.isEmpty ? Array(0..<channels) : order
    }
}

extension SoundFile {
    var speakers: [ChannelLayout.Speaker]? {
        let (channels, encoding) = (Int(info.channels), Int(info.format) & SF_FORMAT_SUBMASK)
        switch Int(info.format) & SF_FORMAT_TYPEMASK {
        case SF_FORMAT_OGG where channels > 2 && [SF_FORMAT_VORBIS, SF_FORMAT_OPUS].contains(encoding):
            return ChannelLayout.vorbisOrder(channels: channels)
        case SF_FORMAT_WAVEX: return waveSpeakers ?? []
        case SF_FORMAT_FLAC where channels > 2:
            return reader.flatMap { SoundTags.speakers(ofFLAC: $0.file, channels: channels) }
        case SF_FORMAT_RF64: return waveSpeakers
        // Not as libsndfile 1.2.0 reads it, which returns memory that it never wrote where CHAN precedes COMM.
        case SF_FORMAT_AIFF: return chunk("CHAN").flatMap { AppleChannelLayout.speakers($0, channels: channels) }
        case SF_FORMAT_CAF: return chunk("chan").flatMap { AppleChannelLayout.speakers($0, channels: channels) }
        default: return nil
        }
    }

    /// Those of a WAVE mask; nil where it is 0 or there is none.
    private var waveSpeakers: [ChannelLayout.Speaker]? {
        var map = [Int32](repeating: 0, count: Int(info.channels))
        let size = Int32(map.count * MemoryLayout<Int32>.stride)
        guard sf_command(handle, Int32(SFC_GET_CHANNEL_MAP_INFO), &map, size) == SF_TRUE else { return nil }
        return map.compactMap { Self.waveSpeakers[Int($0)] }
    }

    /// By libsndfile's numbers, as it reads WAVE masks.
    private static let waveSpeakers: [Int: ChannelLayout.Speaker] = [
        SF_CHANNEL_MAP_LEFT: .frontLeft, SF_CHANNEL_MAP_RIGHT: .frontRight, SF_CHANNEL_MAP_CENTER: .frontCentre,
        SF_CHANNEL_MAP_LFE: .lowFrequency, SF_CHANNEL_MAP_REAR_LEFT: .backLeft, SF_CHANNEL_MAP_REAR_RIGHT: .backRight,
        SF_CHANNEL_MAP_FRONT_LEFT_OF_CENTER: .frontLeftOfCentre,
        SF_CHANNEL_MAP_FRONT_RIGHT_OF_CENTER: .frontRightOfCentre, SF_CHANNEL_MAP_REAR_CENTER: .backCentre,
        SF_CHANNEL_MAP_SIDE_LEFT: .sideLeft, SF_CHANNEL_MAP_SIDE_RIGHT: .sideRight,
        SF_CHANNEL_MAP_TOP_CENTER: .topCentre, SF_CHANNEL_MAP_TOP_FRONT_LEFT: .topFrontLeft,
        SF_CHANNEL_MAP_TOP_FRONT_CENTER: .topFrontCentre, SF_CHANNEL_MAP_TOP_FRONT_RIGHT: .topFrontRight,
        SF_CHANNEL_MAP_TOP_REAR_LEFT: .topBackLeft, SF_CHANNEL_MAP_TOP_REAR_CENTER: .topBackCentre,
        SF_CHANNEL_MAP_TOP_REAR_RIGHT: .topBackRight,
    ]

    /// The largest chunk that is looked at: a description for each of 64 channels.
    private static let largestChunk: UInt32 = 12 + 20 * 64

    /// The bytes of a chunk of an aiff or caf file; nil where there is none, or a larger one than expected.
    private func chunk(_ name: String) -> [UInt8]? {
        var wanted = SF_CHUNK_INFO()
        withUnsafeMutableBytes(of: &wanted.id) { $0.copyBytes(from: name.utf8) }
        wanted.id_size = UInt32(name.utf8.count)
        guard let iterator = sf_get_chunk_iterator(handle, &wanted) else { return nil }
        var info = SF_CHUNK_INFO()
        guard sf_get_chunk_size(iterator, &info) == SF_ERR_NO_ERROR, info.datalen <= Self.largestChunk else {
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: Int(info.datalen))
        let code = bytes.withUnsafeMutableBytes { buffer in
            info.data = buffer.baseAddress
            return sf_get_chunk_data(iterator, &info)
        }
        return code == SF_ERR_NO_ERROR ? bytes : nil
    }

    /// Writes the layout into the header of an aiff file of more than two channels; before the samples.
    func describe(_ layout: ChannelLayout, channels: Int) {
        guard Int(info.format) & SF_FORMAT_TYPEMASK == SF_FORMAT_AIFF, channels > 2 else { return }
        var bytes = AppleChannelLayout.bytes(of: layout, channels: channels)
        var chunk = SF_CHUNK_INFO()
        withUnsafeMutableBytes(of: &chunk.id) { $0.copyBytes(from: "CHAN".utf8) }
        chunk.id_size = 4
        bytes.withUnsafeMutableBytes { buffer in
            chunk.data = buffer.baseAddress
            chunk.datalen = UInt32(buffer.count)
            // It is copied.
            sf_set_chunk(handle, &chunk)
        }
    }
}

extension MemoryFile {
    /// Puts the layout's mask into a finished `WAVE_FORMAT_EXTENSIBLE` file. libsndfile has its own mask for some numbers of channels,
    /// and none can be put in its place.
    ///
    /// - Returns: false where the header is another, or cannot be written.
    func setMask(of layout: ChannelLayout) -> Bool {
        var header = [UInt8](repeating: 0, count: 44)
        guard pread(descriptor, &header, header.count, 0) == header.count,
            Array(header[12..<16]) == Array("fmt ".utf8), header[20] == 0xFE, header[21] == 0xFF
        else { return false }
        var mask = layout.mask.littleEndian
        return pwrite(descriptor, &mask, 4, 40) == 4
    }
}
