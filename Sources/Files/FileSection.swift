// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A contiguous section of an open file: all of it, or a part such as a member of an archive.
public struct FileSection: Sendable {
    /// The name in messages: the file's path, then the part's name after a colon.
    public let name: String
    /// The file's or the part's own name, without folders.
    public let fileName: String
    /// Its length in bytes.
    public let count: Int
    private let file: OpenedFile
    private let offset: Int

    /// Opens a whole file.
    ///
    /// - Throws: ``Failure`` of kind `noInput`.
    public init(ofFile path: String) throws(Failure) {
        (name, fileName) = (path, Self.lastPart(of: path))
        file = OpenedFile(try openForReading(path))
        var status = stat()
        fstat(file.descriptor, &status)
        count = Int(status.st_size)
        offset = 0
    }

    /// Opens a file, or takes what comes from standard input (`-`), a named pipe or another process's end of one, up to its end.
    ///
    /// - Throws: ``Failure`` of kind `noInput`, or `cannotCreate` and `inputOutput` where what comes does not fit among the temporary
    ///   files.
    public init(ofInput path: String) throws(Failure) {
        let name = path == "-" ? "standard input" : path
        let input = path == "-" ? dup(STDIN_FILENO) : open(path.cPath, O_RDONLY | O_CLOEXEC)
        defer { if input >= 0 { close(input) } }
        var status = stat()
        let isOpen = input >= 0 && fstat(input, &status) == 0
        guard isOpen, [S_IFIFO, S_IFSOCK, S_IFCHR].contains(status.st_mode & S_IFMT) || path == "-" else {
            // What cannot be read is refused there.
            try self.init(ofFile: path)
            return
        }
        if isatty(input) == 1 {
            throw Failure(
                .noInput, "cannot read", at: name, why: "it is a terminal",
                remedy: "pipe a sound into it, or give a file")
        }
        let file = OpenedFile(try unnamedFile())
        let isDevice = status.st_mode & S_IFMT == S_IFCHR
        let count = try Self.copy(input, to: file.descriptor, atMost: isDevice ? 1 << 20 : 1 << 33, name)
        self.init(name: name, fileName: name, count: count, file: file, offset: 0)
    }

    /// - Parameter most: bytes; a device such as `/dev/zero` never ends, and no sound that we read is longer than 8 GiB.
    private static func copy(
        _ input: Int32, to output: Int32, atMost most: Int, _ name: String
    ) throws(Failure) -> Int {
        var (count, buffer) = (0, [UInt8](repeating: 0, count: 1 << 16))
        while true {
            let got = Glibc.read(input, &buffer, buffer.count)
            if got == 0 { return count }
            if got < 0 {
                if errno == EINTR { continue }
                throw Failure(.inputOutput, "cannot read", at: name, why: systemError(errno))
            }
            let bytes = buffer[..<got]
            if let error = bytes.withUnsafeBytes({ writeAll($0, to: output) }) {
                throw Failure(
                    .inputOutput, "cannot keep", at: name,
                    why: "a temporary file cannot be written: \(systemError(error))",
                    remedy: "set TMPDIR to a folder with more room")
            }
            count += got
            guard count <= most else {
                throw Failure(.badData, "cannot read", at: name, why: "it does not end within \(most) bytes")
            }
        }
    }

    /// A range of the file that a parent gave as standard input.
    ///
    /// - Parameter range: must be within it, or what is read ends early.
    package init(ofStandardInput range: Range<Int>, named name: String) {
        self.init(
            name: name, fileName: name, count: range.count, file: OpenedFile(STDIN_FILENO), offset: range.lowerBound)
    }

    /// For a child process; valid as long as the section is held. Whoever moves its place moves it for all.
    public var descriptor: Int32 { file.descriptor }

    /// Where it lies in the open file.
    package var range: Range<Int> { offset..<offset + count }

    private init(name: String, fileName: String, count: Int, file: OpenedFile, offset: Int) {
        (self.name, self.fileName, self.count) = (name, fileName, count)
        (self.file, self.offset) = (file, offset)
    }

    private static func lastPart(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    /// A part of this section, which must be within it.
    public func part(_ range: Range<Int>, named name: String) -> FileSection {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "\(range) of \(count) bytes")
        return FileSection(
            name: "\(self.name): \(name)", fileName: Self.lastPart(of: name), count: range.count, file: file,
            offset: offset + range.lowerBound)
    }

    /// Reads bytes from an offset into a buffer: as many as there are, or as fit.
    ///
    /// - Returns: how many were read; fewer than the buffer holds only at the end.
    /// - Throws: ``Failure`` of kind `inputOutput`.
    public func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) throws(Failure) -> Int {
        let wanted = max(0, min(buffer.count, count - position))
        var done = 0
        while done < wanted {
            let got = pread(
                file.descriptor, buffer.baseAddress.map { $0 + done }, wanted - done, off_t(offset + position + done))
            if got < 0 {
                if errno == EINTR { continue }
                throw Failure(.inputOutput, "cannot read", at: name, why: systemError(errno))
            }
            if got == 0 { break }
            done += got
        }
        return done
    }

    /// Reads bytes: fewer than in `range` only if the file ends before it.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`.
    public func bytes(_ range: Range<Int>) throws(Failure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max(0, min(range.upperBound, count) - range.lowerBound))
        let got = try bytes.withUnsafeMutableBufferPointer { buffer throws(Failure) in
            try read(into: UnsafeMutableRawBufferPointer(buffer), at: range.lowerBound)
        }
        bytes.removeLast(bytes.count - got)
        return bytes
    }

    /// A descriptor that is closed when it is no longer used.
    private final class OpenedFile: Sendable {
        let descriptor: Int32

        init(_ descriptor: Int32) { self.descriptor = descriptor }

        deinit { close(descriptor) }
    }
}
