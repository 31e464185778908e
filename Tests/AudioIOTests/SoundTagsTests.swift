// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation
import Matrices
import TestSupport
import Testing

@testable import AudioIO

/// Tags that ffmpeg writes, read by us, and ours, read by ffmpeg.
@Suite struct SoundTagsTests {
    static let texts = [
        "TITLE": "Tïtle ♫", "ARTIST": "An Artist", "ALBUM": "Al", "DATE": "2021-03-04", "GENRE": "Folk",
        "TRACKNUMBER": "3/10",
        "COMMENT": "mine",
    ]

    /// A red square.
    private static func cover(in folder: Folder) throws -> SoundTags.Picture {
        try ForeignSound.run(
            "ffmpeg", ["-f", "lavfi", "-i", "color=red:s=16x16:d=0.04", "-frames:v", "1", folder("cover.png")])
        return SoundTags.Picture(type: 3, mime: "image/png", description: "", bytes: try folder.bytes("cover.png"))
    }

    /// What ffprobe says of a file: its tags, of container and sound, by their usual names in lower case, and how many pictures.
    private func described(_ path: String) throws -> (tags: [String: String], pictures: Int) {
        struct Description: Decodable {
            struct Part: Decodable {
                var codec_type: String?
                var tags: [String: String]?
            }
            var streams: [Part]
            var format: Part
        }
        let json = try ForeignSound.run("ffprobe", ["-show_streams", "-show_format", "-of", "json", path])
        let description = try JSONDecoder().decode(Description.self, from: json)
        let parts = description.streams.filter { $0.codec_type == "audio" } + [description.format]
        let tags = parts.compactMap(\.tags).joined().map { ($0.lowercased(), $1) }
        return (
            Dictionary(tags) { $1 }, description.streams.count { $0.codec_type == "video" }
        )
    }

    @discardableResult
    private func write(_ tags: SoundTags, to path: String) throws -> Bool {
        let sound = music(rate: 16_000, count: 4_000, channels: 1)
        return try AudioFile.write(
            sound, to: OutputFile(path: path), as: AudioFormat(path: path), tags: tags
        ).hasTags
    }

    @Test(arguments: AudioFormat.extensions) func ffmpegReadsOurs(_ name: String) throws {
        let folder = try Folder()
        let tags = SoundTags(
            fields: Self.texts.sorted { $0.key < $1.key }.map { SoundTags.Field($0, $1) },
            pictures: [try Self.cover(in: folder)])
        #expect(try write(tags.carried(by: "maker 1"), to: folder("x." + name)))
        let read = try described(folder("x." + name))
        for (key, value) in Self.texts {
            let ffmpegs = key == "TRACKNUMBER" ? "track" : key.lowercased()
            #expect(read.tags[ffmpegs] == value, "\(key): \(read.tags)")
        }
        let makers = ["encodedby", "encoded_by", "encoder"].compactMap { read.tags[$0] }
        #expect(makers.contains("maker 1") && read.pictures == 1)
        // The samples are the same, and so are the files.
        #expect(try write(SoundTags(), to: folder("y." + name)))
        #expect(
            try AudioFile.read(folder("x." + name)) == AudioFile.read(folder("y." + name))
                || ["ogg", "opus"].contains(name))
        #expect(SoundTags(ofFile: folder("x." + name)).pictures.first?.bytes == tags.pictures[0].bytes)
    }

    @Test(arguments: ["flac", "mp3", "ogg", "opus", "m4a", "wav", "aiff"]) func weReadFFmpegs(_ name: String) throws {
        let folder = try Folder()
        let cover = try Self.cover(in: folder)
        // ffmpeg puts pictures into these only.
        let hasPicture = ["flac", "mp3", "m4a", "aiff"].contains(name)
        let metadata = Self.texts.flatMap { key, value in
            ["-metadata", "\(key == "TRACKNUMBER" ? "track" : key.lowercased())=\(value)"]
        }
        let picture = [
            "-i", folder("cover.png"), "-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic",
        ]
        try ForeignSound.run(
            "ffmpeg",
            ["-f", "lavfi", "-i", "sine=220:d=0.2:r=48000"] + (hasPicture ? picture : []) + metadata
                + (name == "aiff" ? ["-write_id3v2", "1"] : []) + [folder("x." + name)])
        let tags = SoundTags(ofFile: folder("x." + name)).carried(by: "maker 1")
        for (key, value) in Self.texts {
            // INFO of wav has numbers here.
            let wanted = name == "wav" ? ["DATE": "2021", "TRACKNUMBER": "3"][key] ?? value : value
            #expect(tags.fields.filter { $0.name == key }.map(\.value) == [wanted], "\(key): \(tags.fields)")
        }
        #expect(tags.pictures.map(\.bytes) == (hasPicture ? [cover.bytes] : []))
        #expect(tags.fields.filter { $0.name.hasPrefix("ENCODE") } == [SoundTags.Field("ENCODEDBY", "maker 1")])
    }

    /// They are kept; what is said of the file, and of its level, is not.
    @Test func whatIsSaidOfTheFileIsLeftOut() {
        let own = [("ENCODER", "x"), ("REPLAYGAIN_TRACK_GAIN", "-3 dB"), ("COMMENT:ITUNSMPB", "0"), ("LENGTH", "3")]
        #expect(SoundTags(fields: own.map(SoundTags.Field.init)).carried(by: "m").isEmpty)
        let tags = SoundTags(fields: [.init("TITLE", "t"), .init("ENCODER", "x")]).carried(by: "m")
        #expect(tags.fields.map(\.name) == ["TITLE", "ENCODEDBY", "COMMENT"] && tags.fields[2].value == "Made by m")
        let commented = SoundTags(fields: [.init("COMMENT", "c")]).carried(by: "m")
        #expect(commented.fields == [.init("COMMENT", "c"), .init("ENCODEDBY", "m")])
    }

    @Test(arguments: ["wav", "flac", "mp3", "aiff"]) func equalTagsMakeEqualFiles(_ name: String) throws {
        let folder = try Folder()
        let tags = SoundTags(fields: [.init("TITLE", "t")], pictures: [try Self.cover(in: folder)]).carried(by: "m")
        for place in ["a." + name, "b." + name] { try write(tags, to: folder(place)) }
        #expect(try folder.bytes("a." + name) == folder.bytes("b." + name))
    }

    /// One picture too large, 45 fields too many, and one text too long.
    @Test func whatIsTooLargeIsLeftOut() throws {
        let folder = try Folder()
        let (small, large) = ([UInt8](repeating: 1, count: 100), [UInt8](repeating: 1, count: 16 << 20 + 1))
        let pictures = [small, large].map { SoundTags.Picture(type: 3, mime: "image/png", description: "", bytes: $0) }
        let fields =
            (0..<300).map { SoundTags.Field("FIELD\($0)", "x") } + [
                .init("LONG", String(repeating: "x", count: 70_000))
            ]
        try write(SoundTags(fields: fields, pictures: pictures), to: folder("x.mp3"))
        let tags = SoundTags(ofFile: folder("x.mp3"))
        #expect(tags.fields.count == 256 && tags.pictures.map(\.bytes) == [small] && tags.dropped == 46)
    }

    /// Damaged tags, a pipe, a folder, no file: there are none, or fewer.
    @Test(arguments: ["wav", "flac", "mp3", "ogg", "opus", "aiff"]) func oddFilesAreNoReasonToStop(_ name: String)
        throws
    {
        let folder = try Folder()
        let tags = SoundTags(fields: [.init("TITLE", "t")], pictures: [try Self.cover(in: folder)]).carried(by: "m")
        try write(tags, to: folder("x." + name))
        let bytes = try folder.bytes("x." + name)
        var random = SeededGenerator(seed: 20)
        for _ in 0..<200 {
            var damaged = bytes
            for _ in 0..<8 {
                damaged[Int.random(in: damaged.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let path = try folder.file(
                "y." + name, Array(damaged.prefix(Int.random(in: 1...bytes.count, using: &random))))
            let found = SoundTags(ofFile: path)
            #expect(found.fields.count <= 256 && found.pictures.count <= 16)
        }
        mkfifo(folder("pipe"), 0o600)
        for path in [folder("pipe"), folder.path, folder("none"), folder("cover.png")] {
            #expect(SoundTags(ofFile: path).isEmpty)
        }
    }
}
