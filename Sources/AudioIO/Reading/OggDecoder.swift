// SPDX-License-Identifier: Apache-2.0
import Files

/// A link of an Ogg file by libsndfile, which by itself reads the first one only, and whether it is whole.
final class OggDecoder: SoundDecoder {
    private let file: FileSection
    private let links: [OggLink]
    private let index: Int
    private let sound: SoundFile

    var sampleRate: Int { sound.sampleRate }
    var channelCount: Int { sound.channelCount }
    var speakers: [ChannelLayout.Speaker]? { sound.speakers }
    var storage: StoredSound.Storage { sound.storage }
    /// An Ogg file has no length but that of its last page.
    var promised: Int? { nil }
    var isWhole: Bool { links[index].isWhole }
    var fault: String? { isWhole ? sound.fault : nil }

    /// - Throws: also for streams that libsndfile does not know.
    init(_ file: FileSection, _ links: [OggLink], from index: Int = 0) throws(DecodingProblem) {
        guard links[index].isForLibsndfile else { throw DecodingProblem("it is \(links[index].name)") }
        (self.file, self.links, self.index) = (file, links, index)
        do throws(SoundFile.Reason) {
            sound = try SoundFile(reading: file.part(links[index].range, named: "part \(index + 1)"))
        } catch {
            throw DecodingProblem(error.text)
        }
    }

    func read(_ frames: Int, to buffer: inout [Float]) -> Int { sound.read(frames, to: &buffer) }

    func next() throws(DecodingProblem) -> (any SoundDecoder)? {
        index + 1 < links.count ? try OggDecoder(file, links, from: index + 1) : nil
    }
}

extension OggLink {
    /// Whether it is one stream that libsndfile knows.
    var isForLibsndfile: Bool { codecs.count == 1 && [.vorbis, .opus, .flac].contains(codecs[0]) }

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
