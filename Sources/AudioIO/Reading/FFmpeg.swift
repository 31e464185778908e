// SPDX-License-Identifier: Apache-2.0
import Files
import Glibc

/// The program ffmpeg, where it is installed: for codings that we have no library for.
enum FFmpeg {
    /// Where it is, by `PATH`.
    static let path: String? = {
        let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
        return folders.split(separator: ":").map { "\($0)/ffmpeg" }.first { access($0.cPath, X_OK) == 0 }
    }()

    /// The demuxer's name and nothing else may open the file, and no other file or address that it names; samples come as float32
    /// in a wav file without an end.
    fileprivate static func arguments(_ demuxer: String) -> [String] {
        [
            "ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-protocol_whitelist", "file,pipe",
            "-format_whitelist", demuxer, "-f", demuxer, "-threads", "1", "-i", "file:/proc/self/fd/0", "-map", "0:a:0",
            "-vn", "-sn", "-dn", "-map_metadata", "-1", "-threads", "1", "-c:a", "pcm_f32le", "-f", "wav", "pipe:1",
        ]
    }
}

/// A sound that a child process decodes: ffmpeg, which gets the file as its standard input and limits of memory and time.
final class FFmpegDecoder: SoundDecoder {
    private let output: SoundFile
    private var child: ChildProcess
    private let errors: ErrorText
    private var ending: ChildProcess.Ending?

    var sampleRate: Int { output.sampleRate }
    var channelCount: Int { output.channelCount }
    var speakers: [ChannelLayout.Speaker]? { output.speakers }
    var promised: Int? { nil }
    let isWhole: Bool

    /// - Parameters:
    ///   - kind: what the file is.
    ///   - isWhole: whether its end is there.
    /// - Throws: also where ffmpeg is not installed.
    init(_ file: FileSection, demuxer: String, kind: String, isWhole: Bool = true) throws(DecodingProblem) {
        self.isWhole = isWhole
        let install = "install it (apt install ffmpeg), or convert the sound to wav or flac"
        guard let program = FFmpeg.path else {
            throw DecodingProblem("it is \(kind), which needs ffmpeg", remedy: install)
        }
        do throws(Failure) {
            errors = try ErrorText()
            child = try ChildProcess(
                program, FFmpeg.arguments(demuxer), environment: [], input: file.descriptor,
                errors: .to(errors.descriptor), as: "ffmpeg")
        } catch {
            throw DecodingProblem(error.why)
        }
        // Decoding an hour takes some seconds.
        child.limit([
            .addressSpace(4 << 30), .processorSeconds(600), .fileBytes(1 << 16), .coreBytes(0), .openFiles(32),
        ])
        do {
            output = try SoundFile(reading: child.output)
        } catch {
            _ = child.wait()
            let reason = errors.reason ?? ""
            // No stream is a sound.
            throw DecodingProblem(
                reason.isEmpty || reason.contains("matches no streams")
                    ? "it is \(kind) without a sound" : "ffmpeg cannot read it as \(kind): \(reason)")
        }
    }

    func read(_ frames: Int, to buffer: inout [Float]) -> Int {
        let count = output.read(frames, to: &buffer)
        if count < frames, ending == nil { ending = child.wait() }
        return count
    }

    var fault: String? {
        switch ending {
        case nil, .exited(0): errors.reason
        case .exited: errors.reason ?? "ffmpeg failed"
        case .killed(let signal): "ffmpeg was ended by signal \(signal)"
        }
    }
}

/// What a child process writes to standard error, in a file without a name.
private final class ErrorText {
    let descriptor: Int32

    init() throws(Failure) { descriptor = try unnamedFile() }

    deinit { close(descriptor) }

    /// The first line, which tells the cause, without the part in brackets that names ffmpeg's own parts; nil where there is none.
    var reason: String? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return nil }
        let lines = String(path: buffer[..<count]).split(separator: "\n")
        guard var line = lines.first(where: { !$0.isEmpty }) else { return nil }
        if line.hasPrefix("["), let end = line.firstRange(of: "] ") { line = line[end.upperBound...] }
        for part in ["file:/proc/self/fd/0: ", "pipe:1: "] where line.hasPrefix(part) {
            line = line.dropFirst(part.count)
        }
        while line.last == "." { line = line.dropLast() }
        return String(line)
    }
}
