// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// The system calls that change what is stored. Whatever this program writes goes through them, but for what libhdf5 writes into its
/// partial file, so that a test can make any one of them fail: ``armFault(_:)``.
///
/// Each returns what the system call returns, and sets `errno`. Removals are not among them: they lose nothing where they fail.
package enum FileCalls {
    /// Opens a file for writing, with `O_CREAT`, `O_TRUNC` or `O_EXCL` as `flags` say.
    static func open(_ path: String, _ flags: Int32, mode: mode_t = 0o666) -> Int32 {
        Int32(perform("open", path) { Int(Glibc.open(path.cPath, O_WRONLY | O_CLOEXEC | flags, mode)) })
    }

    /// `mkstemp(3)`: `name` ends with `XXXXXX`, which is replaced.
    static func makeTemporary(_ name: inout [CChar]) -> Int32 {
        Int32(perform("mkstemp", "") { Int(mkstemp(&name)) })
    }

    /// Faults spare pipes and terminals, which store nothing.
    static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        func write(_ count: Int) -> Int { Glibc.write(descriptor, bytes.baseAddress, count) }
        if plan != nil, !isFile(descriptor) { return write(bytes.count) }
        return perform("write", "\(bytes.count) bytes", torn: { _ = write(bytes.count / 2) }) { write(bytes.count) }
    }

    static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int {
        func write(_ count: Int) -> Int { pwrite(descriptor, bytes.baseAddress, count, offset) }
        return perform("pwrite", "\(bytes.count) bytes", torn: { _ = write(bytes.count / 2) }) { write(bytes.count) }
    }

    /// Waits until an open file or folder is stored. Pipes, devices and some file systems have nothing to wait for: no error.
    static func sync(_ descriptor: Int32, _ name: String = "") -> Int32 {
        Int32(
            perform("fsync", name) {
                fsync(descriptor) == 0 || [EINVAL, ENOTSUP, EROFS].contains(errno) ? 0 : -1
            })
    }

    /// The same for a folder, which tells that a name in it is stored. One that may be written to but not read cannot be synced: no error.
    package static func syncFolder(_ path: String) -> Int32 {
        let folder = Glibc.open(path.cPath, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return errno == EACCES ? 0 : -1 }
        let result = sync(folder, path)
        let error = errno
        close(folder)
        errno = error
        return result
    }

    static func rename(_ path: String, to other: String) -> Int32 {
        Int32(perform("rename", other) { Int(Glibc.rename(path.cPath, other.cPath)) })
    }

    static func link(_ path: String, to other: String) -> Int32 {
        Int32(perform("link", other) { Int(Glibc.link(path.cPath, other.cPath)) })
    }

    static func makeFolder(_ path: String) -> Int32 {
        Int32(perform("mkdir", path) { Int(mkdir(path.cPath, 0o777)) })
    }

    private static func isFile(_ descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Whether the last call of ``link(_:to:)`` failed because links cannot be made there, which is no fault.
    static var hasNoLinks: Bool { [EPERM, EACCES, EMLINK, ENOTSUP, ENOSYS, EXDEV].contains(errno) }

    // MARK: Faults

    /// What becomes of one of the calls.
    private enum Fault {
        /// It does nothing and fails.
        case fails(Int32)
        /// Half of the bytes are written, then it fails as on a full disk.
        case isTorn
        /// SIGKILL ends the process: before it, when half of the bytes are written, or after it.
        case kills(Moment)

        enum Moment: String {
            case before = "kill"
            case within = "kill-torn"
            case after = "kill-after"
        }
    }

    private final class Plan: Sendable {
        /// The call's number, from 1; nil to list the calls.
        let number: Int?
        let fault: Fault
        let done = Atomic(0)

        init(_ number: Int?, _ fault: Fault) { (self.number, self.fault) = (number, fault) }
    }

    /// Set before there are threads.
    nonisolated(unsafe) private static var plan: Plan?

    private static let errors = ["EACCES": EACCES, "EDQUOT": EDQUOT, "EIO": EIO, "ENOSPC": ENOSPC, "EROFS": EROFS]

    /// Makes one of the calls fail, for tests.
    ///
    /// - Parameter text: the call's number, from 1, and what happens: `17:ENOSPC` (or another error), `17:tear`, `17:kill`, `17:kill-torn`,
    ///   `17:kill-after`; or `list` to name all calls on standard error.
    /// - Throws: ``Failure`` of kind `usage`.
    package static func armFault(_ text: String) throws(Failure) {
        if text == "list" { return plan = Plan(nil, .isTorn) }
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        let fault: Fault? =
            switch parts.last {
            case "tear": .isTorn
            case let name?: errors[name].map { .fails($0) } ?? Fault.Moment(rawValue: name).map { .kills($0) }
            case nil: nil
            }
        guard parts.count == 2, let number = Int(parts[0]), number > 0, let fault else {
            let names = ["tear", "kill", "kill-torn", "kill-after"] + errors.keys.sorted()
            throw .unusable(
                "WAVESTYLE_FAULT=\(text)", "it is for tests: NUMBER:FAULT, or list",
                remedy: "unset it, or use one of \(names.joined(separator: ", "))")
        }
        plan = Plan(number, fault)
    }

    /// Makes a call, or what the fault makes of it.
    private static func perform(
        _ name: StaticString, _ what: @autoclosure () -> String, torn: () -> Void = {}, _ call: () -> Int
    ) -> Int {
        guard let plan else { return call() }
        let number = plan.done.wrappingAdd(1, ordering: .relaxed).newValue
        guard let wanted = plan.number else {
            let line = "file call \(number): \(name) \(what())\n"
            _ = line.withCString { Glibc.write(STDERR_FILENO, $0, strlen($0)) }
            return call()
        }
        guard number == wanted else { return call() }
        switch plan.fault {
        case .fails(let error):
            errno = error
            return -1
        case .isTorn:
            torn()
            errno = ENOSPC
            return -1
        case .kills(let moment):
            if moment == .within { torn() }
            if moment == .after { _ = call() }
            kill(getpid(), SIGKILL)
            return -1
        }
    }
}
