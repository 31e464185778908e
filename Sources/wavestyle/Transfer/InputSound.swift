// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files

/// A sound as it was read from a file, with what the record says of it.
struct InputSound {
    /// At the file's own rate, peaks treated.
    let waveform: Waveform
    /// How the file stores it.
    let storage: StoredSound.Storage
    /// For the record.
    let record: RunRecord.Input

    /// Reads a file, or a part of it, and brings peaks over full scale under the policy.
    init(
        _ path: String, start: Double, duration: Double?, clip: ClipPolicy, warn: (String) -> Void
    ) throws {
        let stored = try AudioFile.stored(path, start: start, duration: duration)
        for remark in stored.remarks { warn("\(path): \(remark)") }
        var read = stored.waveform
        let (peak, overs) = read.limit(by: clip)
        if overs > 0 {
            warn("\(path): \(overs) samples are over full scale, peak \(peak): \(clip.explanation)")
        }
        (waveform, storage) = (read, stored.storage)
        record = RunRecord.Input(
            path: path, sha256: try Checksum(ofFile: path).description, sampleRate: read.sampleRate,
            channels: read.channels.count, start: start, duration: read.duration)
    }

    /// All channels, or their mix.
    func channels(_ mode: ChannelMode) -> Waveform { mode == .each ? waveform : waveform.mixedDown() }

    /// The mix at a rate.
    func mix(at rate: Int) throws(Failure) -> [Float] { try channels(.mix).resampled(to: rate).channels[0] }
}
