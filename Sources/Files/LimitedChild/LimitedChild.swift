// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A child process that does a ``ChildTask``, and what it says. Whatever happens to it, the parent gets a valid answer or a
/// ``Failure``. It is killed, with all that it started, at the latest when this value is released.
public struct LimitedChild: ~Copyable {
    /// What a child is there for, in words.
    public struct Purpose: Sendable {
        /// As 'cannot read the weights'.
        let what: String
        /// As 'parser'.
        let worker: String

        public init(_ what: String, worker: String) { (self.what, self.worker) = (what, worker) }
    }

    /// The running program, whose main must call ``ChildTask/runIfAsked(_:)``.
    public static let program = "/proc/self/exe"

    public var answer: PipeReader
    private var process: ChildProcess
    private let purpose: Purpose
    private let path: String
    private let timeLimit: Double

    /// Starts a program as a child.
    ///
    /// - Parameters:
    ///   - path: the file that it reads, for messages.
    ///   - input: an open file that becomes its standard input.
    ///   - timeLimit: of wall-clock time for the whole answer, in seconds.
    /// - Throws: ``Failure`` of kind `software` when it can't be started.
    public init(
        _ task: String, _ arguments: [String], for purpose: Purpose, at path: String, input: Int32? = nil,
        executable: String = program, timeLimit: Double
    ) throws(Failure) {
        guard !ChildTask.isRunning else {
            throw Failure(.software, "cannot start the \(purpose.worker)", why: "this is a child already")
        }
        process = try ChildProcess(
            executable, [executable, task] + arguments, environment: Self.environment, input: input,
            errors: .discarded, isShielded: true, as: "the \(purpose.worker)")
        answer = PipeReader(process.output, timeLimit: timeLimit)
        (self.purpose, self.path, self.timeLimit) = (purpose, path, timeLimit)
    }

    /// Reads the answer's beginning.
    public mutating func expectStart() throws(PipeFault) {
        guard try answer.integers(2) == ChildAnswer.magic else { throw .broken }
        try answer.expectGood(path)
    }

    /// Makes sure that the child has sent everything and exited with success.
    public mutating func expectEnd() throws(PipeFault) {
        try answer.expectEnd()
        guard process.wait() == .exited(0) else { throw .broken }
    }

    /// The failure for a child that reported one, took too long, died or sent invalid data.
    public mutating func failure(_ fault: PipeFault) -> Failure {
        switch fault {
        case .reported(let failure): return failure
        case .timeout: return bad("its \(purpose.worker) did not finish within \(Int(timeLimit)) s")
        case .broken: break
        }
        // A child that has already ended keeps its own status: killing a zombie has no effect.
        let hasEnded = answer.isAtEnd
        if !hasEnded { process.send(SIGKILL) }
        switch process.wait() {
        case .exited(Failure.Kind.software.exitCode):
            return Failure(
                .software, "cannot start the \(purpose.worker)", at: path, why: "it could not limit its own resources")
        case .killed(SIGXCPU) where hasEnded:
            return bad("its \(purpose.worker) took too much time: the file is damaged or hostile")
        case .killed(let signal) where hasEnded:
            return bad("its \(purpose.worker) crashed (signal \(signal)): the file is damaged or hostile")
        default: return bad("its \(purpose.worker) gave no valid answer")
        }
    }

    private func bad(_ why: String) -> Failure { Failure(.badData, purpose.what, at: path, why: why) }

    /// Only what the loader, libraries and ffmpeg need, one thread, and no crash reports by Swift, which take seconds. A build that measures
    /// coverage would else begin a file in the folder at hand.
    private static var environment: [String] {
        let kept = ["LD_LIBRARY_PATH", "LLVM_PROFILE_FILE", "PATH", "TMPDIR"].compactMap { (name: String) in
            getenv(name).map { value in
                "\(name)=" + String(path: UnsafeRawBufferPointer(start: value, count: strlen(value)))
            }
        }
        return kept + ["OPENBLAS_NUM_THREADS=1", "SWIFT_BACKTRACE=enable=no", "\(ChildTask.mark)=\(getpid())"]
    }
}
