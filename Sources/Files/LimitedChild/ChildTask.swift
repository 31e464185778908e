// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc
import Synchronization

/// Reading a file that is not trusted, in a child: this program started again, with limits of memory, time and files.
///
/// A program names all that its children do at the start of its main, by ``runIfAsked(_:)``. `LimitedChild` is the parent's side.
public struct ChildTask: Sendable {
    /// What a child may use.
    public struct Limits: Sendable {
        /// Bytes that it may map beyond those mapped at its start.
        public var memory: Int
        /// Of processor time.
        public var seconds: Int
        /// Bytes of a file that it writes.
        public var fileBytes: Int
        public var openFiles: Int

        public init(memory: Int, seconds: Int, fileBytes: Int = 0, openFiles: Int = 16) {
            (self.memory, self.seconds) = (memory, seconds)
            (self.fileBytes, self.openFiles) = (fileBytes, openFiles)
        }
    }

    /// The child's first argument.
    let name: String
    private let limits: @Sendable (_ arguments: [String]) -> Limits
    private let body: @Sendable (_ arguments: [String], _ answer: ChildAnswer) throws(Failure) -> Void

    /// - Parameters:
    ///   - limits: by the arguments after the name.
    ///   - body: reads, and tells what it has read. What it throws, the parent is told.
    public init(
        _ name: String, limits: @escaping @Sendable (_ arguments: [String]) -> Limits,
        body: @escaping @Sendable (_ arguments: [String], _ answer: ChildAnswer) throws(Failure) -> Void
    ) {
        (self.name, self.limits, self.body) = (name, limits, body)
    }

    /// Marks a child in its environment, with its parent's process, so that a program that misses ``runIfAsked(_:)`` can't multiply.
    static let mark = "WAVESTYLE_CHILD_OF"
    private static let known = Mutex<Set<String>>([])

    /// Does a task and ends the process if the program was started as a child; otherwise only notes what its children can do.
    public static func runIfAsked(_ tasks: [ChildTask]) {
        let arguments = CommandLine.pathArguments
        guard let parent = getenv(mark), let task = tasks.first(where: { $0.name == arguments.first }) else {
            known.withLock { $0.formUnion(tasks.map(\.name)) }
            return
        }
        _exit(task.run(Array(arguments.dropFirst()), parent: pid_t(strtol(parent, nil, 10))))
    }

    /// Whether children of this program do a task.
    package static func isKnown(_ name: String) -> Bool { known.withLock { $0.contains(name) } }

    /// Whether this process is such a child.
    public static var isRunning: Bool { getenv(mark) != nil }

    /// - Returns: the exit code: 0 if everything has been sent to the parent.
    private func run(_ arguments: [String], parent: pid_t) -> Int32 {
        Self.endWith(parent)
        // libhdf5 opens files without O_CLOEXEC: the child closes the parent's.
        for descriptor in 3..<Int32(1024) { close(descriptor) }
        guard Self.set(limits(arguments)) else { return Failure.Kind.software.exitCode }
        let answer = ChildAnswer()
        answer.tell(ChildAnswer.magic)
        do throws(Failure) { try body(arguments, answer) } catch { answer.tell(error) }
        return 0
    }

    /// Ends this process and all of its group when its parent ends, however that does. By SIGUSR1: SIGTERM is blocked.
    private static func endWith(_ parent: pid_t) {
        signal(SIGUSR1) { _ in kill(0, SIGKILL) }
        end_with_parent(SIGUSR1)
        if kill(parent, 0) != 0, errno == ESRCH { exit(Failure.Kind.software.exitCode) }
    }

    /// Little memory, little time, few files, no core.
    private static func set(_ limits: Limits) -> Bool {
        let all: [ResourceLimit] = [
            .addressSpace(mappedBytes + limits.memory), .processorSeconds(limits.seconds), .coreBytes(0),
            .fileBytes(limits.fileBytes), .openFiles(limits.openFiles),
        ]
        return all.allSatisfy { $0.set() }
    }

    /// The size of this process's address space.
    private static var mappedBytes: Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 64)
        guard fgets(&text, Int32(text.count), file) != nil else { return 0 }
        return strtol(text, nil, 10) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}

/// What a child tells its parent, through standard output, in the machine's byte order, since both ends are one program.
///
/// It begins with ``magic``. Where a task tells 0 for a good part, a failure may follow instead, and then nothing more: its kind, and its
/// four texts. A text is its length in bytes and UTF-8; an absent one has the length 0xFFFFFFFF.
public struct ChildAnswer: Sendable {
    static let magic: [UInt32] = [0x7761_7665, 0x7774_0002]
    static let absent = UInt32.max
    /// The most bytes of a text.
    public static let maximumText = 16 << 10

    /// Nothing may be sent where the parent no longer reads: the process ends.
    public func tell(_ bytes: UnsafeRawBufferPointer) {
        if writeAll(bytes, to: STDOUT_FILENO) != nil { _exit(Failure.Kind.inputOutput.exitCode) }
    }

    public func tell<T: BitwiseCopyable>(_ values: [T]) { values.withUnsafeBytes { tell($0) } }

    /// That a good part follows.
    public func tellGood() { tell([UInt32(0)]) }

    /// - Parameter most: bytes, beyond which it is cut.
    public func tell(_ text: String?, atMost most: Int = maximumText) {
        guard let text else { return tell([Self.absent]) }
        let utf8 = Array(text.utf8.prefix(most))
        tell([UInt32(utf8.count)])
        tell(utf8)
    }

    func tell(_ failure: Failure) {
        tell([UInt32(failure.kind.rawValue)])
        for text in [failure.what, failure.location, failure.why, failure.remedy] { tell(text) }
    }
}
