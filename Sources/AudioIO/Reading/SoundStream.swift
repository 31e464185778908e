// SPDX-License-Identifier: Apache-2.0
import Files

/// A sound's frames from first to last, and what is known of it: decoded here or elsewhere.
protocol SoundSource: AnyObject {
    /// In hertz.
    var sampleRate: Int { get }
    var channelCount: Int { get }
    var speakers: [ChannelLayout.Speaker]? { get }
    var sampleFormat: SampleFormat? { get }
    /// Frames of the whole, where that is told.
    var promised: Int? { get }
    /// What is odd about what was read.
    var remarks: [String] { get }
    /// What is missing after the last frame; nil before it, and where nothing is.
    var problem: String? { get }

    /// Moves to a frame before anything is read.
    ///
    /// - Returns: where it is then: earlier at the end.
    func begin(at frame: Int) throws(Failure) -> Int

    /// Reads interleaved frames to the start of a buffer.
    ///
    /// - Returns: how many; 0 only at the end.
    func read(_ frames: Int, to buffer: inout [Float]) throws(Failure) -> Int

    /// Called after the last frame that is wanted; then remarks and problem are known.
    func finish() throws(Failure)
}

/// A sound as one decoder after the other gives it, all in the form of the first: rate, channels.
final class SoundStream: SoundSource {
    let sampleRate: Int
    let channelCount: Int
    let speakers: [ChannelLayout.Speaker]?
    let sampleFormat: SampleFormat?
    let promised: Int?
    /// Frames before the next one.
    private var position = 0
    private(set) var remarks: [String] = []
    private(set) var problem: String?

    private let open: () throws(Failure) -> any SoundDecoder
    private var decoder: (any SoundDecoder)?

    /// Opens a file.
    ///
    /// - Parameter isSecondTry: by ffmpeg.
    /// - Throws: ``Failure`` of kind `badData`.
    init(_ file: FileSection, _ kind: SoundKind, isSecondTry: Bool) throws(Failure) {
        open = { () throws(Failure) in
            do throws(DecodingProblem) {
                return isSecondTry ? try kind.otherDecoder(of: file) : try kind.decoder(of: file)
            } catch {
                throw AudioFile.unreadable(file.name, error.why, error.remedy)
            }
        }
        let decoder = try open()
        (sampleRate, channelCount) = (decoder.sampleRate, decoder.channelCount)
        (speakers, sampleFormat) = (decoder.speakers, decoder.sampleFormat)
        promised = decoder.promised
        self.decoder = decoder
    }

    func begin(at frame: Int) throws(Failure) -> Int {
        if frame > 0, let promised, frame < promised {
            if decoder?.seek(to: frame) == true {
                position = frame
            } else {
                decoder = try open()
            }
        }
        return position == frame ? frame : skip(frame)
    }

    func finish() {}

    /// Decodes frames and drops them.
    ///
    /// - Returns: how many there were.
    private func skip(_ count: Int) -> Int {
        let atOnce = AudioFile.samplesAtOnce / channelCount
        var buffer = [Float](repeating: 0, count: AudioFile.samplesAtOnce)
        while position < count, read(min(count - position, atOnce), to: &buffer) > 0 {}
        return position
    }

    func read(_ frames: Int, to buffer: inout [Float]) -> Int {
        while let decoder {
            let got = decoder.read(frames, to: &buffer)
            position += got
            if got < frames { advance(from: decoder) }
            if got > 0 { return got }
        }
        return 0
    }

    /// Goes on to what follows a decoder that is at its end.
    private func advance(from ended: any SoundDecoder) {
        let place = seconds(position, sampleRate)
        let isShort = promised.map { position < $0 - ended.tolerance } ?? false
        let whole = isShort ? promised.map { " of \(seconds($0, sampleRate))" } ?? "" : ""
        if let fault = ended.fault {
            problem = "it breaks off at \(place)\(whole): \(fault)"
        } else if isShort || !ended.isWhole {
            problem = "it breaks off at \(place)\(whole)"
        } else {
            problem = nil
        }
        decoder = nil
        do throws(DecodingProblem) {
            guard let next = try ended.next() else { return }
            if let problem { remarks.append(problem) }
            problem = nil
            if next.sampleRate == sampleRate, next.channelCount == channelCount {
                decoder = next
            } else {
                remarks.append(
                    "what follows at \(place) is of another form, channels: \(next.channelCount) at \(next.sampleRate) Hz: "
                        + "it is brought to \(channelCount) at \(sampleRate) Hz")
                decoder = try ConvertedDecoder(next, sampleRate: sampleRate, channelCount: channelCount)
            }
        } catch {
            problem = "what follows at \(place) cannot be read: \(error.why)"
        }
    }
}

/// Another decoder's sound at a rate, its mix on every channel.
private final class ConvertedDecoder: SoundDecoder {
    let sampleRate: Int
    let channelCount: Int
    private let decoder: any SoundDecoder
    private let samples: [Float]
    private var position = 0

    var promised: Int? { nil }
    var fault: String? { decoder.fault }
    var isWhole: Bool { decoder.isWhole }

    init(_ decoder: any SoundDecoder, sampleRate: Int, channelCount: Int) throws(DecodingProblem) {
        (self.decoder, self.sampleRate, self.channelCount) = (decoder, sampleRate, channelCount)
        let (width, most) = (decoder.channelCount, Int(AudioFile.maximumDuration) * decoder.sampleRate)
        var buffer = [Float](repeating: 0, count: AudioFile.samplesAtOnce)
        var mix: [Float] = []
        while mix.count < most {
            let got = decoder.read(AudioFile.samplesAtOnce / width, to: &buffer)
            if got <= 0 { break }
            mix += (0..<got).map { buffer[$0 * width..<($0 + 1) * width].reduce(0, +) / Float(width) }
        }
        guard !mix.isEmpty else {
            samples = []
            return
        }
        do throws(Failure) {
            samples = try Waveform(mono: mix, sampleRate: decoder.sampleRate).resampled(to: sampleRate).channels[0]
        } catch {
            throw DecodingProblem(error.why)
        }
    }

    func read(_ frames: Int, to buffer: inout [Float]) -> Int {
        let count = min(frames, samples.count - position)
        for index in 0..<count * channelCount { buffer[index] = samples[position + index / channelCount] }
        position += count
        return count
    }

    func next() throws(DecodingProblem) -> (any SoundDecoder)? { try decoder.next() }
}
