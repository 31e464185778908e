// SPDX-License-Identifier: Apache-2.0
import Files

extension SoundKind {
    private static let convert = "convert it to wav or flac first"

    /// ffmpeg's demuxer for a file that a library of ours does not read, where ffmpeg is installed.
    private var otherDemuxer: String? {
        guard FFmpeg.path != nil else { return nil }
        return switch reader {
        case .sndfile(let demuxer): demuxer
        case .mpeg: "mp3"
        case .ogg: "ogg"
        case .ffmpeg, .none: nil
        }
    }

    /// Whether ffmpeg may read what a library of ours does not.
    var hasOtherDecoder: Bool { otherDemuxer != nil }

    /// Opens a file by ffmpeg.
    func otherDecoder(of file: FileSection) throws(DecodingProblem) -> any SoundDecoder {
        let sizes = (try? ChunkSizes(in: file)) ?? nil
        let links = (reader == .ogg ? try? OggLink.all(in: file) : nil) ?? []
        return try FFmpegDecoder(
            file, demuxer: otherDemuxer ?? "", kind: links.first?.name ?? name,
            isWhole: (sizes?.isWhole ?? true) && links.allSatisfy(\.isWhole))
    }

    /// Opens a file of this kind, at its first frame.
    func decoder(of file: FileSection) throws(DecodingProblem) -> any SoundDecoder {
        switch reader {
        case .sndfile:
            guard (try? ChunkSizes.areTooMany(in: file)) != true else {
                throw DecodingProblem("it is \(name), but has too many chunks", remedy: Self.convert)
            }
            return try first(of: file, name) { () throws(DecodingProblem) in
                // libsndfile's own use of libmpg123 writes to standard error.
                if let mpeg = try Self.mpeg(in: file) { return mpeg }
                let parts = (try? JoinedDecoder.Part.all(in: file)) ?? []
                if parts.count > 1 { return try JoinedDecoder(file, parts) }
                do throws(SoundFile.Reason) { return try SoundFile(reading: file) } catch {
                    throw DecodingProblem(error.text)
                }
            }
        case .mpeg: return try first(of: file, name) { () throws(DecodingProblem) in try MPEGDecoder(file) }
        case .ogg:
            let links: [OggLink]
            do throws(Failure) { links = try OggLink.all(in: file) } catch { throw DecodingProblem(error.why) }
            guard let link = links.first else { throw DecodingProblem("it is an Ogg file without a stream") }
            guard links.allSatisfy(\.isForLibsndfile) else {
                return try FFmpegDecoder(
                    file, demuxer: "ogg", kind: link.name, isWhole: links.allSatisfy(\.isWhole))
            }
            return try first(of: file, link.name) { () throws(DecodingProblem) in
                try JoinedDecoder(file, links.map { JoinedDecoder.Part(range: $0.range, isWhole: $0.isWhole) })
            }
        case .ffmpeg(let demuxer): return try FFmpegDecoder(file, demuxer: demuxer, kind: name)
        case .none(let remedy): throw DecodingProblem("it is \(name), not a sound", remedy: remedy)
        }
    }

    /// The MPEG audio in a wav file, where that is what it holds.
    private static func mpeg(in file: FileSection) throws(DecodingProblem) -> MPEGDecoder? {
        guard let chunk = (try? ChunkSizes(in: file)) ?? nil, chunk.isMPEG else { return nil }
        return try MPEGDecoder(
            file.part(chunk.start..<chunk.start + chunk.present, named: "samples"), isWhole: chunk.isWhole)
    }

    /// Opens a file by one of our libraries, or by ffmpeg where that does not know the coding.
    private func first(
        of file: FileSection, _ name: String, by library: () throws(DecodingProblem) -> any SoundDecoder
    ) throws(DecodingProblem) -> any SoundDecoder {
        do throws(DecodingProblem) {
            return try library()
        } catch {
            guard self != .unknown else {
                throw DecodingProblem("it is no kind of sound that we know", remedy: Self.convert)
            }
            // What ffmpeg says of a broken file is no clearer.
            if hasOtherDecoder, let other = try? otherDecoder(of: file) { return other }
            throw DecodingProblem(
                "it is \(name), but: \(error.why)",
                remedy: FFmpeg.path == nil ? "ffmpeg may read it (apt install ffmpeg); or \(Self.convert)" : nil)
        }
    }
}
