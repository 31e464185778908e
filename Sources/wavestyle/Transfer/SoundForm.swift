// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Transfer
import WaveEncoder

/// How the sounds of a run go in and out: what the options give, and else what suits the variable. A published system's output is
/// as its code made it, one channel of 16 bits at the backend's rate; a mosaic's and a linear waveform's is as the content was.
struct SoundForm {
    /// What becomes of the content's channels.
    let channels: ChannelMode
    /// What becomes of peaks over full scale.
    let clip: ClipPolicy
    /// What the output is written as, but for samples like the content's.
    private let format: AudioFormat
    /// That the transfer runs at, in hertz; nil for the output's.
    private let backendRate: Int?
    private let options: FormatOptions
    private let followsContent: Bool

    /// - Parameters:
    ///   - path: the output's; its extension decides the format.
    ///   - container: where the extension doesn't; nil for wav in a stream.
    /// - Throws: ``Failure`` of kind `usage`.
    init(
        _ path: String, as container: Container? = nil, _ options: FormatOptions, _ settings: MethodSettings
    ) throws(Failure) {
        followsContent = settings.followsContent
        self.options = options
        channels = options.channels ?? (followsContent ? .each : .mix)
        clip = options.clip
        backendRate = settings.workingRate
        let isUnknown = Container(ofName: path) == nil && OutputFile.isStream(path)
        format = try AudioFormat(
            path: path, container: container ?? (isUnknown ? .wav : nil),
            sampleFormat: options.sampleFormat)
        // Another content could have such samples.
        try requirePlaceForPeaks(in: format(like: .float32))
        if case .level(let loudness)? = options.loudness, !(-70...0).contains(loudness) {
            throw Failure.unusable("--loudness \(loudness)", "it must be between -70 and 0 LUFS")
        }
        if let rate = options.outputRate, !AudioFile.sampleRates.contains(rate) {
            throw Failure.unusable(
                "--output-rate \(rate)",
                "it must be between \(AudioFile.sampleRates.lowerBound) and \(AudioFile.sampleRates.upperBound)")
        }
    }

    /// What the output is written as, for a content's samples.
    func format(like content: SampleFormat?) -> AudioFormat {
        options.sampleFormat == nil && followsContent ? format.following(content) : format
    }

    private func requirePlaceForPeaks(in format: AudioFormat) throws(Failure) {
        guard clip == .none, !format.canHoldPeaksOverOne else { return }
        throw Failure.unusable(
            "--clip none", "this output cannot hold peaks over full scale",
            remedy: "add --sample-format float32 with .wav or .aiff, or choose rescale or clamp")
    }

    /// What becomes of the content's band above half the backend's rate; nil where there is none.
    var highBand: HighBandMode? {
        backendRate == nil ? nil : options.highBand ?? (followsContent ? .keep : .drop)
    }

    /// Whether the output has the content's tags: a published system's has not.
    var keepsTags: Bool { followsContent && !options.noTags }

    /// How loud the output shall be.
    var loudness: LoudnessTarget { options.loudness ?? (followsContent ? .content : .keep) }

    /// The output's rate, in hertz.
    ///
    /// - Parameter content: in the channels that are written, at its own rate.
    func outputRate(of content: Waveform) -> Int {
        if let given = options.outputRate { return given }
        if let backendRate, !followsContent { return backendRate }
        return format.rate(
            preferring: content.sampleRate, channels: format.channels(of: content.channels.count)
        )
    }

    /// That the transfer runs at, in hertz.
    ///
    /// - Parameter content: as for ``outputRate(of:)``.
    func workingRate(of content: Waveform) -> Int { backendRate ?? outputRate(of: content) }

    /// Checks that the format takes the output's channels at its rate, and tells what it cannot say of them.
    func check(_ sounds: SoundPair, warn: (String) -> Void) throws(Failure) {
        try requirePlaceForPeaks(in: sounds.format)
        try sounds.format.check(sampleRate: sounds.outputRate, channels: sounds.outputChannels)
        if let loss = sounds.format.loss(of: sounds.layout, channels: sounds.channels.count) { warn(loss) }
    }

    /// For the record. Samples of 16 bits that nobody asked for are not mentioned, as in early versions, which knew no others.
    func record(rate: Int, format: AudioFormat, precision: Precision) -> RunRecord.Form {
        let followed = format.sampleFormat == .pcm16 ? nil : format.sampleFormat
        return RunRecord.Form(
            channels: channels.rawValue, clip: clip.rawValue, outputRate: rate, highBand: highBand?.rawValue,
            loudness: loudness, sampleFormat: (options.sampleFormat ?? followed)?.rawValue,
            precision: precision.rawValue,
            tags: options.noTags ? false : nil)
    }
}
