// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A file that is written next to its final place, synced, and renamed when complete: a reader sees the old file or the whole
/// new one, also after a power cut, and neither a failure nor a signal (``PartialFiles``) leaves a partial file. An existing file keeps
/// its mode, and its owner where the system permits that.
///
/// Two kinds of places are written from a complete copy elsewhere instead: a writable file in a folder that is not
/// (not atomic: a full disk leaves a part of it), and a stream: a named pipe, `/dev/stdout`, `/dev/null`.
public struct OutputFile: Sendable {
    /// The final path, as the user named it.
    public let path: String
    /// The bytes of the absolute path, links resolved: the same for two names of one file.
    public let identity: [UInt8]
    /// The path that is written first: in the same folder, so that the rename is atomic, or a scratch file's.
    public let partialPath: String
    /// Whether it is a stream, which nothing can lie next to, and which can't be read again.
    public var isStream: Bool { destination.isStream }

    /// Whether it is a file that is overwritten in a folder which takes no other.
    public var isInPlace: Bool { scratch != nil && !isStream }

    private let destination: Destination
    /// What is copied in the end, where nothing can be renamed.
    private let scratch: ScratchFile?
    private let replaces: Bool

    /// Checks that `path` can be written: where it is a file by creating and removing an empty one next to it.
    ///
    /// - Parameters:
    ///   - inputs: files that are not to be overwritten.
    ///   - replaces: false to refuse a file that exists.
    /// - Throws: ``Failure`` of kind `cannotCreate` when the folder does not exist or is not writable, or `path` exists and
    ///   is a folder, write-protected, or not to be replaced; of kind `usage` when it is one of `inputs`.
    public init(path: String, besides inputs: [String] = [], replaces: Bool = true) throws(Failure) {
        let destination = try Destination(path)
        (self.path, self.destination, self.replaces) = (path, destination, replaces)
        identity = destination.identity
        guard !inputs.compactMap(Self.identity(of:)).contains(identity) else {
            throw Failure(.usage, "cannot write", at: path, why: "it is an input", remedy: "choose another name")
        }
        guard replaces || destination.former == nil else { throw Self.isThere(path) }
        let partial = "\(destination.folder)/.wavestyle-\(String(UInt64.random(in: 0...(.max)), radix: 36)).partial"
        let isRenamed = destination.isStream ? false : try destination.canCreate(partial)
        scratch = isRenamed ? nil : try ScratchFile()
        partialPath = scratch?.path ?? partial
    }

    /// Runs `body` with the partial path, then brings the file into place; removes it when `body` throws.
    ///
    /// - Throws: what `body` throws, or ``Failure`` of kind `inputOutput` when syncing or the rename fails.
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
        if scratch == nil {
            PartialFiles.insert(partialPath)
            // Nobody else sees what will replace a private file.
            if destination.former != nil { try createPrivately() }
        }
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
    ///
    /// - Throws: as ``write(bytes:)``.
    public func write(text: String) throws { try write(bytes: Array(text.utf8)) }

    /// Writes `bytes` as the whole file.
    ///
    /// - Throws: ``Failure`` of kind `cannotCreate` or `inputOutput`, on a full disk for instance.
    public func write(bytes: [UInt8]) throws {
        try write { partial in
            let file = try LineWriter(path: partial)
            try file.write(bytes: bytes)
            try file.close()
        }
    }

    private func createPrivately() throws(Failure) {
        let file = FileCalls.open(partialPath, O_CREAT, mode: 0o600)
        guard file >= 0 else {
            let failure = broken(errno, .cannotCreate)
            discard()
            throw failure
        }
        close(file)
    }

    /// Brings a finished partial file into place, and waits until it is stored there. What is open stays open: more may be written to it.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`, or `cannotCreate` where a file has come there that may not be replaced.
    public func commit() throws(Failure) {
        try sync()
        try place()
        try syncFolder()
    }

    /// Gives the partial file its mode and owner, and waits until its bytes are stored.
    private func sync() throws(Failure) {
        guard scratch == nil else { return }
        let file = open(partialPath.cPath, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw broken(errno) }
        defer { close(file) }
        if let former = destination.former {
            // The group may be permitted where the owner is not.
            if fchown(file, former.st_uid, former.st_gid) != 0 { _ = fchown(file, .max, former.st_gid) }
            fchmod(file, former.st_mode & 0o777)
        }
        guard FileCalls.sync(file, path) == 0 else { throw broken(errno) }
    }

    private func place() throws(Failure) {
        if scratch != nil { return try copy() }
        // A link is not made where something is there; some file systems have none.
        if !replaces {
            if FileCalls.link(partialPath, to: destination.path) == 0 { return discard() }
            guard errno != EEXIST else { throw Self.isThere(path) }
            guard FileCalls.hasNoLinks else { throw broken(errno) }
        }
        if FileCalls.rename(partialPath, to: destination.path) == 0 { return PartialFiles.remove(partialPath) }
        // A file in a folder where others' can't be replaced (sticky), or on which another one is mounted.
        let error = errno
        guard [EACCES, EBUSY, EPERM].contains(error), destination.former != nil else { throw broken(error) }
        try copy()
        discard()
    }

    /// Waits until the name is stored, too.
    private func syncFolder() throws(Failure) {
        guard scratch == nil, FileCalls.syncFolder(destination.folder) != 0 else { return }
        throw broken(errno)
    }

    private func broken(_ error: Int32, _ kind: Failure.Kind = .inputOutput) -> Failure {
        let place = destination.descriptor == STDOUT_FILENO ? "standard output" : path
        return Failure(kind, "cannot write", at: place, why: systemError(error))
    }

    /// Copies the partial file into what is there.
    private func copy() throws(Failure) {
        let output = destination.open()
        guard output >= 0 else { throw broken(errno) }
        defer { close(output) }
        let input = open(partialPath.cPath, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw broken(errno) }
        defer { close(input) }
        if let error = copyAll(of: input, to: output) { throw broken(error) }
        guard FileCalls.sync(output, path) == 0 else { throw broken(errno) }
    }

    /// Brings two finished partial files into place, both or none: if the second can't be renamed, what the first one replaced
    /// is restored, and a signal waits for both. (A process that is killed between the two renames, by SIGKILL or with the machine,
    /// leaves one; and where a file system has no hard links, or a file is copied, nothing is restored.)
    ///
    /// - Throws: as ``commit()``.
    public static func commit(_ first: OutputFile, _ second: OutputFile) throws(Failure) {
        PartialFiles.holdSignals()
        defer { PartialFiles.releaseSignals() }
        try first.sync()
        try second.sync()
        let (target, former) = (first.destination.path, first.partialPath + ".former")
        defer { unlink(former.cPath) }
        let hadOne = fileExists(target)
        let isKept = hadOne && FileCalls.link(target, to: former) == 0
        guard !hadOne || isKept || FileCalls.hasNoLinks else { throw first.broken(errno) }
        try first.place()
        do {
            try second.place()
        } catch {
            if isKept { _ = FileCalls.rename(former, to: target) } else if !hadOne { unlink(target.cPath) }
            throw error
        }
        try first.syncFolder()
        if second.destination.folder != first.destination.folder { try second.syncFolder() }
    }

    /// Whether a name is that of a partial file: what a process that was killed has left.
    package static func isPartial(_ name: String) -> Bool {
        name.hasPrefix(".wavestyle-") && name.hasSuffix(".partial")
    }

    /// Gives a finished file another name, where it is there.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`.
    public static func move(_ path: String, to other: String) throws(Failure) {
        guard FileCalls.rename(path, to: other) != 0, errno != ENOENT else { return }
        throw Failure(.inputOutput, "cannot rename", at: path, why: systemError(errno))
    }

    /// Begins a file whose lines appear as they are written: the first ones take the place of what is there.
    ///
    /// - Throws: ``Failure`` of kind `cannotCreate` or `inputOutput`.
    public func lines(_ first: String) throws -> LineWriter {
        guard scratch == nil else {
            let output = destination.open()
            guard output >= 0 else { throw Failure(.cannotCreate, "cannot write", at: path, why: systemError(errno)) }
            let writer = LineWriter(descriptor: output, as: path)
            try writer.write(first)
            return writer
        }
        let writer = try prepare { partial in
            let writer = try LineWriter(path: partial, as: path)
            try writer.write(first)
            return writer
        }
        do {
            try commit()
        } catch {
            discard()
            throw error
        }
        return writer
    }

    /// Removes a partial file, if there is one.
    public func discard() {
        guard scratch == nil else { return }
        unlink(partialPath.cPath)
        PartialFiles.remove(partialPath)
    }

    /// The absolute path of an existing file or folder, links resolved; nil where there is none.
    public static func resolved(_ path: String) -> String? { identity(of: path).map { String(path: $0) } }

    /// Its bytes: two names that only look the same are two files.
    public static func identity(of path: String) -> [UInt8]? {
        guard let resolved = realpath(path.cPath, nil) else { return nil }
        defer { free(resolved) }
        return Array(UnsafeRawBufferPointer(start: resolved, count: strlen(resolved)))
    }

    /// Whether the path leads to a pipe, a device or an open file with a number.
    public static func isStream(_ path: String) -> Bool { Destination.isStream(path) }

    /// Whether it names standard output, as `/dev/stdout` does.
    public static func isStandardOutput(_ path: String) -> Bool { Destination.descriptor(path) == STDOUT_FILENO }

    /// The refusal of a file that exists.
    static func isThere(_ path: String) -> Failure {
        Failure(
            .cannotCreate, "cannot write", at: path, why: "it exists, and --no-clobber keeps what exists",
            remedy: "choose another name")
    }
}

/// Writes to a file, each text at once; every failed write is reported.
public final class LineWriter {
    private let name: String
    private var descriptor: Int32

    /// Creates or truncates the file.
    ///
    /// - Parameter name: for errors, where it is not `path`: what the file will be called.
    /// - Throws: ``Failure`` of kind `cannotCreate`.
    public init(path: String, as name: String? = nil) throws(Failure) {
        self.name = name ?? path
        descriptor = FileCalls.open(path, O_CREAT | O_TRUNC)
        guard descriptor >= 0 else { throw failure(errno, .cannotCreate) }
    }

    /// Appends to a file, which is created where there is none: several processes may, each text at once.
    ///
    /// - Throws: ``Failure`` of kind `cannotCreate`.
    public init(appendingTo path: String) throws(Failure) {
        name = path
        descriptor = FileCalls.open(path, O_CREAT | O_APPEND)
        guard descriptor >= 0 else { throw failure(errno, .cannotCreate) }
    }

    /// Takes an open file.
    init(descriptor: Int32, as name: String) { (self.descriptor, self.name) = (descriptor, name) }

    deinit {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
    }

    /// Appends `text` as it is.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`, on a full disk for instance.
    public func write(_ text: String) throws(Failure) { try write(bytes: Array(text.utf8)) }

    /// Appends bytes.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`.
    public func write(bytes: [UInt8]) throws(Failure) {
        if let error = bytes.withUnsafeBytes({ writeAll($0, to: descriptor) }) { throw failure(error) }
    }

    /// The same from memory.
    func write(bytes: UnsafeRawBufferPointer) throws(Failure) {
        if let error = writeAll(bytes, to: descriptor) { throw failure(error) }
    }

    /// Appends what follows in an open file.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`.
    package func copy(of input: Int32) throws(Failure) {
        if let error = copyAll(of: input, to: descriptor) { throw failure(error) }
    }

    /// Waits until all that was written is stored.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`.
    public func sync() throws(Failure) {
        guard FileCalls.sync(descriptor, name) == 0 else { throw failure(errno) }
    }

    /// Closes the file; a second call does nothing.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`.
    public func close() throws(Failure) {
        guard descriptor >= 0 else { return }
        defer { descriptor = -1 }
        guard Glibc.close(descriptor) == 0 else { throw failure(errno) }
    }

    private func failure(_ error: Int32, _ kind: Failure.Kind = .inputOutput) -> Failure {
        Failure(kind, "cannot write", at: name, why: systemError(error))
    }
}

/// Writes bytes to an open file, all of them.
///
/// - Returns: the `errno` of what went wrong, or nil.
public func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32? {
    var done = 0
    while done < bytes.count {
        let count = FileCalls.write(descriptor, UnsafeRawBufferPointer(rebasing: bytes[done...]))
        if count >= 0 {
            done += count
        } else if errno == EAGAIN {
            // The other end of a pipe may have made it non-blocking.
            var writable = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&writable, 1, -1)
        } else if errno != EINTR {
            return errno
        }
    }
    return nil
}

/// Copies what follows in an open file to another one.
///
/// - Returns: the `errno` of what went wrong, or nil.
private func copyAll(of input: Int32, to output: Int32) -> Int32? {
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    while true {
        let count = read(input, &buffer, buffer.count)
        if count < 0, errno == EINTR { continue }
        if count < 0 { return errno }
        if count == 0 { return nil }
        let error = buffer.withUnsafeBytes { writeAll(UnsafeRawBufferPointer(rebasing: $0[..<count]), to: output) }
        if let error { return error }
    }
}

/// The system's description of an `errno` value, as 'No space left on device'.
public func systemError(_ code: Int32) -> String {
    String(cString: strerror(code))
}
