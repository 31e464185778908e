// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Foundation
import Report
import Transfer

/// A run as it lies on disk: its record, and the files that the record names.
struct FinishedRun {
    let record: RunRecord
    /// The result.
    let output: String
    /// The losses of each iteration, where they were traced and the file is there.
    let trace: Trace?
    /// Sounds on the way that are there.
    let snapshots: [RunRecord.Snapshot]
    private let folder: String

    /// Finds a run by its result, or by the record beside that.
    ///
    /// - Parameter lines: of the trace, where they are at hand.
    /// - Throws: ``Failure`` of kind `noInput` where the record is missing, `badData` where it is none.
    init(_ path: String, trace lines: String? = nil) throws(Failure) {
        let recordPath = path.hasSuffix(".json") ? path : path + ".json"
        guard let json = FileManager.default.contents(atPath: recordPath) else {
            throw Failure(
                .noInput, "cannot read the run", at: path, why: "there is no \(recordPath)",
                remedy: "name a run's output, with the .json that was written beside it")
        }
        do { record = try JSONDecoder().decode(RunRecord.self, from: json) } catch {
            throw Failure(
                .badData, "cannot read the run", at: recordPath, why: "it is not the record of a run of this version",
                remedy: "run it again")
        }
        folder = (recordPath as NSString).deletingLastPathComponent
        output = String(recordPath.dropLast(5))
        let folder = folder
        snapshots = record.snapshots.compactMap { snapshot in
            Self.places(of: snapshot.path, beside: folder).first.map { path in
                RunRecord.Snapshot(iteration: snapshot.iteration, path: path, sha256: snapshot.sha256)
            }
        }
        if let lines {
            trace = try Trace(jsonLines: lines, name: output)
        } else if let path = record.trace.flatMap({ Self.places(of: $0, beside: folder).first }) {
            let text = String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
            trace = try Trace(jsonLines: text, name: path)
        } else {
            trace = nil
        }
    }

    /// Where a file that the record names may be: beside the record, for its folder may have been moved, or where it was.
    private static func places(of path: String, beside folder: String) -> [String] {
        let beside = (folder as NSString).appendingPathComponent((path as NSString).lastPathComponent)
        return [beside, path].filter(FileManager.default.fileExists)
    }

    /// All that the run read and wrote, where it was and where it is.
    var files: [String] {
        let named =
            [record.content.path] + record.styles.map(\.sound.path) + record.snapshots.map(\.path)
            + [record.trace].compactMap { $0 }
        return [output, output + ".json"] + named.flatMap { Self.places(of: $0, beside: folder) }
    }

    /// The result.
    ///
    /// - Throws: ``Failure``, of kind `badData` when the file has changed since.
    func result() throws(Failure) -> JudgedSound { try written(output, record.sha256) }

    /// The sound of a snapshot.
    ///
    /// - Throws: as ``result()``.
    func sound(_ snapshot: RunRecord.Snapshot) throws(Failure) -> JudgedSound {
        try written(snapshot.path, snapshot.sha256)
    }

    private func written(_ path: String, _ sha256: String) throws(Failure) -> JudgedSound {
        guard try Checksum(ofFile: path).description == sha256 else { throw changed(path) }
        return try JudgedSound(path)
    }

    private func changed(_ path: String) -> Failure {
        Failure(
            .badData, "cannot use the run", at: output, why: "\(path) has changed since", remedy: "run it again")
    }

    /// The traced loss of each iteration.
    var losses: [Int: Double] {
        Dictionary(
            (trace?.points ?? []).compactMap { point in point.values["loss"].map { (point.iteration, $0) } },
            uniquingKeysWith: { $1 })
    }

    /// The part of an input that the run used.
    ///
    /// - Throws: ``Failure``, of kind `noInput` when the file is gone, `badData` when it has changed since.
    func sound(_ input: RunRecord.Input) throws(Failure) -> JudgedSound {
        let places = Self.places(of: input.path, beside: folder)
        for path in places where try Checksum(ofFile: path).description == input.sha256 {
            return try JudgedSound(path, start: input.start, duration: input.duration)
        }
        throw places.isEmpty
            ? Failure(
                .noInput, "cannot use the run", at: output, why: "\(input.path) is gone",
                remedy: "put it beside the run, or run again")
            : changed(input.path)
    }

    /// What came of it, in a few words.
    var headline: String {
        guard let result = record.results.first else { return "" }
        return "Iteration \(result.iteration), loss \(String(format: "%.4g", result.last["loss"] ?? .nan))"
    }

    /// What came of it, in a sentence or three.
    var summary: String {
        guard let result = record.results.first else { return "" }
        let (first, last) = (result.first["loss"] ?? .nan, result.last["loss"] ?? .nan)
        var text =
            "Loss \(String(format: "%.4g", first)) to \(String(format: "%.4g", last)) at iteration \(result.iteration), "
            + "in \(durationText(result.totalSeconds)) with \(AvailableMemory.text(record.peakMemory)) of memory."
        if record.results.count > 1 { text += " These are the first channel's." }
        if result.wasStopped { text += " The run was stopped: this is its best so far." }
        if let ending = result.ending { text += " It ended early: \(ending)." }
        return text
    }

    /// A file's name without folder and extension.
    static func name(_ path: String) -> String {
        ((path as NSString).lastPathComponent as NSString).deletingPathExtension
    }

    /// The command that makes it again.
    var command: String { CommandLine.command(record.arguments) }
}

extension String {
    /// As one word of a POSIX shell.
    var shellQuoted: String {
        let plain = !isEmpty && unicodeScalars.allSatisfy { "/._-+=:,@%".unicodeScalars.contains($0) || $0.isPlain }
        return plain ? self : "'" + replacingOccurrences(of: "'", with: "'\\''") + "'"
    }
}

extension Unicode.Scalar {
    fileprivate var isPlain: Bool { isASCII && (properties.isAlphabetic || properties.numericType != nil) }
}
