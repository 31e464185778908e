// SPDX-License-Identifier: Apache-2.0
import Files
import Glibc
import FoundationEssentials

/// The files of one checkpoint, in a folder or in an archive: `PREFIX.index`, and one or more `PREFIX.data-00000-of-00001`.
public struct CheckpointFiles {
    /// The name in messages: the prefix, after the archive's path if it is in one.
    public let name: String
    private let place: Place
    private let prefix: PathBytes

    private enum Place {
        case folder
        case archive(TarArchive)
    }

    /// Finds a checkpoint at a user's path.
    ///
    /// - Parameters:
    ///   - path: the prefix, as TensorFlow calls it, or one of the checkpoint's files; a folder (also a SavedModel's) with one
    ///     checkpoint, or with a file `checkpoint` that names the latest; or a tar archive of such a folder.
    ///   - choice: selects one of several in a folder or an archive: its prefix, with or without the folder.
    ///   - isArchive: whether `path` must be an archive, even if it does not look like one.
    /// - Throws: ``Files/Failure`` of kind `noInput` when there is none, `badData` when an archive is damaged or the file
    ///   is of another kind, which is named, `usage` when a choice is needed.
    public init(at path: String, choice: String? = nil, isArchive: Bool = false) throws(Failure) {
        let kind = Self.kind(path)
        if kind == .folder {
            guard !isArchive else {
                throw Failure(.usage, "cannot use", at: "--tar", why: "'\(path)' is a folder")
            }
            try self.init(folder: path, choice: choice)
            return
        }
        if kind == .file {
            let file = try FileSection(ofFile: path)
            let looksLikeArchive = try TarArchive.isArchive(file)
            if isArchive || looksLikeArchive || path.hasSuffix(".tar") {
                try self.init(archive: TarArchive(file), choice: choice)
                return
            }
            if path.lastPathPart == Self.stateName {
                try self.init(folder: Self.folder(of: path), choice: choice)
                return
            }
        }
        if let choice {
            throw Failure(
                .usage, "cannot use", at: "--prefix \(choice)", why: "'\(path)' is neither a folder nor a tar archive")
        }
        let prefix = Self.prefix(path)
        guard Self.kind("\(prefix).index") == .file else { throw try Self.explain(path, prefix, kind) }
        self.init(name: prefix, place: .folder, prefix: PathBytes(prefix.utf8))
    }

    /// The prefix without folders.
    var prefixName: String { prefix.lastPathPart.text }

    /// The index.
    ///
    /// - Throws: ``Files/Failure`` of kind `noInput`.
    public func index() throws(Failure) -> FileSection {
        try section(".index")
    }

    /// One of the files with values.
    ///
    /// - Throws: ``Files/Failure`` of kind `noInput`.
    public func shard(_ number: Int, of count: Int) throws(Failure) -> FileSection {
        try section(Self.ending(shard: number, of: count))
    }

    /// One of the files with values, by its name without folders; nil if there is none of this name.
    func shard(named name: String, of count: Int) -> FileSection? {
        let number = (0..<count).first { prefixName + Self.ending(shard: $0, of: count) == name }
        return number.flatMap { try? shard($0, of: count) }
    }

    /// The path of the archive; in a folder, those of the index, of `shards` files with values, and of the list of its checkpoints.
    func paths(shards: Int) -> [String] {
        switch place {
        case .archive(let archive): return [archive.file.name]
        case .folder:
            let endings = [".index"] + (0..<shards).map { Self.ending(shard: $0, of: shards) }
            return endings.map { prefix.text + $0 } + ["\(Self.folder(of: prefix.text))/\(Self.stateName)"]
        }
    }

    private static func ending(shard number: Int, of count: Int) -> String {
        func padded(_ number: Int) -> String {
            String(repeating: "0", count: max(0, 5 - "\(number)".count)) + "\(number)"
        }
        return ".data-\(padded(number))-of-\(padded(count))"
    }

    private init(name: String, place: Place, prefix: PathBytes) {
        (self.name, self.place, self.prefix) = (name, place, prefix)
    }

    private init(folder: String, choice: String?) throws(Failure) {
        // A SavedModel keeps its checkpoint one folder below.
        let inner = "\(folder)/variables"
        let place = Self.kind("\(inner)/variables.index") == .file ? inner : folder
        guard let names = Folder.names(in: place)?.sorted() else {
            throw Failure(.noInput, "cannot read the folder", at: place, why: "it cannot be listed")
        }
        let state = "\(place)/\(Self.stateName)"
        let latest = (try? FileSection(ofFile: state)).flatMap(Self.latest)
        let prefix = try Self.choose(from: names.map { PathBytes($0.utf8) }, in: folder, latest: latest, choice)
        let path = "\(place)/\(prefix.text)"
        self.init(name: path, place: .folder, prefix: PathBytes(path.utf8))
    }

    private init(archive: TarArchive, choice: String?) throws(Failure) {
        let names = archive.names
        let state = names.first { $0.lastPathPart.elementsEqual(Self.stateName.utf8) }
        let latest = state.flatMap(archive.section).flatMap(Self.latest)
        let prefix = try Self.choose(from: names, in: archive.file.name, latest: latest, choice)
        self.init(name: "\(archive.file.name): \(prefix.text)", place: .archive(archive), prefix: prefix)
    }

    private func section(_ ending: String) throws(Failure) -> FileSection {
        switch place {
        case .folder: return try FileSection(ofFile: prefix.text + ending)
        case .archive(let archive):
            let name = prefix + ending.utf8
            if let section = archive.section(named: name) { return section }
            let place = "\(archive.file.name): \(name.text)"
            guard archive.hasLink(named: name) else {
                throw Failure(.noInput, "cannot read", at: place, why: "there is no such file in the archive")
            }
            throw Failure(
                .badData, "cannot read", at: place, why: "it is a link in the archive, which is not followed",
                remedy: "unpack it first")
        }
    }

    /// The prefix of the chosen checkpoint among files.
    private static func choose(
        from names: [PathBytes], in place: String, latest: PathBytes?, _ choice: String?
    ) throws(Failure) -> PathBytes {
        // macOS's tar adds a file ._NAME for each.
        let prefixes = Set(
            names.filter { $0.hasSuffix(".index") && !$0.lastPathPart.starts(with: "._".utf8) }
                .map { PathBytes($0.dropLast(".index".utf8.count)) }
        ).sorted { $0.lexicographicallyPrecedes($1) }
        func cannot(_ kind: Failure.Kind, _ why: String, _ remedy: String? = nil) -> Failure {
            Failure(kind, "cannot find a checkpoint", at: place, why: why, remedy: remedy)
        }
        guard let first = prefixes.first else {
            throw cannot(.noInput, "nothing in it ends in .index", "a checkpoint is an .index file and its .data files")
        }
        let shown = prefixes.prefix(5).map(\.text).joined(separator: ", ") + (prefixes.count > 5 ? ", ..." : "")
        if let choice {
            let wanted = PathBytes(prefix(choice).utf8)
            let chosen = prefixes.filter { $0 == wanted || $0.lastPathPart == wanted }
            guard chosen.count == 1 else {
                throw cannot(
                    .noInput,
                    "\(chosen.isEmpty ? "no" : "more than one") checkpoint in it is '\(choice)': it has \(shown)")
            }
            return chosen[0]
        }
        if prefixes.count == 1 { return first }
        let named = prefixes.filter { $0.lastPathPart == latest }
        guard named.count == 1 else { throw cannot(.usage, "it has several: \(shown)", "choose one with --prefix") }
        return named[0]
    }

    /// The file that lists a folder's checkpoints.
    private static let stateName = "checkpoint"

    /// The last part of the prefix that a folder's `checkpoint` calls the latest: wherever the folder is today.
    private static func latest(_ state: FileSection) -> PathBytes? {
        guard let text = try? state.bytes(0..<(1 << 20)),
            let state = try? Tensorflow_CheckpointState(textFormatString: String(decoding: text, as: UTF8.self))
        else { return nil }
        return PathBytes(state.modelCheckpointPath.lastPathPart.utf8)
    }

    /// A path without the suffix of one of a checkpoint's files.
    private static func prefix(_ path: String) -> String {
        for ending in [".index", ".meta"] where path.hasSuffix(ending) { return String(path.dropLast(ending.count)) }
        guard let dot = path.lastIndex(of: "."), path[dot...].hasPrefix(".data-") else { return path }
        let parts = path[dot...].dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        let isShard = parts.count == 3 && parts[1] == "of" && [parts[0], parts[2]].allSatisfy { Int($0) != nil }
        return isShard ? String(path[..<dot]) : path
    }

    /// Why a path leads to no checkpoint.
    private static func explain(_ path: String, _ prefix: String, _ kind: Kind) throws(Failure) -> Failure {
        func cannot(_ kind: Failure.Kind, _ why: String, _ remedy: String) -> Failure {
            Failure(kind, "cannot read the checkpoint", at: path, why: why, remedy: remedy)
        }
        let wanted = "give a checkpoint's .index file, its folder, or a .tar of it"
        guard kind == .file, path == prefix else {
            return cannot(.noInput, "there is no '\(prefix).index'", wanted)
        }
        let file = try FileSection(ofFile: path)
        let start = try file.bytes(0..<8)
        let end = try file.bytes(max(0, file.count - 8)..<file.count)
        if start.starts(with: [0x1F, 0x8B]) {
            return cannot(.badData, "it is compressed by gzip", "unpack it first: gunzip --keep '\(path)'")
        }
        if start == [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A] {
            return cannot(.badData, "it is an HDF5 file, which needs no import", "use it with --weights")
        }
        var magic = ByteCursor(end[...])
        if magic.fixed64() == SortedTable.magic {
            return cannot(
                .badData, "it is a checkpoint in TensorFlow's first format, from before 2016",
                "save it again with a later TensorFlow")
        }
        return cannot(.badData, "it is not a checkpoint, and there is no '\(prefix).index'", wanted)
    }

    private enum Kind {
        case file, folder, other
    }

    private static func kind(_ path: String) -> Kind {
        var status = stat()
        guard stat(path.cPath, &status) == 0 else { return .other }
        return switch status.st_mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .folder
        default: .other
        }
    }

    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }
}
