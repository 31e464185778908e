// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Matrices
import Mosaic
import Report
import Transfer

/// A run on disk: its record, and the files that the record names.
struct FinishedRun {
    let record: RunRecord
    /// The result.
    let output: String
    /// The losses of each iteration, where they were traced and the file is there.
    let trace: Trace?
    /// Existing snapshots.
    let snapshots: [(iteration: Int, path: String)]
    /// How far it is, where it is not finished: there is no result yet.
    let place: String?

    /// Finds a run by its result, or by the record next to it; one that is not finished by its checkpoint.
    ///
    /// - Parameter lines: of the trace, if available.
    /// - Throws: ``Failure`` of kind `noInput` if the record does not exist, `badData` if it is not a record.
    init(_ path: String, trace lines: String? = nil) throws(Failure) {
        let recordPath = path.hasSuffix(".json") ? path : path + ".json"
        let unfinished = CheckpointPair.output(of: path)
        if lines == nil, !fileExists(recordPath),
            let found = try CheckpointPair(of: unfinished).read(RunCheckpoint.self, warn: Terminal.error.warn)
        {
            (record, output, place) = (found.record, unfinished, found.place)
            trace = found.progress.trace.isEmpty ? nil : try Trace(jsonLines: found.progress.trace, name: unfinished)
            snapshots = try Self.existing(found.progress.written, of: unfinished)
            return
        }
        place = nil
        guard let json = contents(ofFile: recordPath) else {
            throw Failure(
                .noInput, "cannot read the run", at: path, why: "there is no \(recordPath)",
                remedy: "name a run's output, with the .json file that was written next to it")
        }
        do { record = try JSONDecoder().decode(RunRecord.self, from: Data(json)) } catch {
            throw Failure(
                .badData, "cannot read the run", at: recordPath, why: "it is not the record of a run of this version",
                remedy: "run it again")
        }
        output = String(recordPath.dropLast(5))
        snapshots = try Self.existing(record.snapshots, of: output)
        if let lines {
            trace = try Trace(jsonLines: lines, name: output)
        } else if let file = record.trace, let path = try Self.find(file.path, file.sha256, of: output) {
            let text = String(decoding: contents(ofFile: path) ?? [], as: UTF8.self)
            trace = try Trace(jsonLines: text, name: path)
        } else {
            trace = nil
        }
    }

    /// Whether a run is there, whole, as another one would make it.
    ///
    /// - Parameters:
    ///   - wanted: the other one's record.
    ///   - trace: where it would write its trace, if it writes one.
    ///   - snapshots: the iterations whose sounds it would write.
    static func isThere(_ path: String, as wanted: RunRecord, trace: String?, snapshots: Set<Int>) -> Bool {
        guard let run = try? FinishedRun(path) else { return false }
        func name(_ path: String?) -> String? { path.map { ($0 as NSString).lastPathComponent } }
        return run.record.isFinished(as: wanted)
            && (trace == nil || run.trace != nil && name(run.record.trace?.path) == name(trace))
            && snapshots.isSubset(of: run.snapshots.map(\.iteration))
            && (try? Checksum(ofFile: path).description) == run.record.sha256
    }

    /// Possible places of a file that the record names: next to the record, since its folder may have been moved, or the original place.
    private static func places(of path: String, beside output: String) -> [String] {
        let folder = (output as NSString).deletingLastPathComponent
        let beside = (folder as NSString).appendingPathComponent((path as NSString).lastPathComponent)
        return [beside, path].filter { fileExists($0) && !isPipe($0) }
    }

    /// A file that the record names, identified by its checksum; nil if it no longer exists.
    ///
    /// - Throws: ``Failure`` of kind `badData` where only another file has its name.
    private static func find(_ path: String, _ sha256: String, of output: String) throws(Failure) -> String? {
        let places = places(of: path, beside: output)
        for place in places where try Checksum(ofFile: place).description == sha256 { return place }
        guard places.isEmpty else {
            throw Failure(
                .badData, "cannot use the run", at: output, why: "\(path) has changed since", remedy: "run it again")
        }
        return nil
    }

    private static func existing(
        _ snapshots: [RunRecord.Snapshot], of output: String
    ) throws(Failure) -> [(iteration: Int, path: String)] {
        var existing: [(iteration: Int, path: String)] = []
        for snapshot in snapshots {
            if let path = try find(snapshot.file.path, snapshot.file.sha256, of: output) {
                existing.append((snapshot.iteration, path))
            }
        }
        return existing
    }

    /// All that the run read and wrote, where it was and where it is.
    var files: [String] {
        let named =
            [record.content.path] + record.styles.map(\.sound.path) + record.snapshots.map(\.file.path)
            + [record.trace?.path].compactMap { $0 }
        return [output, output + ".json"] + named.flatMap { Self.places(of: $0, beside: output) }
    }

    /// The names of the files that it wrote.
    var written: Set<String> {
        let files = [output, output + ".json"] + record.snapshots.map(\.file.path)
        return Set((files + [record.trace?.path].compactMap(\.self)).map { ($0 as NSString).lastPathComponent })
    }

    /// The result.
    ///
    /// - Throws: ``Failure``, of kind `noInput` when the run is not finished, or the file no longer exists, `badData` when it has changed since.
    func result() throws(Failure) -> JudgedSound {
        if let place {
            throw Failure(
                .noInput, "cannot use the run", at: output, why: "it is not finished, but at \(place)",
                remedy: "continue it: \(CommandLine.command(["resume", output]))")
        }
        return try sound(output, record.sha256)
    }

    /// The traced loss of each iteration.
    var losses: [Int: Double] {
        Dictionary(
            (trace?.points ?? []).compactMap { point in point.values["loss"].map { (point.iteration, $0) } },
            uniquingKeysWith: { $1 })
    }

    /// The part of an input that the run used.
    ///
    /// - Throws: ``Failure``, of kind `noInput` when the file no longer exists, `badData` when it has changed since.
    func sound(_ input: RunRecord.Input) throws(Failure) -> JudgedSound {
        try sound(input.path, input.sha256, start: input.start, duration: input.duration)
    }

    private func sound(
        _ path: String, _ sha256: String, start: Double = 0, duration: Double? = nil
    ) throws(Failure) -> JudgedSound {
        guard let place = try Self.find(path, sha256, of: output) else {
            throw Failure(
                .noInput, "cannot use the run", at: output, why: "\(path) no longer exists",
                remedy: "put it next to the run's output, or run again")
        }
        return try JudgedSound(place, start: start, duration: duration)
    }

    /// The command to repeat it.
    var command: String { CommandLine.command(record.arguments) }

    /// The result in a few words.
    var headline: String {
        if let mosaic = record.mosaic { return "Mosaic, mode \(mosaic.mode)" }
        guard let result = record.results.first, let iteration = result.iteration else { return "" }
        return "Iteration \(iteration), loss \(String(format: "%.4g", result.last["loss"] ?? .nan))"
    }

    /// The result in up to three sentences.
    var summary: String {
        if let place { return "The run is not finished: this is \(place)." }
        guard let result = record.results.first else { return "" }
        let effort =
            "in \(durationText(result.totalSeconds)) with \(AvailableMemory.text(record.peakMemory)) of memory."
        if let mosaic = record.mosaic {
            let settings = (try? MethodSettings(record.settings))?.mosaic ?? MosaicSettings()
            return "\(mosaic.decision(settings)) Made \(effort)"
        }
        let (first, last) = (result.first?["loss"] ?? .nan, result.last["loss"] ?? .nan)
        var text =
            "Loss \(String(format: "%.4g", first)) to \(String(format: "%.4g", last)) at iteration \(result.iteration ?? 0), "
            + effort
        if record.results.count > 1 { text += " These are the first channel's." }
        if result.wasStopped { text += " The run was stopped: this is its best so far." }
        if let ending = result.ending { text += " It ended early: \(ending)." }
        return text
    }

    /// A file's name without folder and extension.
    static func name(_ path: String) -> String {
        ((path as NSString).lastPathComponent as NSString).deletingPathExtension
    }
}
