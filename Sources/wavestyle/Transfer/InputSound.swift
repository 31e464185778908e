// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files

/// A sound as it was read from a file, with what the record says of it.
struct InputSound {
    /// At the file's own rate, peaks treated.
    let waveform: Waveform
    /// The file's title and the like.
    var tags: SoundTags { SoundTags(of: file) }
    private let file: FileSection
    /// How the file stores its samples.
    let sampleFormat: SampleFormat?
    /// For the record.
    let record: RunRecord.Input

    /// Reads a file, or a part of it that memory holds, and brings peaks over full scale under the policy.
    init(
        _ path: String, start: Double, duration: Double?, clip: ClipPolicy, strict: Bool, memory: Int?,
        warn: (String) -> Void
    ) throws {
        file = try FileSection(ofInput: path)
        let stored = try AudioFile.stored(file, start: start, duration: duration, memory: memory)
        try stored.tellRemarks(on: file.name, strict: strict, warn: warn)
        var read = stored.waveform
        let (peak, overs) = read.limit(by: clip)
        if overs > 0 {
            warn("\(file.name): \(overs) samples are over full scale, peak \(peak): \(clip.explanation)")
        }
        (waveform, sampleFormat) = (read, stored.sampleFormat)
        record = RunRecord.Input(
            path: path, sha256: try Checksum(of: file).description, sampleRate: read.sampleRate,
            channels: read.channels.count, start: start, duration: read.duration)
    }

    /// All channels, or their mix.
    func channels(_ mode: ChannelMode, warn: (String) -> Void) -> Waveform {
        mode == .each ? waveform : waveform.mixedDown { warn("\(record.path): \($0)") }
    }

    /// The mix at a rate.
    func mix(at rate: Int, warn: (String) -> Void) throws(Failure) -> [Float] {
        try channels(.mix, warn: warn).resampled(to: rate).channels[0]
    }

    /// Refuses a style in which there is nothing to hear.
    ///
    /// - Parameter isPart: whether the file may have more.
    /// - Throws: ``Failure`` of kind `badData`.
    func requireSound(isPart: Bool) throws(Failure) {
        guard waveform.isSilent else { return }
        func seconds(_ time: Double) -> String { "\((1_000 * time).rounded() / 1_000) s" }
        let (start, end) = (record.start, record.start + record.duration)
        throw Failure(
            .badData, "cannot transfer the style", at: record.path,
            why: "it is \(waveform.peak > 1e-5 ? "constant, which cannot be heard" : "silent")"
                + (isPart ? " from \(seconds(start)) to \(seconds(end))" : ""),
            remedy: isPart
                ? "choose another part of it (--style-start, --style-duration), or another style" : "give another style"
        )
    }

    /// The same of the style at the rate that a network works at.
    func requireSound(in low: Waveform) throws(Failure) {
        guard low.isSilent else { return }
        throw Failure(
            .badData, "cannot transfer the style", at: record.path,
            why: "it is silent below \(low.sampleRate / 2) Hz, where the method works", remedy: "give another style")
    }
}

extension StoredSound {
    /// Warns of what is odd about a file, or refuses it. One that is joined of many has the same to say at every joint.
    ///
    /// - Throws: ``Failure`` of kind `badData`, with `--strict`.
    func tellRemarks(on name: String, strict: Bool, warn: (String) -> Void) throws(Failure) {
        if strict, let remark = remarks.first {
            throw Failure(
                .badData, "cannot use the sound", at: name, why: remark,
                remedy: "leave out --strict to use what is there")
        }
        // The last one says what is missing at the end.
        let told = remarks.count > 4 ? remarks.prefix(2) + ["there is more like this"] + remarks.suffix(1) : remarks
        for remark in told { warn("\(name): \(remark)") }
    }
}
