// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A file that is written next to its final place and renamed when complete: a reader sees the old file or the whole
/// new one, and neither a failure nor a signal (``PartialFiles``) leaves a partial file.
public struct OutputFile: Sendable {
    /// The final path, as the user named it.
    public let path: String
    /// The absolute path, links resolved: the same for two names of one file.
    public let identity: String
    private let target: String
    /// The path that is written first: in the same folder, so that the rename is atomic. The extension is kept, since some
    /// libraries look at it.
    public let partialPath: String

    /// Checks that `path` can be created, by creating and removing an empty file next to it.
    ///
    /// - Parameter inputs: files that are not to be overwritten.
    /// - Throws: ``Failure`` of kind `cannotCreate` when the folder does not exist or is not writable, or `path` exists and is not
    ///   a regular file; of kind `usage` when it is one of `inputs`.
    public init(path named: String, besides inputs: [String] = []) throws(Failure) {
        // A symbolic link's target is replaced, not the link.
        let path = Self.resolved(named) ?? named
        let (folder, name) = Self.split(path)
        func cannot(_ why: String, _ remedy: String? = nil) -> Failure {
            Failure(.cannotCreate, "cannot write", at: named, why: why, remedy: remedy)
        }
        guard !name.isEmpty, name != ".", name != ".." else {
            throw cannot("this names a folder", "give a file name")
        }
        var status = stat()
        guard stat(folder.cPath, &status) == 0 else {
            let error = errno
            throw error == ENOENT
                ? cannot("the folder '\(folder)' does not exist", "create it first")
                : cannot("the folder '\(folder)' cannot be opened: \(systemError(error))")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw cannot("'\(folder)' is not a folder") }
        if stat(path.cPath, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            throw cannot(
                "\(isFolder ? "a folder" : "something that is not a regular file") has that name", "choose another")
        }
        self.path = named
        target = path
        identity = (Self.resolved(folder) ?? folder) + "/" + name
        self.partialPath = "\(folder)/.\(getpid()).partial.\(name)"
        guard !inputs.compactMap(Self.resolved).contains(identity) else {
            throw Failure(.usage, "cannot write", at: named, why: "it is an input", remedy: "choose another name")
        }
        PartialFiles.insert(partialPath)
        defer { discard() }
        let descriptor = open(partialPath.cPath, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw cannot(systemError(errno)) }
        close(descriptor)
    }

    /// Runs `body` with the partial path, then renames the file into place; removes it when `body` throws.
    ///
    /// - Throws: what `body` throws, or ``Failure`` of kind `inputOutput` when flushing or the rename fails.
    public func write<R>(_ body: (_ partialPath: String) throws -> R) throws -> R {
        let result = try prepare(body)
        do {
            try commit()
        } catch {
            discard()
            throw error
        }
        return result
    }

    /// Runs `body` with the partial path and leaves the file there, for ``commit()`` or ``discard()``; removes it when `body`
    /// throws.
    ///
    /// - Throws: what `body` throws, the partial path in it replaced by the file's own.
    public func prepare<R>(_ body: (_ partialPath: String) throws -> R) throws -> R {
        PartialFiles.insert(partialPath)
        do {
            return try body(partialPath)
        } catch let failure as Failure where failure.location?.hasPrefix(partialPath) == true {
            discard()
            let place = path + (failure.location?.dropFirst(partialPath.count) ?? "")
            throw Failure(failure.kind, failure.what, at: place, why: failure.why, remedy: failure.remedy)
        } catch {
            discard()
            throw error
        }
    }

    /// Writes `text` as the whole file.
    public func write(text: String) throws {
        try write { partial in
            let stream = try LineWriter(path: partial)
            try stream.write(text)
            try stream.close()
        }
    }

    /// Renames a finished partial file into place.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`.
    public func commit() throws(Failure) {
        guard rename(partialPath.cPath, target.cPath) == 0 else {
            throw Failure(.inputOutput, "cannot write", at: path, why: systemError(errno))
        }
        PartialFiles.remove(partialPath)
    }

    /// Renames two finished partial files into place, both or none: if the second can't be renamed, what the first one replaced
    /// is restored, and a signal waits for both. (A process that is killed at once, by SIGKILL or with the machine, can leave one;
    /// and where a file system has no hard links, nothing is restored.)
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`.
    public static func commit(_ first: OutputFile, _ second: OutputFile) throws(Failure) {
        PartialFiles.holdSignals()
        defer { PartialFiles.releaseSignals() }
        let former = first.partialPath + ".former"
        defer { unlink(former.cPath) }
        let hadOne = fileExists(first.target)
        let isKept = hadOne && link(first.target.cPath, former.cPath) == 0
        try first.commit()
        do {
            try second.commit()
        } catch {
            if isKept { rename(former.cPath, first.target.cPath) } else if !hadOne { unlink(first.target.cPath) }
            throw error
        }
    }

    /// Removes a partial file, if there is one.
    public func discard() {
        unlink(partialPath.cPath)
        PartialFiles.remove(partialPath)
    }

    /// The absolute path of an existing file or folder, links resolved; nil where there is none.
    public static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path.cPath, nil) else { return nil }
        defer { free(resolved) }
        return String(path: UnsafeRawBufferPointer(start: resolved, count: strlen(resolved)))
    }

    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let folder = path[..<slash]
        return (folder.isEmpty ? "/" : String(folder), String(path[path.index(after: slash)...]))
    }
}

/// Writes text lines to a file, each flushed when complete; every failed write is reported.
public final class LineWriter {
    private let path: String
    private var descriptor: Int32

    /// Creates or truncates the file.
    ///
    /// - Throws: ``Failure`` of kind `cannotCreate`.
    public init(path: String) throws(Failure) {
        self.path = path
        descriptor = open(path.cPath, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Failure(.cannotCreate, "cannot write", at: path, why: systemError(errno)) }
    }

    deinit {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
    }

    /// Appends `text` as it is.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`, on a full disk for instance.
    public func write(_ text: String) throws(Failure) {
        if let error = Array(text.utf8).withUnsafeBytes({ writeAll($0, to: descriptor) }) {
            throw Failure(.inputOutput, "cannot write", at: path, why: systemError(error))
        }
    }

    /// Closes the file; a second call does nothing.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`.
    public func close() throws(Failure) {
        guard descriptor >= 0 else { return }
        defer { descriptor = -1 }
        guard Glibc.close(descriptor) == 0 else {
            throw Failure(.inputOutput, "cannot write", at: path, why: systemError(errno))
        }
    }
}

/// Writes bytes to an open file, all of them.
///
/// - Returns: the `errno` of what went wrong, or nil.
public func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32? {
    var done = 0
    while done < bytes.count {
        let count = write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
        if count >= 0 {
            done += count
        } else if errno != EINTR {
            return errno
        }
    }
    return nil
}

/// The system's description of an `errno` value, as 'No space left on device'.
public func systemError(_ code: Int32) -> String {
    String(cString: strerror(code))
}
