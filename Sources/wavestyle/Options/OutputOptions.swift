// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import AudioIO
import Transfer

/// Where the result goes.
struct OutputOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            The file to write: .wav, .flac, .ogg, .opus, .mp3 or .aiff. A .json beside it says how it was made. \
            (default: stylized.wav)
            """, valueName: "file"), completion: .file())
    var output: String?
}

/// How sounds are written.
struct FormatOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The output's sample rate. (default: the backend's)", valueName: "hertz"))
    var outputRate: Int?

    @Option(
        help: ArgumentHelp(
            "How samples are stored: wav and aiff take all, flac the two pcm. (default: pcm16)",
            valueName: "form"))
    var sampleFormat: SampleFormat?

    @Option(
        help: ArgumentHelp(
            """
            Peaks over full scale, in inputs and output: rescale the sound, clamp the peaks, or leave them \
            (none, to float32 only).
            """, valueName: "way"))
    var clip: ClipPolicy = .rescale

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Bring the output to this loudness (ITU-R BS.1770) as far as its peaks fit, as -23. (default: as it comes)",
            valueName: "LUFS"))
    var loudness: Double?

    @Flag(help: "Round the result to mu-law's 256 levels (nsynth).")
    var roundCodes = false

    /// What is given here of the settings.
    var values: SettingValues {
        var values = SettingValues()
        if roundCodes { values[.roundCodes] = .flag(true) }
        return values
    }
}

extension SampleFormat: ExpressibleByArgument {}
extension ClipPolicy: ExpressibleByArgument {}
