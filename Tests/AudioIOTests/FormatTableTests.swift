// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport
import Testing

@testable import AudioIO

/// The table of `Documentation/formats.md`, row by row.
@Suite struct FormatTableTests {
    struct Row: Sendable {
        let name, kind, reads, writes, channels, tags: String

        static let all: [Row] = {
            let path = Fixtures.repository.appendingPathComponent("Documentation/formats.md").path
            let text = String(decoding: contents(ofFile: path) ?? [], as: UTF8.self)
            return text.split(separator: "\n").compactMap { line in
                let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
                    $0.trimmingCharacters(in: .whitespaces)
                }
                guard cells.count == 8, cells[1] != "format", !cells[1].hasPrefix("---") else { return nil }
                return Row(
                    name: cells[1], kind: cells[2], reads: cells[3], writes: cells[4], channels: cells[5],
                    tags: cells[6])
            }
        }()
    }

    let folder: Folder

    init() throws { folder = try Folder() }

    @Test func everyFormatThatWeWriteHasItsRow() {
        let written = Row.all.filter { $0.writes == "yes" }.map(\.kind)
        #expect(Set(written + ["aif"]) == Set(AudioFormat.extensions))
        #expect(Row.all.count > 20)
    }

    @Test(arguments: Row.all) func asItSays(row: Row) throws {
        let path = folder("x.\(row.kind)")
        let form: [String] =
            switch row.kind {
            case "oga": ["-c:a", "flac"]
            case "spx": ["-ar", "16000"]
            case "mp4", "mov", "avi", "flv", "ts":
                ["-f", "lavfi", "-i", "color=black:s=16x16:d=1", "-map", "0:a", "-map", "1:v"]
            default: []
            }
        try OtherDecoder.make(path, ["-f", "lavfi", "-i", "sine=440:d=1:r=48000"] + form)
        let file = try FileSection(ofInput: path)
        let decoder = try SoundKind(of: file).decoder(of: file)
        let by = decoder is FFmpegDecoder ? "ffmpeg" : decoder is MPEGDecoder ? "libmpg123" : "libsndfile"
        #expect(by == row.reads)
        #expect(abs(try AudioFile.read(path).duration - 1) < 0.1)

        guard row.writes == "yes" else {
            #expect(failure { _ = try AudioFormat(path: path) }?.kind == .usage)
            return
        }
        let format = try AudioFormat(path: path)
        let most = row.channels == "2" ? 2 : 8
        for channels in [1, 2, 6, 8] {
            let sound = Waveform(
                channels: (1...channels).map { c in (0..<48_000).map { sin(Float($0) * 0.01 * Float(c)) / 8 } },
                sampleRate: 48_000)
            guard channels <= most else { continue }
            let cover = SoundTags.Picture(type: 3, mime: "image/png", description: "", bytes: [0x89, 0x50, 0x4E, 0x47])
            let tags = SoundTags(
                fields: [SoundTags.Field("TITLE", "Rain"), SoundTags.Field("ARTIST", "Ä B")], pictures: [cover])
            _ = try AudioFile.write(sound, to: OutputFile(path: path), as: format, tags: tags)
            let back = try AudioFile.read(path)
            #expect(back.channels.count == channels)
            #expect(back.layout == sound.layout)
            let kept = SoundTags(ofFile: path)
            #expect(tags.fields.allSatisfy(kept.fields.contains) == (row.tags == "yes"))
            #expect(kept.pictures.map(\.bytes).contains(cover.bytes) == (row.tags == "yes"))
        }
    }
}
