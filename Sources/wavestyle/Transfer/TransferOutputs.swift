// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Finishing
import Spectrogram
import Transfer

/// The files that a run writes: the sound, its record, and where asked for a trace, snapshots and a page.
///
/// Every place is checked when this is made; nothing is written before the end.
final class TransferOutputs {
    /// Where the sound goes.
    let path: String
    private let form: SoundForm
    private let soundFile: OutputFile
    /// nil where the sound goes into a stream, or overwrites a file in a folder that takes no other.
    private let recordFile: OutputFile?
    private let traceFile: OutputFile?
    private let snapshotFiles: [Int: OutputFile]
    /// Where a page goes, once all else is there.
    let reportFile: OutputFile?
    /// The trace's lines, for its file and for a page.
    private(set) var traceText = ""
    /// For each iteration, the channels so far.
    private var snapshots: [Int: [[Float]]] = [:]

    /// - Parameters:
    ///   - path: where the sound goes.
    ///   - replaces: whether files that exist are overwritten.
    ///   - inputs: files that must not be overwritten.
    /// - Throws: ``Failure`` of kind `cannotCreate` for a place that cannot be written, `usage` for one that is taken.
    init(
        _ path: String, _ form: SoundForm, trace: String?, snapshots: IterationList?, report: String?,
        replaces: Bool, inputs: [String]
    ) throws {
        self.form = form
        self.path = path
        soundFile = try OutputFile(path: path, replaces: replaces)
        recordFile = try Self.record(of: soundFile, isOptional: replaces && report == nil, replaces: replaces)
        traceFile = try trace.map { try OutputFile(path: $0, replaces: replaces) }
        var snapshotFiles: [Int: OutputFile] = [:]
        for iteration in snapshots?.numbers ?? [] {
            snapshotFiles[iteration] = try OutputFile(
                path: Self.path(path, "iteration\(iteration)"), replaces: replaces)
        }
        self.snapshotFiles = snapshotFiles
        reportFile = try report.map { try OutputFile(path: $0, replaces: replaces) }
        try requireDistinct(from: inputs)
    }

    private static func record(of sound: OutputFile, isOptional: Bool, replaces: Bool) throws(Failure) -> OutputFile? {
        if sound.isStream { return nil }
        do throws(Failure) {
            return try OutputFile(path: sound.path + ".json", replaces: replaces)
        } catch {
            guard isOptional, sound.isInPlace else { throw error }
            return nil
        }
    }

    /// What is not written, for a warning; nil where everything is.
    var omission: String? {
        recordFile == nil && !soundFile.isStream
            ? "\(path): its folder takes no other file, so there is no record of it" : nil
    }

    /// Checks that no two files are one, and that none is an input.
    ///
    /// - Throws: ``Failure`` of kind `usage`.
    private func requireDistinct(from inputs: [String]) throws(Failure) {
        var taken = Set(inputs.compactMap(OutputFile.identity(of:)))
        for file in [soundFile, recordFile, traceFile, reportFile].compactMap({ $0 }) + snapshotFiles.values
        where !file.isStream {
            guard taken.insert(file.identity).inserted else {
                throw Failure(
                    .usage, "cannot write", at: file.path, why: "it is an input, or another output goes there",
                    remedy: "choose another name")
            }
        }
    }

    /// Adds a line to the trace.
    func trace(_ line: TraceLine, channel: Int?) {
        traceText += line.json(channel: channel)
    }

    /// Adds a phase iteration to the trace.
    func trace(_ progress: PhaseReconstruction.Progress, of iteration: Int, channel: Int?) {
        traceText += progress.json(of: iteration, channel: channel)
    }

    /// Adds a channel to a snapshot.
    func keep(snapshot waveform: [Float], at iteration: Int) {
        snapshots[iteration, default: []].append(waveform)
    }

    /// Writes everything, and sets the record's peak.
    ///
    /// - Parameters:
    ///   - result: is changed where it lies.
    ///   - format: what it is written as.
    ///   - tags: put into it, and into each snapshot.
    ///   - finish: what is done to the result, and equally to each snapshot.
    func write(
        _ result: inout Waveform, as format: AudioFormat, tags: SoundTags, finish: OutputFinish,
        record: inout RunRecord, warn: (String) -> Void
    ) throws {
        if tags.dropped > 0 { warn("\(tags.dropped) tags or pictures of the content are too large, and are left out") }
        for (iteration, channels) in snapshots.sorted(by: { $0.key < $1.key })
        where channels.count == result.channels.count {
            guard let file = snapshotFiles[iteration] else { continue }
            var sound = Waveform(channels: channels, sampleRate: result.sampleRate, layout: result.layout)
            try write(&sound, format, tags, finish, to: file, warn: warn)
            record.snapshots.append(RunRecord.Snapshot(iteration: iteration, file: try RunRecord.Written(file.path)))
        }
        try traceFile?.write(text: traceText)
        record.trace = try traceFile.flatMap { $0.isStream ? nil : $0 }.map { file throws(Failure) in
            try RunRecord.Written(file.path)
        }
        (record.peak, record.sha256) = try write(&result, format, tags, finish, to: soundFile, warn: warn)
        try recordFile?.write(text: try record.json())
    }

    /// `out.wav` becomes `out.iteration10.wav`.
    static func path(_ path: String, _ part: String) -> String {
        guard let dot = path.lastIndex(of: "."), path.lastName.contains(".") else { return "\(path).\(part)" }
        return "\(path[..<dot]).\(part)\(path[dot...])"
    }

    /// - Returns: the peak before it was treated, and the file's checksum.
    @discardableResult
    private func write(
        _ sound: inout Waveform, _ format: AudioFormat, _ tags: SoundTags, _ finish: OutputFinish, to file: OutputFile,
        warn: (String) -> Void
    ) throws -> (peak: Float, sha256: String) {
        try finish.apply(to: &sound)
        let (peak, overs) = sound.limit(by: form.clip)
        if overs > 0 {
            warn("\(file.path): \(overs) samples were over full scale, peak \(peak): \(form.clip.explanation)")
        }
        let (checksum, hasTags) = try AudioFile.write(sound, to: file, as: format, tags: tags)
        if !hasTags { warn("\(file.path): the content's tags cannot be written into it") }
        return (peak, checksum.description)
    }
}
