// SPDX-License-Identifier: Apache-2.0
import Files
import Glibc

/// The two checkpoints beside an output: the last one, and the one before it in case that is damaged.
///
/// The last one is renamed before a new one comes in its place, so that at any moment one of both is there, whole.
struct CheckpointPair {
    let last: String
    let before: String

    var places: [String] { [last, before] }

    /// Those of an output, or of a folder's command.
    init(of output: String) {
        last = output + ".checkpoint"
        before = last + ".old"
    }

    /// The output of a checkpoint's path, or of the output's own.
    static func output(of path: String) -> String {
        for suffix in [".checkpoint.old", ".checkpoint"] where path.hasSuffix(suffix) {
            return String(path.dropLast(suffix.count))
        }
        return path
    }

    /// Whether the folder takes them: their names are longer than the output's.
    var canBeWritten: Bool { before.lastName.pathBytes.count <= Folder.longestName(in: before.parentFolder) }

    /// Whether there is one.
    var exists: Bool { fileExists(last) || fileExists(before) }

    /// Reads the last whole one; nil where there is none at all.
    ///
    /// - Parameter warn: told of a damaged one.
    /// - Throws: ``Failure`` of kind `badData` where none of them is whole.
    func read<Value: Decodable>(_ type: Value.Type, warn: (String) -> Void) throws(Failure) -> Value? {
        var first: Failure?
        for path in places where fileExists(path) {
            do throws(Failure) {
                let value = try CheckpointFile.read(type, from: path)
                if let first { warn("\(first.description); \(path) is used, the one before") }
                return value
            } catch {
                first = first ?? error
            }
        }
        guard let first else { return nil }
        throw Failure(
            first.kind, first.what, at: first.location, why: first.why,
            remedy: "start again with --restart, or remove it")
    }

    /// Writes one.
    ///
    /// - Parameter isFirst: whether what is there belongs to another run, and goes.
    /// - Returns: its length in bytes.
    func write(_ value: some Encodable, isFirst: Bool) throws -> Int {
        let file = try OutputFile(path: last)
        let bytes = try file.prepare { try CheckpointFile.write(value, to: $0) }
        do {
            if !isFirst { try OutputFile.move(last, to: before) }
            try file.commit()
        } catch {
            file.discard()
            throw error
        }
        if isFirst { unlink(before.cPath) }
        return bytes
    }

    /// Removes both.
    func remove() {
        for path in places { unlink(path.cPath) }
    }
}
