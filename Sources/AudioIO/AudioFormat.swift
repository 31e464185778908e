// SPDX-License-Identifier: Apache-2.0

import CSndFile
import Files

/// How a wav, aiff or flac file stores a sample.
public enum SampleFormat: String, CaseIterable, Sendable {
    /// IEEE 754 single precision, which stores samples over full scale too.
    case float32
    /// Integers of 16 bits: steps of 1/32,768.
    case pcm16
    /// Integers of 24 bits: steps of 1/8,388,608.
    case pcm24
}

/// The kind of file that audio is written to.
public struct AudioFormat: Equatable, Sendable {
    /// The file name extensions that choose a format.
    public static let extensions = Container.allCases.map(\.rawValue)

    /// How samples are stored; `nil` where the codec decides (ogg, opus, mp3).
    public let sampleFormat: SampleFormat?

    let container: Container

    /// The format of a path's extension, in upper or lower case: wav, flac, ogg (Vorbis), opus, mp3, aiff
    /// or aif.
    ///
    /// - Parameters:
    ///   - path: the output's path or name.
    ///   - container: what it shall be where the extension says nothing; nil where it must.
    ///   - sampleFormat: wav and aiff take each one, flac `pcm16` and `pcm24`, the others none; `nil` means `pcm16`
    ///     where there is a choice.
    /// - Throws: ``Failure`` of kind `usage` for an unknown extension, one that says something other than `container`, or a
    ///   sample format that the file cannot have.
    public init(
        path: String, container given: Container? = nil, sampleFormat: SampleFormat? = nil
    ) throws(Failure) {
        let named = Container(ofName: path)
        if let named, let given, named.code != given.code {
            throw Failure(
                .usage, "cannot write \(given.rawValue) to", at: path,
                why: "the name says that it is \(named.rawValue)",
                remedy: "choose another name")
        }
        guard let container = named ?? given else {
            let suffix = path.nameExtension
            throw Failure(
                .usage, "cannot tell the audio format of", at: path,
                why: suffix.isEmpty ? "the name has no extension" : "'.\(suffix)' is not supported",
                remedy: "use one of " + Self.extensions.map { "." + $0 }.joined(separator: ", "))
        }
        if let sampleFormat, !container.sampleFormats.contains(sampleFormat) {
            let choices = container.sampleFormats.map(\.rawValue).joined(separator: ", ")
            throw Failure(
                .usage, "cannot write", at: path,
                why: "a .\(container.rawValue) file does not store samples as \(sampleFormat.rawValue)",
                remedy: choices.isEmpty ? "omit the sample format" : "use one of \(choices)")
        }
        self.container = container
        self.sampleFormat = sampleFormat ?? container.sampleFormats.first
    }

    private init(_ container: Container, _ sampleFormat: SampleFormat?) {
        (self.container, self.sampleFormat) = (container, sampleFormat)
    }

    /// This format with the samples of a file, or where it does not have such the most exact ones that it has.
    public func following(_ wanted: SampleFormat?) -> AudioFormat {
        guard let wanted, sampleFormat != nil else { return self }
        return AudioFormat(container, container.sampleFormats.contains(wanted) ? wanted : .pcm24)
    }

    /// The extension of a name where we write such files, else `wav`.
    public static func fileExtension(like path: String) -> String {
        Container(ofName: path) == nil ? Container.wav.rawValue : path.nameExtension
    }

    /// Bytes that a sample takes in a file, at most; a codec's at its quality, about.
    public var bytesPerSample: Double {
        switch sampleFormat {
        case .float32: 4
        case .pcm24: 3
        case .pcm16: 2
        case nil: 0.5
        }
    }

    /// Whether samples over full scale survive; otherwise they are clipped when written.
    public var canHoldPeaksOverOne: Bool { sampleFormat == .float32 }

    /// Checks that a file of this format can have `sampleRate` Hz and `channels` channels, by encoding some silence in
    /// memory: only the encoder knows. Call it before a long computation.
    ///
    /// - Throws: ``Failure`` of kind `usage`, with the encoder's reason.
    public func check(sampleRate: Int, channels: Int) throws(Failure) {
        func cannot(_ why: String) -> Failure {
            let noun = channels == 1 ? "channel" : "channels"
            return Failure(
                .usage, "cannot write \(channels) \(noun) at \(sampleRate) Hz as \(container.rawValue)", why: why,
                remedy: "choose another extension, rate or number of channels")
        }
        guard AudioFile.sampleRates.contains(sampleRate), AudioFile.channelCounts.contains(channels) else {
            throw cannot("this is outside \(AudioFile.sampleRates) Hz and \(AudioFile.channelCounts) channels")
        }
        let silence = [Float](repeating: 0, count: 4096)
        let waveform = Waveform(channels: Array(repeating: silence, count: channels), sampleRate: sampleRate)
        do throws(Failure) {
            _ = try AudioFile.encode(waveform, as: self, at: container.rawValue)
        } catch {
            throw cannot(error.why)
        }
    }

    /// `sampleRate` where a file of this format can have it, else the next higher rate that it can have, at most 48 kHz, which all formats
    /// support: the highest rate of the lossy codecs.
    public func rate(preferring sampleRate: Int, channels: Int) -> Int {
        let usual = [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100]
        return ([sampleRate] + usual.filter { $0 > sampleRate }).first { rate in
            (try? check(sampleRate: rate, channels: channels)) != nil
        } ?? 48_000
    }

    /// Whether a wav file needs `WAVE_FORMAT_EXTENSIBLE` to say what its channels are for.
    func needsMask(channels: Int, layout: ChannelLayout) -> Bool {
        container == .wav && (channels > 2 || layout != .usual(channels: channels))
    }

    /// libsndfile's number for the file type and the encoding.
    func code(channels: Int, layout: ChannelLayout) -> Int32 {
        let encoding =
            switch sampleFormat {
            case .float32: SF_FORMAT_FLOAT
            case .pcm16: SF_FORMAT_PCM_16
            case .pcm24: SF_FORMAT_PCM_24
            case nil: 0
            }
        let type = needsMask(channels: channels, layout: layout) ? SF_FORMAT_WAVEX : container.code
        return Int32(type | encoding)
    }
}

/// The file types that we write; the raw value is the file name's extension.
public enum Container: String, CaseIterable, Sendable {
    case wav, flac, ogg, opus, mp3, aiff, aif

    /// That of a path's extension; nil where it says nothing.
    public init?(ofName path: String) { self.init(rawValue: path.nameExtension) }

    /// The supported sample formats, the default first.
    var sampleFormats: [SampleFormat] {
        switch self {
        case .wav, .aiff, .aif: [.pcm16, .pcm24, .float32]
        case .flac: [.pcm16, .pcm24]
        case .ogg, .opus, .mp3: []
        }
    }

    /// libsndfile's number for the file type, and for the codec where the type implies it.
    var code: Int {
        switch self {
        case .wav: SF_FORMAT_WAV
        case .flac: SF_FORMAT_FLAC
        case .ogg: SF_FORMAT_OGG | SF_FORMAT_VORBIS
        case .opus: SF_FORMAT_OGG | SF_FORMAT_OPUS
        case .mp3: SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III
        case .aiff, .aif: SF_FORMAT_AIFF
        }
    }

    /// The quality, 0...1, at which a lossy codec is nearly transparent. The library's own defaults save
    /// space: 33 to 48 kbit/s for a mono file at 16 kHz.
    var quality: Double? {
        switch self {
        case .ogg, .mp3: 0.8
        case .opus: 0.3
        case .wav, .flac, .aiff, .aif: nil
        }
    }
}
