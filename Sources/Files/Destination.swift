// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Where an output's name leads.
struct Destination: Sendable {
    /// The name, as it was given.
    private let named: String
    /// The same with its links followed, also one whose target does not exist yet: it is created, and the link stays.
    let path: String
    /// The folder that it is in.
    let folder: String
    /// The bytes of the absolute path.
    let identity: [UInt8]
    /// Whether bytes are handed on rather than stored: a pipe, a device, an open file that has a number.
    let isStream: Bool
    /// The number of the open file that the name stands for.
    let descriptor: Int32?
    /// The file that is there.
    let former: stat?

    /// - Throws: ``Failure`` of kind `cannotCreate`.
    init(_ named: String) throws(Failure) {
        self.named = named
        if Self.isStream(named) {
            (path, folder, isStream, former) = (named, "", true, nil)
            identity = OutputFile.identity(of: named) ?? named.pathBytes
            descriptor = Self.descriptor(named)
            let mode = descriptor.map { fcntl($0, F_GETFL) & O_ACCMODE }
            guard mode != O_RDONLY else {
                throw Self.cannot(named, "it is closed, or open for reading only", nil)
            }
            guard mode != nil || Self.isWritable(named) else { throw Self.cannot(named, systemError(errno), nil) }
            return
        }
        (isStream, descriptor) = (false, nil)
        path = try Self.followed(named)
        let name = path.lastName
        folder = path.parentFolder
        guard !["", ".", ".."].contains(name) else {
            throw Self.cannot(named, "this names a folder", "give a file name")
        }
        var status = stat()
        guard stat(folder.cPath, &status) == 0 else {
            throw errno == ENOENT
                ? Self.cannot(named, "the folder '\(folder)' does not exist", "create it first")
                : Self.cannot(named, "the folder '\(folder)' cannot be opened: \(systemError(errno))", nil)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw Self.cannot(named, "'\(folder)' is not a folder", nil)
        }
        let (longest, length) = (Folder.longestName(in: folder), name.pathBytes.count)
        guard length <= longest else {
            throw Self.cannot(
                named, "its name has \(length) bytes, and its folder allows \(longest)", "choose a shorter name")
        }
        identity = (OutputFile.identity(of: folder) ?? folder.pathBytes) + [UInt8(ascii: "/")] + name.pathBytes
        guard stat(path.cPath, &status) == 0 else {
            former = nil
            return
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            throw Self.cannot(
                named, "\(isFolder ? "a folder" : "something that is not a file") has that name", "choose another")
        }
        guard Self.isWritable(path) else {
            throw Self.cannot(named, "the file is write-protected: \(systemError(errno))", "choose another name")
        }
        former = status
    }

    /// Whether a file can be created in the folder, by doing so and removing it; false where a file that is there can be
    /// overwritten all the same.
    ///
    /// - Throws: ``Failure`` of kind `cannotCreate`.
    func canCreate(_ partial: String) throws(Failure) -> Bool {
        PartialFiles.insert(partial)
        defer { PartialFiles.remove(partial) }
        let file = FileCalls.open(partial, O_CREAT | O_EXCL, mode: 0o600)
        if file >= 0 {
            close(file)
            unlink(partial.cPath)
            return true
        }
        guard former != nil, [EACCES, EPERM, EROFS].contains(errno) else {
            throw Self.cannot(named, "the folder '\(folder)' cannot be written to: \(systemError(errno))", nil)
        }
        return false
    }

    /// Opens what is there, to overwrite it: a named pipe waits for its reader.
    ///
    /// - Returns: -1 where `errno` says why not.
    func open() -> Int32 {
        if let descriptor { return fcntl(descriptor, F_DUPFD_CLOEXEC, 0) }
        while true {
            let output = FileCalls.open(path, O_TRUNC)
            if output >= 0 || errno != EINTR { return output }
        }
    }

    private static func cannot(_ named: String, _ why: String, _ remedy: String?) -> Failure {
        Failure(.cannotCreate, "cannot write", at: named, why: why, remedy: remedy)
    }

    private static func isWritable(_ path: String) -> Bool { faccessat(AT_FDCWD, path.cPath, W_OK, AT_EACCESS) == 0 }

    /// Whether a name stands for a stream that exists.
    static func isStream(_ named: String) -> Bool {
        var status = stat()
        guard stat(named.cPath, &status) == 0 else { return false }
        return [S_IFIFO, S_IFCHR].contains(status.st_mode & S_IFMT) || descriptor(named) != nil
    }

    /// `/dev/stdout` and the like: the same open file, not another one of the same name, so that `>> file` appends.
    static func descriptor(_ named: String) -> Int32? {
        switch named {
        case "/dev/stdout": return STDOUT_FILENO
        case "/dev/stderr": return STDERR_FILENO
        default:
            guard let folder = ["/dev/fd/", "/proc/self/fd/"].first(where: named.hasPrefix) else { return nil }
            return Int32(named.dropFirst(folder.count))
        }
    }

    /// The last target of a chain of links, whether it exists or not.
    private static func followed(_ named: String) throws(Failure) -> String {
        if let path = OutputFile.resolved(named) { return path }
        var path = named
        // As many as Linux follows.
        for _ in 0...40 {
            var target = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = readlink(path.cPath, &target, target.count)
            guard count > 0 else { return path }
            let next = String(path: target[..<count].map(UInt8.init(bitPattern:)))
            path = next.hasPrefix("/") ? next : "\(path.parentFolder)/\(next)"
        }
        throw cannot(named, systemError(ELOOP), nil)
    }
}
