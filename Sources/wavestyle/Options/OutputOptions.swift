// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import AudioIO
import Files
import Glibc
import Transfer

/// Where the result goes.
struct OutputOptions: ParsableArguments {
    @Option(
        help: .everyday(
            """
            The file to write: .wav, .flac, .ogg, .opus, .mp3 or .aiff. A .json next to it records how it was made. \
            - is standard output: the sound alone is written, without a record. The default has the content's extension \
            where that is one of these, but .wav with other variables than waveform. (default: stylized.wav, or .flac, ...)
            """, value: "file"), completion: .file())
    var output: String?

    @Option(
        help: .rare(
            """
            The format of an output whose name has no extension of one. (default: wav for standard output, pipes and \
            devices)
            """, value: "wav|flac|ogg|opus|mp3|aiff"))
    var outputFormat: Container?

    @OptionGroup var overwriting: OverwriteOptions

    /// Where the sound goes.
    ///
    /// - Parameter content: whose kind of file it follows where no name is given; nil where it follows none.
    func path(like content: String?) -> String {
        if let output { return output == "-" ? "/dev/stdout" : output }
        return "stylized." + (outputFormat?.rawValue ?? AudioFormat.fileExtension(like: content ?? ""))
    }

    /// The words that give the same to another run, but for the path.
    var arguments: [String] { argument("--output-format", outputFormat?.rawValue) + overwriting.arguments }

    /// Refuses what cannot be reported, or written along, of a sound that goes into a stream.
    ///
    /// - Throws: ``Failure`` of kind `usage`.
    func check(_ reports: ReportOptions, path: String) throws(Failure) {
        let isStandardOutput = OutputFile.isStandardOutput(path)
        for (option, isGiven) in [("--json", reports.json), ("--events", reports.events)] where isGiven {
            guard !isStandardOutput else {
                throw Failure.unusable(
                    option, "the sound goes to standard output", remedy: "leave it out, or give --output a file")
            }
        }
        let needsFile = [("--snapshots", reports.snapshots != nil), ("--report", reports.report != nil)]
        for (option, isGiven) in needsFile where isGiven && OutputFile.isStream(path) {
            throw Failure.unusable(option, "'\(path)' is a stream, not a file", remedy: "give --output a file")
        }
        if isStandardOutput, isatty(STDOUT_FILENO) == 1 {
            throw Failure(
                .usage, "cannot write the sound", at: "standard output", why: "it is a terminal",
                remedy: "redirect it, or give --output a file")
        }
    }
}

/// How sounds go in and out.
struct FormatOptions: SettingOptions {
    @Option(
        help: ArgumentHelp(
            """
            Content of several channels: mix them to one, or process each and write all, in the content's layout; mp3 takes a \
            stereo downmix of surround. (default: each with a mosaic and --variable waveform, else mix)
            """, valueName: "mode"))
    var channels: ChannelMode?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            """
            The output's sample rate. (default: the content's, or the next one that the format supports; with other variables than \
            waveform the backend's)
            """, valueName: "hertz"))
    var outputRate: Int?

    @Option(
        help: ArgumentHelp(
            """
            What the backend does not hear of the content, its band above half the backend's rate: keep it, as far as the output's rate allows, with \
            its level changed like the octave below; or drop it. (default: keep with --variable waveform, else drop)
            """, valueName: "mode"))
    var highBand: HighBandMode?

    @Option(
        help: .text(
            """
            The sample format: wav and aiff support all, flac both pcm formats. (default: the content's, as far as the format \
            supports it, pcm16 for lossy content; with other variables than waveform pcm16)
            """, value: "form"))
    var sampleFormat: SampleFormat?

    @Option(
        help: ArgumentHelp(
            """
            Peaks over full scale, in inputs and output: rescale the sound, clip the peaks (clamp), or leave them (none, \
            float32 only).
            """, valueName: "mode"))
    var clip: ClipPolicy = .rescale

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            """
            Bring the output, and each snapshot, to the content's loudness (ITU-R BS.1770) or to a value in LUFS, as -23, as \
            far as peaks allow; keep leaves it unchanged. (default: content with a mosaic and --variable waveform, else keep)
            """, valueName: "content|keep|LUFS"))
    var loudness: LoudnessTarget?

    @Flag(
        help: """
            Do not keep the content's tags and cover. They are kept with a mosaic and --variable waveform, and say what made the \
            file.
            """)
    var noTags = false

    @Flag(\.roundCodes) var roundCodes: Bool?

    /// The words that give the others.
    var arguments: [String] {
        argument("--channels", channels?.rawValue) + argument("--output-rate", outputRate)
            + argument("--high-band", highBand?.rawValue) + argument("--sample-format", sampleFormat?.rawValue)
            + argument("--clip", clip.rawValue) + argument("--loudness", loudness) + (noTags ? ["--no-tags"] : [])
    }
}

/// What becomes of the content's band above half the backend's rate.
enum HighBandMode: String, CaseIterable, ExpressibleByArgument {
    case keep, drop
}

/// How loud an output shall be.
enum LoudnessTarget: Equatable, ExpressibleByArgument, CustomStringConvertible {
    /// As loud as the content.
    case content
    /// As it comes.
    case keep
    /// In LUFS.
    case level(Double)

    init?(argument: String) {
        switch argument {
        case "content": self = .content
        case "keep": self = .keep
        default:
            guard let level = Double(argument) else { return nil }
            self = .level(level)
        }
    }

    var description: String {
        switch self {
        case .content: "content"
        case .keep: "keep"
        case .level(let level): "\(level)"
        }
    }
}

extension Container: ExpressibleByArgument {}
extension SampleFormat: ExpressibleByArgument {}
extension ClipPolicy: ExpressibleByArgument {}
