// SPDX-License-Identifier: Apache-2.0

import CTagLib
import Files
import Glibc

/// What a file says of a sound: title, artist and the like, and its pictures.
///
/// Names of fields are TagLib's, which are the same for every kind of file: `TITLE`, `ARTIST`, `ALBUM`, `DATE`, `TRACKNUMBER`, `COMMENT`, ...
public struct SoundTags: Equatable, Sendable {
    /// A name and a text; a name may be there several times.
    public struct Field: Equatable, Sendable {
        /// In capitals.
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
    }

    /// A cover, or another picture.
    public struct Picture: Equatable, Sendable {
        /// As ID3v2 counts them: 3 is the front cover.
        public var type: Int
        /// As `image/png`.
        public var mime: String
        public var description: String
        public var bytes: [UInt8]

        public init(type: Int, mime: String, description: String, bytes: [UInt8]) {
            (self.type, self.mime, self.description, self.bytes) = (type, mime, description, bytes)
        }
    }

    /// The fields, by name.
    public var fields: [Field]
    public var pictures: [Picture]
    /// Fields and pictures that a file had beyond ``limits``.
    public private(set) var dropped = 0

    /// Whether there is nothing.
    public var isEmpty: Bool { fields.isEmpty && pictures.isEmpty }

    /// How much of a file's tags, which are not trusted, is taken: 256 fields of 64 kB, and 16 pictures of 16 MB.
    static let limits = sound_tag_limits(fields: 256, text: 1 << 16, pictures: 16, picture: 16 << 20)

    public init(fields: [Field] = [], pictures: [Picture] = []) { (self.fields, self.pictures) = (fields, pictures) }

    /// Those of a file, whatever its kind and name; none where it has none, or cannot be read.
    public init(ofFile path: String) {
        do throws(Failure) { self.init(of: try FileSection(ofFile: path)) } catch { self.init() }
    }

    /// The same of an open file.
    public init(of file: FileSection) {
        guard ChildTask.isKnown(Self.task) else {
            self.init(readingHere: file)
            return
        }
        // Tags are never the reason that a sound is not read.
        self = (try? Self(of: file, byChildOf: LimitedChild.program)) ?? SoundTags()
    }

    /// Reads them in this process.
    private init(readingHere file: FileSection) {
        self.init()
        guard let tags = sound_tags_new() else { return }
        defer { sound_tags_free(tags) }
        guard sound_tags_read(tags, Self.path(file.descriptor), Self.limits, &dropped) else { return }
        fields = (0..<sound_tags_field_count(tags)).map { index in
            Field(String(cString: sound_tags_name(tags, index)), String(cString: sound_tags_value(tags, index)))
        }
        pictures = (0..<sound_tags_picture_count(tags)).map { index in
            let picture = sound_tags_picture(tags, index)
            return Picture(
                type: Int(picture.type), mime: String(cString: picture.mime),
                description: String(cString: picture.description),
                bytes: Array(UnsafeBufferPointer(start: picture.bytes, count: picture.count)))
        }
    }

    /// Puts them into a finished file in memory, in place of those that it has.
    ///
    /// - Returns: false where that failed; the file may then be damaged.
    func write(to file: borrowing MemoryFile) -> Bool {
        guard let tags = sound_tags_new() else { return false }
        defer { sound_tags_free(tags) }
        for field in fields where !sound_tags_add_field(tags, field.name, field.value) { return false }
        for picture in pictures {
            let isAdded = picture.bytes.withUnsafeBufferPointer { bytes in
                picture.mime.withCString { mime in
                    picture.description.withCString { description in
                        sound_tags_add_picture(
                            tags,
                            sound_picture(
                                type: Int32(clamping: picture.type), mime: mime, description: description,
                                bytes: bytes.baseAddress, count: bytes.count))
                    }
                }
            }
            guard isAdded else { return false }
        }
        return sound_tags_write(tags, Self.path(file.descriptor))
    }

    /// By which TagLib opens an open file anew, at a place of its own.
    private static func path(_ descriptor: Int32) -> String { "/proc/self/fd/\(descriptor)" }
}

extension SoundTags {
    /// Those of a sound that was made from this one: what is said of the file, and not of the sound, is left out, and `maker` is said to have
    /// made it, also in a comment where there is none. Nothing stays nothing.
    public func carried(by maker: String) -> SoundTags {
        var carried = self
        carried.fields.removeAll { field in
            Self.namesOfFiles.contains(field.name) || Self.prefixesOfFiles.contains(where: field.name.hasPrefix)
        }
        // As some programs name a comment of Vorbis's.
        if !carried.fields.contains(where: { $0.name == "COMMENT" }),
            let index = carried.fields.firstIndex(where: { $0.name == "DESCRIPTION" })
        {
            carried.fields[index].name = "COMMENT"
        }
        guard !carried.isEmpty else { return SoundTags() }
        carried.fields.append(Field("ENCODEDBY", maker))
        if !carried.fields.contains(where: { $0.name == "COMMENT" }) {
            carried.fields.append(Field("COMMENT", "Made by \(maker)"))
        }
        return carried
    }

    /// Who and what encoded a file, how long it is, what its container is, and which recording it was recognised as.
    private static let namesOfFiles: Set<String> = [
        "COMPATIBLE_BRANDS", "ENCODED-BY", "ENCODEDBY", "ENCODER", "ENCODERSETTINGS", "ENCODER_OPTIONS", "ENCODING",
        "FILETYPE", "LENGTH", "MAJOR_BRAND", "MINOR_VERSION", "TLEN", "WAVEFORMATEXTENSIBLE_CHANNEL_MASK",
    ]
    /// How loud it is, and the gaps of its encoder.
    private static let prefixesOfFiles = ["ACOUSTID_", "COMMENT:ITUN", "ITUNNORM", "ITUNSMPB", "R128_", "REPLAYGAIN_"]
}

extension SoundTags {
    private static let maskName = "WAVEFORMATEXTENSIBLE_CHANNEL_MASK"

    /// The speakers by WAVE's mask, which a flac file of another than the usual layout has among its tags; nil where it has none.
    static func speakers(ofFLAC file: FileSection, channels: Int) -> [ChannelLayout.Speaker]? {
        let mask = SoundTags(of: file).fields.first { $0.name == maskName }?.value
        guard let mask, mask.lowercased().hasPrefix("0x"), let bits = UInt32(mask.dropFirst(2), radix: 16) else {
            return nil
        }
        return ChannelLayout(mask: bits, channels: channels).speakers
    }

    /// The same tags with such a mask, where a flac file needs one.
    func describing(_ layout: ChannelLayout, channels: Int, in format: AudioFormat) -> SoundTags {
        guard format.container == .flac, channels > 2, layout != .usual(channels: channels) else { return self }
        var tags = self
        tags.fields.append(Field(Self.maskName, "0x" + String(layout.mask, radix: 16)))
        return tags
    }
}

/// In a child, which tells, after the beginning of every ``Files/ChildAnswer``: 0, the numbers of fields, pictures and what was dropped;
/// two texts for each field; a type, two texts and bytes, after their number, for each picture.
extension SoundTags {
    private static let task = "read-sound-tags"
    /// A text that TagLib gives may be of bytes that become longer.
    private static let textLimit = 4 * limits.text

    static let childTask = ChildTask(task, limits: AudioFile.limits) { arguments, answer throws(Failure) in
        guard arguments.count == 3, let file = AudioFile.given(arguments) else { return }
        let tags = SoundTags(readingHere: file)
        answer.tellGood()
        answer.tell([tags.fields.count, tags.pictures.count, tags.dropped].map(UInt32.init(clamping:)))
        for field in tags.fields {
            for text in [field.name, field.value] { answer.tell(text, atMost: textLimit) }
        }
        for picture in tags.pictures {
            answer.tell([UInt32(bitPattern: Int32(clamping: picture.type))])
            for text in [picture.mime, picture.description] { answer.tell(text, atMost: textLimit) }
            answer.tell([UInt32(picture.bytes.count)])
            answer.tell(picture.bytes)
        }
    }

    /// Reads them in a child of a program.
    ///
    /// - Throws: ``Failure``.
    init(of file: FileSection, byChildOf program: String) throws(Failure) {
        self.init()
        var child = try LimitedChild(
            Self.task, AudioFile.arguments(of: file), for: .init("cannot read the tags", worker: "reader"),
            at: file.name, input: file.descriptor, executable: program,
            timeLimit: AudioFile.timeLimit(bytes: file.count))
        do throws(PipeFault) {
            try child.expectStart()
            let counts = try child.answer.integers(3).map(Int.init)
            guard counts[0] <= Self.limits.fields, counts[1] <= Self.limits.pictures else { throw .broken }
            func text(_ child: inout LimitedChild) throws(PipeFault) -> String {
                try child.answer.text(atMost: Self.textLimit) ?? ""
            }
            for _ in 0..<counts[0] { fields.append(Field(try text(&child), try text(&child))) }
            for _ in 0..<counts[1] {
                let type = Int32(bitPattern: try child.answer.integers(1)[0])
                let (mime, description) = (try text(&child), try text(&child))
                let count = Int(try child.answer.integers(1)[0])
                guard count <= Self.limits.picture else { throw .broken }
                pictures.append(
                    Picture(
                        type: Int(type), mime: mime, description: description, bytes: try child.answer.bytes(count)))
            }
            dropped = counts[2]
            try child.expectEnd()
        } catch {
            throw child.failure(error)
        }
    }
}
