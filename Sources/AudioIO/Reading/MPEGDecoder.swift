// SPDX-License-Identifier: Apache-2.0
import CMPG123
import Files
import Glibc

/// MPEG audio of layers I, II and III by libmpg123: whatever its length is, in one file or several joined.
///
/// Encoder delay and padding are cut where a LAME tag tells them.
final class MPEGDecoder: SoundDecoder {
    let sampleRate: Int
    let channelCount: Int
    let promised: Int?
    private(set) var fault: String?
    /// Shared by the decoders of one file.
    private let stream: Stream
    /// A frame: the last one needs bits of those before.
    var tolerance: Int { 1_152 }

    let isWhole: Bool

    /// - Parameter isWhole: whether the file that it is in has all of it.
    convenience init(_ file: FileSection, isWhole: Bool = true) throws(DecodingProblem) {
        let stream = try Stream(file)
        try self.init(stream, isFirst: true, isWhole: isWhole)
    }

    private init(_ stream: Stream, isFirst: Bool, isWhole: Bool) throws(DecodingProblem) {
        (self.stream, self.isWhole) = (stream, isWhole)
        var (rate, channels, encoding) = (0, Int32(0), Int32(0))
        guard mpg123_getformat(stream.handle, &rate, &channels, &encoding) == MPG123_OK.rawValue else {
            throw stream.problem
        }
        (sampleRate, channelCount) = (rate, Int(channels))
        promised = isFirst && stream.tellsLength ? Int(mpg123_length(stream.handle)) : nil
    }

    func read(_ frames: Int, to buffer: inout [Float]) -> Int {
        let width = channelCount * MemoryLayout<Float>.size
        var done = 0
        while done < frames, fault == nil, !stream.isAtChange {
            var got = 0
            let code = buffer.withUnsafeMutableBytes {
                mpg123_read(stream.handle, $0.baseAddress.map { $0 + done * width }, (frames - done) * width, &got)
            }
            done += got / width
            switch code {
            case MPG123_OK.rawValue where got > 0: break
            case MPG123_NEW_FORMAT.rawValue: stream.isAtChange = true
            case MPG123_OK.rawValue, MPG123_DONE.rawValue:
                return done
            // libmpg123 wanted more than there is.
            case _ where mpg123_errcode(stream.handle) == MPG123_ERR_READER.rawValue: return done
            default: fault = stream.problem.why
            }
        }
        return done
    }

    func next() throws(DecodingProblem) -> (any SoundDecoder)? {
        guard stream.isAtChange else { return nil }
        stream.isAtChange = false
        return try MPEGDecoder(stream, isFirst: false, isWhole: isWhole)
    }
}

/// An open file of libmpg123.
private final class Stream {
    let handle: OpaquePointer
    /// Whether the first frame says how many follow.
    let tellsLength: Bool
    /// Whether frames of another rate or another number of channels are next.
    var isAtChange = false
    private let reader: ByteReader

    init(_ file: FileSection) throws(DecodingProblem) {
        reader = ByteReader(file)
        guard mpg123_init() == MPG123_OK.rawValue, let handle = mpg123_new(nil, nil) else {
            throw DecodingProblem("libmpg123 does not start")
        }
        self.handle = handle
        mpg123_param2(
            handle, Int32(MPG123_ADD_FLAGS.rawValue), Int(MPG123_QUIET.rawValue | MPG123_FORCE_FLOAT.rawValue), 0)
        // Whatever stands between frames is passed over, however long it is.
        mpg123_param2(handle, Int32(MPG123_RESYNC_LIMIT.rawValue), -1, 0)
        mpg123_replace_reader_handle(
            handle, { ByteReader.from($0)?.read($1, $2) ?? -1 },
            { off_t(ByteReader.from($0)?.seek(Int($1), $2) ?? -1) }, nil)
        tellsLength = (try? Self.tellsLength(file)) ?? false
        var (rate, channels, encoding) = (0, Int32(0), Int32(0))
        guard mpg123_open_handle(handle, reader.context) == MPG123_OK.rawValue,
            mpg123_getformat(handle, &rate, &channels, &encoding) == MPG123_OK.rawValue
        else { throw problem }
    }

    deinit {
        mpg123_close(handle)
        mpg123_delete(handle)
    }

    /// libmpg123's reason.
    var problem: DecodingProblem {
        // It wanted more than there is.
        if mpg123_errcode(handle) == MPG123_ERR_READER.rawValue { return DecodingProblem("no frame of it is whole") }
        return DecodingProblem(mpg123_strerror(handle).map { String(cString: $0) } ?? "")
    }

    /// Whether the first frame is a Xing, Info or VBRI tag. Without one, libmpg123 only guesses a length.
    private static func tellsLength(_ file: FileSection) throws(Failure) -> Bool {
        guard let start = try MPEGFrame.first(in: file, from: SoundKind.endOfTags(in: file)) else { return false }
        let frame = try file.bytes(start..<start + 64)
        return ["Xing", "Info", "VBRI"].contains { frame.firstRange(of: Array($0.utf8)) != nil }
    }
}
