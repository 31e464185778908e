// SPDX-License-Identifier: Apache-2.0

import Files

/// Audio files.
public enum AudioFile {
    /// The sample rates that we read, in Hz.
    public static let sampleRates = 1_000...768_000
    /// The numbers of channels that we read.
    public static let channelCounts = 1...64
    /// The longest part that is read at once, in seconds.
    public static let maximumDuration = 3_600.0
    /// The most samples that are read at once, over all channels: 4 GiB of memory.
    public static let maximumSamples = 1 << 30

    /// Reads a sound, or a part of it: wav, flac, ogg, opus, mp3, aiff and more, and with ffmpeg m4a, webm, wma and others
    /// (`Documentation/formats.md`). What it is is decided by its content alone.
    ///
    /// A header is not trusted: it is checked before memory is allocated, and memory grows with the frames that are read.
    ///
    /// - Parameters:
    ///   - path: a file, a named pipe, or `-` for standard input.
    ///   - start: where to begin, in seconds; the beginning by default.
    ///   - duration: how much to read, in seconds, cut at the end of the file; everything by default.
    /// - Returns: the samples at the file's own rate and channels; integers are scaled to -1...1.
    /// - Throws: ``Failure`` of kind `noInput` when the file cannot be opened, `badData` when its content is unusable or
    ///   too long, or `start` is not before its end, `usage` when `start` is negative or `duration` not positive.
    public static func read(
        _ path: String, start: Double? = nil, duration: Double? = nil
    ) throws(Failure) -> Waveform {
        try stored(FileSection(ofInput: path), start: start, duration: duration).waveform
    }

    /// The same of an open file, with how it stores the sound, and what is odd about it.
    ///
    /// A file that breaks off is read as far as it goes: a remark says what is missing.
    ///
    /// - Parameter memory: bytes that its samples may take, four for each; nil for ``maximumSamples`` of them.
    public static func stored(
        _ file: FileSection, start: Double? = nil, duration: Double? = nil, memory: Int? = nil
    ) throws(Failure) -> StoredSound {
        try stored(file, start: start, duration: duration, memory: memory, in: nil)
    }

    /// - Parameter place: where it is decoded; where ``DecodingPlace/usual(for:)`` says, if it is nil.
    package static func stored(
        _ file: FileSection, start: Double?, duration: Double?, memory: Int? = nil, in place: DecodingPlace?
    ) throws(Failure) -> StoredSound {
        let path = file.name
        if let start, !(start >= 0 && start.isFinite) { throw unusable(start, "start", "zero or more", at: path) }
        if let duration, !(duration > 0 && duration.isFinite) {
            throw unusable(duration, "duration", "more than zero", at: path)
        }
        return try stored(
            file, start, duration, memory.map { $0 / MemoryLayout<Float>.stride }, try SoundKind(of: file),
            place ?? .usual(for: file), isSecondTry: false)
    }

    /// - Parameter isSecondTry: by ffmpeg, after a library found no sound.
    private static func stored(
        _ file: FileSection, _ start: Double?, _ duration: Double?, _ most: Int?, _ kind: SoundKind,
        _ place: DecodingPlace, isSecondTry: Bool
    ) throws(Failure) -> StoredSound {
        let path = file.name
        let sound: any SoundSource =
            switch place {
            case .here: try SoundStream(file, kind, isSecondTry: isSecondTry)
            case .child(let program):
                try ChildSound(file, start, duration, samples: most, isSecondTry: isSecondTry, program: program)
            }
        try checkHeader(sound, at: path)
        let rate = sound.sampleRate
        let part = SoundPart(start, duration, rate: rate, channels: sound.channelCount, samples: most)
        let tooLong = unreadable(
            path,
            "the part to read is longer than \(seconds(part.limit, rate)), the limit for its rate and channels"
                + (part.isBoundByMemory ? " in the memory that may be used" : ""),
            "choose a part with --start and --duration\(part.isBoundByMemory ? ", or allow more (--max-memory)" : "")")
        // A length that so few bytes cannot hold is not believed.
        if let all = sound.promised, all / samplesOfByte * sound.channelCount <= file.count {
            guard part.first < all else { throw nothing(from: start, in: all, rate, at: path) }
            guard min(part.count, all - part.first) <= part.limit else { throw tooLong }
        }
        let skipped = try sound.begin(at: part.first)
        let channels = try collect(part.most, from: sound, bytes: file.count)
        try sound.finish()
        guard !channels[0].isEmpty else {
            guard let problem = sound.problem else { throw nothing(from: start, in: skipped, rate, at: path) }
            guard skipped == 0, !isSecondTry, kind.hasOtherDecoder else { throw unreadable(path, problem) }
            do throws(Failure) {
                return try stored(file, start, duration, most, kind, place, isSecondTry: true)
            } catch {
                // What the library said is clearer.
                throw unreadable(path, problem)
            }
        }
        guard channels[0].count <= part.limit else { throw tooLong }
        let waveform = Waveform(channels: channels, for: sound.speakers, sampleRate: rate)
        try waveform.requireFinite(reading, at: path, from: part.first)
        let remarks =
            sound.remarks + (channels[0].count < part.count ? [sound.problem].compactMap { $0 } : [])
        return StoredSound(waveform: waveform, sampleFormat: sound.sampleFormat, remarks: remarks)
    }

    /// Samples of all channels in a buffer.
    static let samplesAtOnce = 1 << 16
    /// Samples that a byte of a coded sound may well hold: Opus at 6 kbit/s and 48 kHz.
    private static let samplesOfByte = 64

    static let reading = "cannot read the audio file"

    static func checkHeader(_ sound: any SoundSource, at path: String) throws(Failure) {
        guard sampleRates.contains(sound.sampleRate) else {
            throw unreadable(path, "its sample rate of \(sound.sampleRate) Hz is outside \(sampleRates) Hz")
        }
        guard channelCounts.contains(sound.channelCount) else {
            throw unreadable(path, "its \(sound.channelCount) channels are outside \(channelCounts)")
        }
    }

    /// Up to `count` frames as `[channels][frames]`, fewer at the end of the file.
    ///
    /// - Parameter bytes: of the file: what a header says beyond ``samplesOfByte`` of each, and what none says, is not reserved, but
    ///   grown into.
    private static func collect(_ count: Int, from sound: any SoundSource, bytes: Int) throws(Failure) -> [[Float]] {
        let width = sound.channelCount
        let likely = min(count, sound.promised ?? 0, bytes * samplesOfByte / width + samplesAtOnce)
        var channels = [[Float]](repeating: [], count: width)
        for c in 0..<width { channels[c].reserveCapacity(likely) }
        var buffer = [Float](repeating: 0, count: samplesAtOnce)
        while channels[0].count < count {
            let got = try sound.read(min(count - channels[0].count, samplesAtOnce / width), to: &buffer)
            if got <= 0 { break }
            for c in 0..<width {
                for t in 0..<got { channels[c].append(buffer[t * width + c]) }
            }
        }
        return channels
    }
}

/// The frames of a sound that are asked for.
struct SoundPart {
    let first: Int
    /// As many as there are, up to this.
    let count: Int
    /// The most that are read at once.
    let limit: Int
    /// Whether memory would have to be larger for more.
    let isBoundByMemory: Bool
    /// What is read, of which one frame too many tells that the limit is exceeded.
    var most: Int { min(count, limit + 1) }

    /// - Parameters: times in seconds, a form that ``AudioFile`` reads, and how many samples memory holds.
    init(_ start: Double?, _ duration: Double?, rate: Int, channels: Int, samples: Int? = nil) {
        // At most 2^53, where doubles stop being exact.
        func frames(_ seconds: Double) -> Int { Int(min(seconds * Double(rate), 0x1p53).rounded()) }
        first = frames(start ?? 0)
        count = duration.map { max(1, frames($0)) } ?? .max
        let most = min(Int(AudioFile.maximumDuration) * rate, AudioFile.maximumSamples / channels)
        limit = min(most, (samples ?? .max) / channels)
        isBoundByMemory = limit < most
    }
}

extension AudioFile {
    static func unreadable(_ path: String, _ why: String, _ remedy: String? = nil) -> Failure {
        Failure(.badData, reading, at: path, why: why, remedy: remedy)
    }

    private static func nothing(from start: Double?, in length: Int?, _ rate: Int, at path: String) -> Failure {
        guard let start, let length, length > 0 else { return unreadable(path, "it contains no samples") }
        return unreadable(
            path, "the start at \(start) s is not before its end; it lasts \(seconds(length, rate))",
            "choose an earlier --start")
    }

    private static func unusable(_ value: Double, _ name: String, _ wanted: String, at path: String) -> Failure {
        Failure(.usage, reading, at: path, why: "the \(name) of \(value) s is not \(wanted)")
    }
}

/// A number of frames as a readable time, to the millisecond.
func seconds(_ frames: Int, _ rate: Int) -> String {
    "\((Double(frames) / Double(rate) * 1_000).rounded() / 1_000) s"
}
