// SPDX-License-Identifier: Apache-2.0

import Files
import Glibc

extension AudioFile {
    /// Writes a file, which appears under its name when it is complete.
    ///
    /// Integers are rounded to the nearest step. Samples over full scale are clipped, except in `float32`;
    /// ``Waveform/limited(by:)`` reports them and can rescale instead.
    ///
    /// - Parameters:
    ///   - waveform: `[channels][frames]`, at a rate that the format takes; see ``AudioFormat/check(sampleRate:channels:)``.
    ///   - path: the file's path; an existing file is replaced.
    ///   - format: the file's format.
    /// - Throws: ``Failure`` of kind `badData` for samples that are not numbers, `cannotCreate` when the place or the
    ///   format does not allow it, `inputOutput` when writing fails.
    public static func write(_ waveform: Waveform, to path: String, as format: AudioFormat) throws {
        try write(waveform, to: try OutputFile(path: path), as: format)
    }

    /// The same to a place that was checked before.
    ///
    /// - Parameter tags: put into it, where there are any.
    /// - Returns: the checksum of what was written, and whether the tags are in it; else it is there without.
    @discardableResult
    public static func write(
        _ waveform: Waveform, to output: OutputFile, as format: AudioFormat, tags: SoundTags = SoundTags()
    ) throws -> (checksum: Checksum, hasTags: Bool) {
        let path = output.path
        try waveform.requireFinite(writing, at: path)
        var encoded = try encode(waveform, as: format, at: path)
        let tags = tags.describing(waveform.layout, channels: waveform.channels.count, in: format)
        let hasTags = tags.isEmpty || tags.write(to: encoded)
        if !hasTags { encoded = try encode(waveform, as: format, at: path) }
        let checksum = try output.write { partial in
            let file = try LineWriter(path: partial)
            try encoded.copy(to: file)
            try file.close()
            return try Checksum(ofFile: partial)
        }
        return (checksum, hasTags)
    }

    /// The bytes of a file; `path` is for errors only.
    static func encode(
        _ waveform: Waveform, as format: AudioFormat, at path: String
    ) throws(Failure) -> MemoryFile {
        let memory = try MemoryFile()
        let file: SoundFile
        do throws(SoundFile.Reason) {
            file = try SoundFile(
                writing: memory.descriptor, as: format, sampleRate: waveform.sampleRate,
                channels: waveform.channels.count, layout: waveform.layout)
        } catch {
            throw unwritable(.cannotCreate, path, error.text)
        }
        // In pieces: a codec may put all that it is given at once on the stack.
        let atOnce = max(1, samplesAtOnce / waveform.channels.count)
        let order = format.container.order(channels: waveform.channels.count)
        for first in stride(from: 0, to: waveform.frameCount, by: atOnce) {
            let range = first..<min(first + atOnce, waveform.frameCount)
            let samples = waveform.interleaved(range, order)
            let taken =
                switch format.sampleFormat {
                case .pcm16: file.write(samples.map { quantised($0, bits: 16) })
                case .pcm24: file.write(samples.map { quantised($0, bits: 24) })
                case .float32, nil: file.write(samples)
                }
            guard taken == range.count else {
                throw unwritable(.inputOutput, path, file.error?.text ?? "only a part was written")
            }
        }
        do throws(SoundFile.Reason) { try file.finish() } catch { throw unwritable(.inputOutput, path, error.text) }
        if format.needsMask(channels: waveform.channels.count, layout: waveform.layout) {
            guard memory.setMask(of: waveform.layout) else {
                throw unwritable(.inputOutput, path, "the layout of its channels cannot be written")
            }
        }
        return memory
    }

    private static let writing = "cannot write the audio file"

    private static func unwritable(_ kind: Failure.Kind, _ path: String, _ why: String) -> Failure {
        Failure(kind, writing, at: path, why: why)
    }
}

/// The nearest integer of `bits` bits to a finite sample, limited to their range, in the upper bits of an `Int32`.
///
/// libsndfile's own conversion from floats rounds down when it limits, and wraps around when it does not.
func quantised(_ sample: Float, bits: Int) -> Int32 {
    let scale = Float(1 << (bits - 1))
    return Int32(min(max((sample * scale).rounded(), -scale), scale - 1)) << (32 - bits)
}

extension Waveform {
    /// The samples of some frames, as `[frames][channels]` in one array, with channel `order[c]` as channel `c`.
    fileprivate func interleaved(_ range: Range<Int>, _ order: [Int]) -> [Float] {
        if channels.count == 1 { return Array(channels[0][range]) }
        var samples = [Float](repeating: 0, count: range.count * channels.count)
        for (c, channel) in order.enumerated().map({ ($0, channels[$1]) }) {
            for t in range { samples[(t - range.lowerBound) * channels.count + c] = channel[t] }
        }
        return samples
    }
}
