// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Whether something of this name is there, links followed.
public func fileExists(_ path: String) -> Bool { access(path.cPath, F_OK) == 0 }

/// Whether something can be read only once: standard input (`-`), a named pipe, another process's output.
public func isPipe(_ path: String) -> Bool {
    var status = stat()
    return path == "-"
        || stat(path.cPath, &status) == 0 && [S_IFIFO, S_IFSOCK, S_IFCHR].contains(status.st_mode & S_IFMT)
}

/// All bytes of a file, a pipe among them; nil where it cannot be read.
public func contents(ofFile path: String) -> [UInt8]? {
    let descriptor = open(path.cPath, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count > 0 {
            bytes += buffer[..<count]
        } else if count == 0 || errno != EINTR {
            return count == 0 ? bytes : nil
        }
    }
}

/// The same of a file that something needs.
///
/// - Parameter what: what cannot be done without it, as 'cannot read the notes'.
/// - Throws: ``Failure`` of kind `noInput`, with the system's reason.
public func contents(ofFile path: String, or what: String, remedy: String? = nil) throws(Failure) -> [UInt8] {
    guard let bytes = contents(ofFile: path) else {
        throw Failure(.noInput, what, at: path, why: systemError(errno), remedy: remedy)
    }
    return bytes
}

/// Folders, by their paths.
public enum Folder {
    /// The names of all that is in it, in no order; nil where it cannot be listed.
    public static func names(in path: String) -> [String]? {
        guard let folder = opendir(path.cPath) else { return nil }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(path: $0.prefix { $0 != 0 }) }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Makes it, and those above it, where they are not there, and waits until they are stored.
    ///
    /// - Throws: ``Failure`` of kind `cannotCreate`, or `inputOutput`.
    public static func make(_ path: String) throws(Failure) {
        guard !path.isEmpty, !exists(path) else { return }
        try make(path.parentFolder)
        func cannot(_ kind: Failure.Kind) -> Failure {
            Failure(kind, "cannot create the folder", at: path, why: systemError(errno))
        }
        guard FileCalls.makeFolder(path) == 0 || errno == EEXIST else { throw cannot(.cannotCreate) }
        guard FileCalls.syncFolder(path.parentFolder) == 0 else { throw cannot(.inputOutput) }
        guard exists(path) else {
            throw Failure(.cannotCreate, "cannot create the folder", at: path, why: "a file has that name")
        }
    }

    /// Bytes that a name in it may have.
    public static func longestName(in path: String) -> Int {
        let longest = pathconf(path.cPath, Int32(_PC_NAME_MAX))
        return longest < 0 ? .max : longest
    }

    /// Free bytes on its file system; nil if unknown.
    public static func room(in path: String) -> Int? {
        var space = statvfs()
        guard statvfs(path.cPath, &space) == 0 else { return nil }
        let (bytes, overflows) = Int(clamping: space.f_bavail).multipliedReportingOverflow(
            by: Int(clamping: space.f_frsize))
        return overflows ? .max : bytes
    }

    /// Whether it is there, and a folder.
    public static func exists(_ path: String) -> Bool {
        var status = stat()
        return stat(path.cPath, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
