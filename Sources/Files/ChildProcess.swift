// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// A child process and the pipe that its standard output goes to. It is killed and reaped at the latest when this value is released.
///
/// The child has a process group of its own: Ctrl-C in a terminal reaches it only as ``send(_:)`` passes it on. What it started and left in
/// its group ends with it. Only a ``ChildTask`` keeps its child in its own group, to end with it.
public struct ChildProcess: ~Copyable {
    /// How a process ended.
    public enum Ending: Equatable, Sendable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    /// Where a child's standard error goes.
    public enum Errors: Sendable {
        /// To this process's.
        case inherited
        case discarded
        /// To an open file.
        case to(Int32)
    }

    /// The pipe's end to read from; it is closed with this value.
    public let output: Int32
    private let process: pid_t
    private var ending: Ending?

    /// Starts a program. Signals have their default dispositions. What a ``ChildTask`` starts is shielded as it is itself.
    ///
    /// - Parameters:
    ///   - arguments: the name it is called by, and what follows.
    ///   - environment: as `NAME=value`.
    ///   - input: an open file that becomes its standard input, which is empty otherwise.
    ///   - errors: where its standard error goes.
    ///   - isShielded: whether SIGHUP, SIGINT and SIGTERM are blocked in it. A scheduler sends them to all processes of a job, and what
    ///     they are to stop is this one, which ends its child when it ends itself.
    ///   - role: what it is, as 'the parser', for the error.
    /// - Throws: ``Failure`` of kind `software` when it cannot be started.
    public init(
        _ executable: String, _ arguments: [String], environment: [String], input: Int32? = nil,
        errors: Errors = .inherited,
        isShielded: Bool = false,
        as role: String
    ) throws(Failure) {
        (process, output) = try Self.starts.withLock { _ throws(Failure) in
            try Self.start(executable, arguments, environment, input, errors, isShielded, role)
        }
    }

    /// Held until a pipe's ends are closed to other children.
    private static let starts = Mutex(())

    private static func start(
        _ executable: String, _ arguments: [String], _ environment: [String], _ input: Int32?, _ errors: Errors,
        _ isShielded: Bool, _ role: String
    ) throws(Failure) -> (process: pid_t, output: Int32) {
        func cannot(_ error: Int32) -> Failure {
            Failure(.software, "cannot start \(role)", at: executable, why: systemError(error))
        }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw cannot(errno) }
        defer { close(ends[1]) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        switch errors {
        case .inherited: break
        case .discarded: posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        case .to(let file): posix_spawn_file_actions_adddup2(&actions, file, STDERR_FILENO)
        }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (all, blocked) = (sigset_t(), sigset_t())
        sigfillset(&all)
        sigemptyset(&blocked)
        if isShielded { for signal in [SIGHUP, SIGINT, SIGTERM] { sigaddset(&blocked, signal) } }
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &blocked)
        posix_spawnattr_setpgroup(&attributes, 0)
        let own = ChildTask.isRunning ? 0 : POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | own))

        var process: pid_t = 0
        let error = withStrings(arguments) { arguments in
            withStrings(environment) { environment in
                posix_spawn(&process, executable, &actions, &attributes, arguments, environment)
            }
        }
        guard error == 0 else {
            close(ends[0])
            throw cannot(error)
        }
        return (process, ends[0])
    }

    deinit {
        close(output)
        if ending == nil {
            kill(process, SIGKILL)
            _ = Self.wait(process)
        }
    }

    /// Reads its output to the end.
    ///
    /// - Parameter take: called with each line without its end, and with nil several times a second while none comes. Text after
    ///   the last line end is dropped: it may be incomplete.
    public func readLines(_ take: (String?) -> Void) {
        var (rest, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 4_096))
        while true {
            var wait = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, 200) > 0 else {
                take(nil)
                continue
            }
            let count = read(output, &buffer, buffer.count)
            guard count > 0 else {
                if count < 0, errno == EINTR { continue }
                return
            }
            rest += buffer[..<count]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                take(String(decoding: rest[..<end], as: UTF8.self))
                rest.removeSubrange(...end)
            }
        }
    }

    /// Sends it a signal. One that has ended is not disturbed: it is not reaped before ``wait()``.
    public func send(_ signal: Int32) {
        if ending == nil { kill(process, signal) }
    }

    /// Limits what it may use from now on.
    public func limit(_ limits: [ResourceLimit]) {
        for limit in limits { _ = limit.set(of: process) }
    }

    /// Waits for its end.
    public mutating func wait() -> Ending {
        let ending = ending ?? Self.wait(process)
        self.ending = ending
        return ending
    }

    private static func wait(_ process: pid_t) -> Ending {
        var (status, ended) = (Int32(0), siginfo_t())
        while waitid(P_PID, id_t(process), &ended, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        // Before it is reaped: its number is nobody else's yet.
        if !ChildTask.isRunning { kill(-process, SIGKILL) }
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { return .exited(-1) }
        }
        let signal = status & 0x7F
        return signal == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal: signal)
    }

    /// Calls `body` with a C array of C strings, NULL at its end.
    private static func withStrings(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Int32
    ) -> Int32 {
        let copies = strings.map { strdup($0.cPath) }
        defer { copies.forEach { free($0) } }
        return body(copies + [nil])
    }
}
