// SPDX-License-Identifier: Apache-2.0

import CSndFile
import Files
import Glibc

/// Audio files of every format that libsndfile supports.
public enum AudioFile {
    /// The sample rates that we read, in Hz.
    public static let sampleRates = 1_000...768_000
    /// The numbers of channels that we read.
    public static let channelCounts = 1...64
    /// The longest part that is read at once, in seconds.
    public static let maximumDuration = 3_600.0
    /// The most samples that are read at once, over all channels: 4 GiB of memory.
    public static let maximumSamples = 1 << 30

    /// Reads a file, or a part of it: wav, flac, ogg, opus, mp3, aiff and more, decided by its content alone.
    ///
    /// A header is not trusted: it is checked before memory is allocated, and memory grows with the frames that are read.
    ///
    /// - Parameters:
    ///   - path: a regular file.
    ///   - start: where to begin, in seconds; the beginning by default.
    ///   - duration: how much to read, in seconds, cut at the end of the file; everything by default.
    /// - Returns: the samples at the file's own rate and channels; integers are scaled to -1...1.
    /// - Throws: ``Failure`` of kind `noInput` when the file cannot be opened, `badData` when its content is unusable or
    ///   too long, or `start` is not before its end, `usage` when `start` is negative or `duration` not positive.
    public static func read(
        _ path: String, start: Double? = nil, duration: Double? = nil
    ) throws(Failure) -> Waveform {
        try stored(path, start: start, duration: duration).waveform
    }

    /// The same, with how the file stores it.
    public static func stored(
        _ path: String, start: Double? = nil, duration: Double? = nil
    ) throws(Failure) -> StoredSound {
        if let start, !(start >= 0 && start.isFinite) { throw unusable(start, "start", "zero or more", at: path) }
        if let duration, !(duration > 0 && duration.isFinite) {
            throw unusable(duration, "duration", "more than zero", at: path)
        }
        let descriptor = try openForReading(path)
        defer { close(descriptor) }
        let file: SoundFile
        do throws(SoundFile.Reason) {
            file = try SoundFile(reading: descriptor)
        } catch {
            throw unreadable(path, error.text)
        }
        try checkHeader(file.info, at: path)

        let rate = Int(file.info.samplerate)
        let first = frames(start ?? 0, rate: rate)
        let limit = min(Int(maximumDuration) * rate, maximumSamples / Int(file.info.channels))
        let tooLong = unreadable(
            path, "the part to read is longer than \(seconds(limit, rate)), the limit for its rate and channels",
            "choose a part with --start and --duration")

        guard first < file.frameCount ?? .max else { throw nothing(from: start, in: file.frameCount, rate, at: path) }
        var count = duration.map { max(1, frames($0, rate: rate)) } ?? .max
        if let all = file.frameCount {
            count = min(count, all - first)
            guard count <= limit else { throw tooLong }
        }
        let skipped = try skip(first, of: file, at: path)
        let channels = collect(min(count, limit + 1), from: file, bytes: size(of: descriptor))
        let end = skipped + channels[0].count
        if let reason = file.error {
            throw unreadable(path, "reading failed after \(seconds(end, rate)): \(reason.text)")
        }
        if file.seeksExactly, channels[0].count < count {
            throw unreadable(path, "it is truncated: it ends at \(seconds(end, rate)), earlier than its header says")
        }
        guard !channels[0].isEmpty else { throw nothing(from: start, in: end, rate, at: path) }
        guard channels[0].count <= limit else { throw tooLong }
        let waveform = Waveform(channels: channels, for: file.speakers, sampleRate: rate)
        try waveform.requireFinite(reading, at: path, from: first)
        return StoredSound(waveform: waveform, storage: file.storage, remarks: [])
    }

    /// Samples of all channels in a buffer.
    static let samplesAtOnce = 1 << 16
    /// Samples that a byte of a coded sound may well hold: Opus at 6 kbit/s and 48 kHz.
    private static let samplesOfByte = 64

    /// Bytes of an open file; 0 where they are not known.
    private static func size(of descriptor: Int32) -> Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    private static let reading = "cannot read the audio file"

    private static func checkHeader(_ info: SF_INFO, at path: String) throws(Failure) {
        guard sampleRates.contains(Int(info.samplerate)) else {
            throw unreadable(path, "its sample rate of \(info.samplerate) Hz is outside \(sampleRates) Hz")
        }
        guard channelCounts.contains(Int(info.channels)) else {
            throw unreadable(path, "its \(info.channels) channels are outside \(channelCounts)")
        }
    }

    /// Skips `count` frames: by seeking where that is exact, else by decoding them.
    ///
    /// - Returns: how many were skipped.
    private static func skip(_ count: Int, of file: borrowing SoundFile, at path: String) throws(Failure) -> Int {
        if count > 0, file.seeksExactly {
            guard file.seek(to: count) else {
                let reason = file.error?.text ?? "it is shorter than its header says"
                throw unreadable(path, "\(seconds(count, Int(file.info.samplerate))) cannot be reached: \(reason)")
            }
            return count
        }
        let atOnce = samplesAtOnce / Int(file.info.channels)
        var buffer = [Float](repeating: 0, count: samplesAtOnce)
        var skipped = 0
        while skipped < count {
            let got = file.read(min(count - skipped, atOnce), to: &buffer)
            if got <= 0 { break }
            skipped += got
        }
        return skipped
    }

    /// Up to `count` frames as `[channels][frames]`, fewer at the end of the file.
    ///
    /// - Parameter bytes: of the file: what a header says beyond ``samplesOfByte`` of each is not reserved, but grown into.
    private static func collect(_ count: Int, from file: borrowing SoundFile, bytes: Int) -> [[Float]] {
        let width = Int(file.info.channels)
        var channels = [[Float]](repeating: [], count: width)
        for c in 0..<width { channels[c].reserveCapacity(min(count, bytes * samplesOfByte / width + samplesAtOnce)) }
        var buffer = [Float](repeating: 0, count: samplesAtOnce)
        while channels[0].count < count {
            let got = file.read(min(count - channels[0].count, samplesAtOnce / width), to: &buffer)
            if got <= 0 { break }
            for c in 0..<width {
                for t in 0..<got { channels[c].append(buffer[t * width + c]) }
            }
        }
        return channels
    }

    /// A time as a number of frames, at most 2^53, where doubles stop being exact.
    private static func frames(_ seconds: Double, rate: Int) -> Int {
        Int(min(seconds * Double(rate), 0x1p53).rounded())
    }
}

extension AudioFile {
    private static func unreadable(_ path: String, _ why: String, _ remedy: String? = nil) -> Failure {
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
