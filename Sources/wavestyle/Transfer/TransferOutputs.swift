// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Finishing
import Matrices

/// The files that a run writes: the sound, its record, and where asked for a trace, snapshots and a page.
///
/// Every place is checked when this is made. The trace grows and snapshots appear while the run lasts; the rest is written at
/// its end.
final class TransferOutputs {
    /// Where the sound goes.
    let path: String
    private let soundFile: OutputFile
    /// nil where the sound goes into a stream, or overwrites a file in a folder that takes no other.
    private let recordFile: OutputFile?
    private let traceFile: OutputFile?
    private let snapshotFiles: [Int: OutputFile]
    /// Where a page goes, once all else is there.
    let reportFile: OutputFile?
    private var traceWriter: LineWriter?
    /// nil where the sound goes into a stream.
    private let lock: OutputLock?
    /// All lines of the trace, for a page.
    private(set) var traceText = ""

    /// - Parameters:
    ///   - path: where the sound goes.
    ///   - replaces: whether files that exist are overwritten.
    ///   - inputs: files that must not be overwritten.
    /// - Throws: ``Failure`` of kind `cannotCreate` for a place that cannot be written, or that another run is writing, `usage` for one that
    ///   is taken.
    init(
        _ path: String, trace: String?, snapshots: IterationList?, report: String?,
        replaces: Bool, inputs: [String]
    ) throws {
        self.path = path
        soundFile = try OutputFile(path: path, replaces: replaces)
        recordFile = try Self.record(of: soundFile, isOptional: replaces && report == nil, replaces: replaces)
        traceFile = try trace.map { try OutputFile(path: $0, replaces: replaces) }
        var snapshotFiles: [Int: OutputFile] = [:]
        for iteration in snapshots?.numbers ?? [] {
            snapshotFiles[iteration] = try OutputFile(
                path: Self.snapshotPath(iteration, of: path), replaces: replaces)
        }
        self.snapshotFiles = snapshotFiles
        reportFile = try report.map { try OutputFile(path: $0, replaces: replaces) }
        lock = try soundFile.isStream ? nil : OutputLock(of: soundFile)
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
        let folder = OutputFile.identity(of: path.parentFolder) ?? []
        for place in CheckpointPair(of: path).places {
            let identity = OutputFile.identity(of: place) ?? folder + "/".utf8 + place.lastName.pathBytes
            guard taken.insert(identity).inserted else {
                throw Failure(
                    .usage, "cannot write", at: path, why: "its checkpoints would replace '\(place)', an input",
                    remedy: "choose another name")
            }
        }
        for file in [soundFile, recordFile, traceFile, reportFile].compactMap({ $0 }) + snapshotFiles.values
        where !file.isStream {
            guard taken.insert(file.identity).inserted else {
                throw Failure(
                    .usage, "cannot write", at: file.path, why: "it is an input, or another output goes there",
                    remedy: "choose another name")
            }
        }
    }

    /// Whether checkpoints are wanted, and can be beside the sound.
    ///
    /// - Throws: ``Failure`` of kind `usage` where there cannot, and they were asked for; `cannotCreate` where a folder is there.
    func takesCheckpoints(_ options: ResumeOptions, warn: (String) -> Void) throws(Failure) -> Bool {
        guard options.interval != nil else { return false }
        let files = CheckpointPair(of: path)
        for place in files.places where Folder.exists(place) {
            throw Failure(
                .cannotCreate, "cannot write", at: place, why: "a folder has that name",
                remedy: "choose another name for the output, or leave checkpoints out (--no-checkpoint)")
        }
        let isPossible = recordFile != nil && files.canBeWritten
        if !isPossible, options.checkpointEvery != nil || options.resume {
            throw Failure.unusable(
                options.resume ? "--resume" : "--checkpoint-every",
                "there is no place for checkpoints beside '\(path)'",
                remedy: "give --output a file in a folder that can be written to, with a shorter name")
        }
        if !isPossible, recordFile != nil {
            warn(
                "\(path): its name is too long for checkpoints beside it: if the run is killed, it cannot be continued")
        }
        return isPossible
    }

    /// Adds lines to the trace's file. The first ones replace what is there.
    ///
    /// - Throws: ``Failure`` of kind `cannotCreate` or `inputOutput`.
    func trace(_ lines: String) throws {
        traceText += lines
        if let traceWriter { return try traceWriter.write(lines) }
        traceWriter = try traceFile?.lines(lines)
    }

    /// Writes a snapshot.
    func write(
        snapshot channels: [[Float]], at iteration: Int, _ form: WrittenForm, warn: (String) -> Void
    ) throws -> RunRecord.Snapshot? {
        guard let file = snapshotFiles[iteration] else { return nil }
        var sound = form.waveform(channels)
        try write(&sound, form, to: file, warn: warn)
        return RunRecord.Snapshot(iteration: iteration, file: try RunRecord.Written(file.path))
    }

    /// Writes the sound and its record, and sets the record's peak.
    ///
    /// - Parameter result: is changed where it lies.
    func write(
        _ result: inout Waveform, _ form: WrittenForm, record: inout RunRecord, warn: (String) -> Void
    ) throws {
        if form.tags.dropped > 0 {
            warn("\(form.tags.dropped) tags or pictures of the content are too large, and are left out")
        }
        try traceWriter?.close()
        record.trace = try traceFile.flatMap { $0.isStream ? nil : $0 }.map { file throws(Failure) in
            try RunRecord.Written(file.path)
        }
        (record.peak, record.sha256) = try write(&result, form, to: soundFile, warn: warn)
        try recordFile?.write(text: try record.json())
    }

    /// Checks that what is written has room in the output's folder.
    ///
    /// - Parameters:
    ///   - sound: bytes of a sound.
    ///   - checkpoint: bytes of a checkpoint; 0 where there are none.
    /// - Throws: ``Failure`` of kind `cannotCreate`.
    func requireRoom(sound: Int, checkpoint: Int) throws(Failure) {
        guard !soundFile.isStream, let free = Folder.room(in: path.parentFolder) else { return }
        // The two last ones, and the next.
        let needed = (1 + snapshotFiles.count) * sound + 3 * checkpoint
        guard needed > free else { return }
        throw Failure(
            .cannotCreate, "cannot write", at: path,
            why:
                "\(AvailableMemory.text(needed)) may be needed on the disk, and \(AvailableMemory.text(free)) are free",
            remedy: checkpoint > 0 ? "make room, or leave checkpoints out (--no-checkpoint)" : "make room")
    }

    /// Where the sound after an iteration is written.
    static func snapshotPath(_ iteration: Int, of path: String) -> String { Self.path(path, "iteration\(iteration)") }

    /// `out.wav` becomes `out.iteration10.wav`.
    static func path(_ path: String, _ part: String) -> String {
        guard let dot = path.lastIndex(of: "."), path.lastName.contains(".") else { return "\(path).\(part)" }
        return "\(path[..<dot]).\(part)\(path[dot...])"
    }

    /// - Returns: the peak before it was treated, and the file's checksum.
    @discardableResult
    private func write(
        _ sound: inout Waveform, _ form: WrittenForm, to file: OutputFile, warn: (String) -> Void
    ) throws -> (peak: Float, sha256: String) {
        try form.finish.apply(to: &sound)
        let (peak, overs) = sound.limit(by: form.clip)
        if overs > 0 {
            warn("\(file.path): \(overs) samples were over full scale, peak \(peak): \(form.clip.explanation)")
        }
        let (checksum, hasTags) = try AudioFile.write(sound, to: file, as: form.format, tags: form.tags)
        if !hasTags { warn("\(file.path): the content's tags cannot be written into it") }
        return (peak, checksum.description)
    }
}

/// How the sounds of a run are written.
struct WrittenForm {
    let format: AudioFormat
    /// In hertz, of what is written before it is finished.
    let sampleRate: Int
    let layout: ChannelLayout
    /// Put into each sound.
    let tags: SoundTags
    /// What is done to the result, and equally to each snapshot.
    let finish: OutputFinish
    let clip: ClipPolicy

    func waveform(_ channels: [[Float]]) -> Waveform {
        Waveform(channels: channels, sampleRate: sampleRate, layout: layout)
    }
}
