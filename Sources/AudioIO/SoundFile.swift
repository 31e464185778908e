// SPDX-License-Identifier: Apache-2.0

import CSndFile
import Files
import Glibc
import Synchronization

/// An open file of libsndfile.
///
/// Without a path, libsndfile decides by the content alone; with one it also trusts some extensions and would
/// read any bytes in a `.vox` file as audio.
final class SoundFile: SoundDecoder {
    /// What the header says, as far as libsndfile trusts it.
    let info: SF_INFO
    let promised: Int?
    let handle: OpaquePointer
    /// What libsndfile reads from, where that is no descriptor.
    let reader: ByteReader?
    private var isOpen = true

    /// Opens a file for reading, whatever its format, or a part of one.
    ///
    /// - Throws: the reason, in plain words.
    init(reading file: FileSection) throws(Reason) {
        let sizes = (try? ChunkSizes(in: file)) ?? nil
        let reader = ByteReader(file, corrections: sizes?.corrections ?? [])
        self.reader = reader
        var info = SF_INFO()
        handle = try Self.open(SFM_READ, &info) { info in
            var functions = SF_VIRTUAL_IO(
                get_filelen: { sf_count_t(ByteReader.from($0)?.file.count ?? 0) },
                seek: { sf_count_t(ByteReader.from($2)?.seek(Int($0), $1) ?? -1) },
                read: { sf_count_t(ByteReader.from($2)?.read($0, Int($1)) ?? 0) },
                write: { _, _, _ in 0 },
                tell: { sf_count_t(ByteReader.from($0)?.position ?? 0) })
            return sf_open_virtual(&functions, Int32(SFM_READ), &info, reader.context)
        }
        self.info = info
        promised = Self.promised(info, sizes)
    }

    /// Opens what comes through a pipe.
    ///
    /// - Throws: the reason, in plain words.
    init(reading pipe: Int32) throws(Reason) {
        var info = SF_INFO()
        handle = try Self.open(pipe, SFM_READ, &info)
        (self.info, promised, reader) = (info, nil, nil)
    }

    /// Frames of a whole file: libsndfile has cut them to what is there, at the same number of bytes for each.
    private static func promised(_ info: SF_INFO, _ sizes: ChunkSizes?) -> Int? {
        // As in a flac file that was streamed.
        guard info.frames != Int64.max else { return nil }
        guard let sizes else { return Int(info.frames) }
        guard let promised = sizes.promised, promised > sizes.present, sizes.present > 0 else {
            return Int(info.frames)
        }
        // Sizes may be nonsense.
        return Int(min(Double(info.frames) * Double(promised) / Double(sizes.present), 0x1p53))
    }

    /// Starts a file of the format; samples over full scale are clipped and do not wrap around.
    ///
    /// - Throws: the reason, in plain words.
    init(
        writing descriptor: Int32, as format: AudioFormat, sampleRate: Int, channels: Int, layout: ChannelLayout
    ) throws(Reason) {
        var info = SF_INFO()
        info.format = format.code(channels: channels, layout: layout)
        info.samplerate = Int32(clamping: sampleRate)
        info.channels = Int32(clamping: channels)
        handle = try Self.open(descriptor, SFM_WRITE, &info)
        (self.info, promised, reader) = (info, nil, nil)
        sf_command(handle, Int32(SFC_SET_CLIPPING), nil, Int32(SF_TRUE))
        // The peak chunk of float files holds the time of day: without it, equal samples make equal files.
        sf_command(handle, Int32(SFC_SET_ADD_PEAK_CHUNK), nil, Int32(SF_FALSE))
        if var quality = format.container.quality {
            let size = Int32(MemoryLayout<Double>.size)
            sf_command(handle, Int32(SFC_SET_VBR_ENCODING_QUALITY), &quality, size)
        }
        describe(layout, channels: channels)
    }

    deinit { if isOpen { sf_close(handle) } }

    var sampleRate: Int { Int(info.samplerate) }
    var channelCount: Int { Int(info.channels) }
    var fault: String? { error?.text }

    func read(_ frames: Int, to buffer: inout [Float]) -> Int {
        precondition(frames * Int(info.channels) <= buffer.count, "the buffer is too small")
        return max(Int(sf_readf_float(handle, &buffer, sf_count_t(frames))), 0)
    }

    /// Whether seeking is exact: where each sample is stored by itself (and in flac), linear or companded.
    /// In mp3 and Vorbis files libsndfile 1.2.0 misses the frame.
    private var seeksExactly: Bool { info.seekable != 0 && promised != nil && storesEachSample }

    private var storesEachSample: Bool {
        (SF_FORMAT_PCM_S8...SF_FORMAT_ALAW).contains(Int(info.format) & SF_FORMAT_SUBMASK)
    }

    /// A block of ADPCM, or of MPEG audio in a wav file.
    var tolerance: Int { storesEachSample ? 0 : 4_096 }

    var sampleFormat: SampleFormat? {
        switch Int(info.format) & SF_FORMAT_SUBMASK {
        case SF_FORMAT_PCM_S8, SF_FORMAT_PCM_U8, SF_FORMAT_PCM_16: .pcm16
        case SF_FORMAT_PCM_24: .pcm24
        case SF_FORMAT_PCM_32, SF_FORMAT_FLOAT, SF_FORMAT_DOUBLE: .float32
        default: nil
        }
    }

    func seek(to frame: Int) -> Bool {
        seeksExactly && sf_seek(handle, sf_count_t(frame), SEEK_SET) == sf_count_t(frame)
    }

    /// Writes interleaved samples in -1...1; returns how many frames were written.
    func write(_ samples: [Float]) -> Int {
        Int(sf_writef_float(handle, samples, sf_count_t(samples.count / Int(info.channels))))
    }

    /// Writes interleaved samples whose full scale is that of `Int32`; returns how many frames were written.
    func write(_ samples: [Int32]) -> Int {
        Int(sf_writef_int(handle, samples, sf_count_t(samples.count / Int(info.channels))))
    }

    /// The last call's error, or `nil`.
    var error: Reason? {
        let code = sf_error(handle)
        return code == 0 ? nil : Reason(code)
    }

    /// Flushes and closes a written file.
    ///
    /// - Throws: the reason why it is incomplete.
    func finish() throws(Reason) {
        let pending = error
        isOpen = false
        let code = sf_close(handle)
        if let pending { throw pending }
        if code != 0 { throw Reason(code) }
    }

    /// libsndfile keeps the error of a failed open in one variable for all threads.
    private static let opening = Mutex(())

    private static func open(_ descriptor: Int32, _ mode: Int, _ info: inout SF_INFO) throws(Reason) -> OpaquePointer {
        // A copy, which libsndfile closes: version 1.2.0 closes the descriptor of a failed open even when told
        // not to, and a second close by the caller would hit another thread's file.
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw Reason(Int32(SF_ERR_SYSTEM)) }
        return try open(mode, &info) { sf_open_fd(copy, Int32(mode), &$0, Int32(SF_TRUE)) }
    }

    private static func open(
        _ mode: Int, _ info: inout SF_INFO, by call: (inout SF_INFO) -> OpaquePointer?
    ) throws(Reason) -> OpaquePointer {
        let (handle, code) = opening.withLock { _ in
            let handle = call(&info)
            return (handle.map { UInt(bitPattern: $0) }, handle == nil ? sf_error(nil) : 0)
        }
        guard let handle = handle.flatMap(OpaquePointer.init(bitPattern:)) else { throw Reason(code) }
        return handle
    }
}

extension SoundFile {
    /// Why libsndfile refused, as a clause: no capital, no full stop.
    struct Reason: Error {
        let text: String

        init(_ code: Int32) {
            switch code {
            case Int32(SF_ERR_UNRECOGNISED_FORMAT):
                text = "libsndfile does not know this format"
            case Int32(SF_ERR_SYSTEM):
                text = systemError(errno)
            default:
                var words = String(cString: sf_error_number(code))[...]
                if let colon = words.firstRange(of: "rror : ") { words = words[colon.upperBound...] }
                while let last = words.last, last == "." || last.isWhitespace { words.removeLast() }
                text = words.hasPrefix("SF_INFO") ? "its header has impossible values" : String(words)
            }
        }
    }
}
