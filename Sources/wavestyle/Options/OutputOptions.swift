// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import AudioIO
import Transfer

/// Where the result goes.
struct OutputOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            The file to write: .wav, .flac, .ogg, .opus, .mp3 or .aiff. A .json next to it records how it was made. \
            (default: stylized.wav)
            """, valueName: "file"), completion: .file())
    var output: String?
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
            The output's sample rate. (default: the content's, or 48000 if the format does not support it, where the backend's \
            is not higher; with other variables than waveform the backend's)
            """, valueName: "hertz"))
    var outputRate: Int?

    @Option(
        help: ArgumentHelp(
            """
            The content's band above half the backend's rate: keep it, as far as the output's rate allows, with \
            its level changed like the octave below; or drop it. (default: keep with --variable waveform, else drop)
            """, valueName: "mode"))
    var highBand: HighBandMode?

    @Option(
        help: .text(
            "The sample format: wav and aiff support all, flac both pcm formats. (default: pcm16)", value: "form"))
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

    @Flag(\.roundCodes) var roundCodes: Bool?

    /// The words that give the others.
    var arguments: [String] {
        argument("--channels", channels?.rawValue) + argument("--output-rate", outputRate)
            + argument("--high-band", highBand?.rawValue) + argument("--sample-format", sampleFormat?.rawValue)
            + argument("--clip", clip.rawValue) + argument("--loudness", loudness)
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

extension SampleFormat: ExpressibleByArgument {}
extension ClipPolicy: ExpressibleByArgument {}
