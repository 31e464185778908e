// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation

/// A job in a process of its own, with its own time, memory and crashes.
enum JobChild {
    /// Why a job failed that SIGKILL ended.
    static let reasonOfKill = "signal 9 ended it, as when memory runs out"

    /// Runs this program again, to its end. A signal is passed on; the child then saves its best so far.
    ///
    /// - Parameters:
    ///   - arguments: the main job's.
    ///   - isWanted: asked several times a second; once it is not, the child is stopped as by Ctrl-C.
    ///   - tell: called with the child's events, except its ending.
    /// - Throws: ``Failure`` of kind `software` when it cannot be started.
    static func run(
        _ arguments: [String], while isWanted: () -> Bool = { true }, tell: (RunEvent) -> Void
    ) throws(Failure) -> JobEnding {
        let environment = ProcessInfo.processInfo.environment.merging(Interruption.environmentOfChild) { $1 }
        var child = try ChildProcess(
            "/proc/self/exe", ["wavestyle"] + arguments, environment: environment.map { "\($0)=\($1)" },
            as: "the program again")
        var told: JobEnding?
        var sent: Int32?
        child.readLines { line in
            switch line.flatMap(RunEvent.init) {
            case .ended(let how): told = how
            case let event?: tell(event)
            case nil: break
            }
            if sent == nil, Interruption.hasCome || !isWanted() {
                let signal = Interruption.hasCome ? Interruption.signal : SIGINT
                sent = signal
                child.send(signal)
            }
        }
        return switch (child.wait(), told) {
        case (.exited, let ending?): ending
        // It was not listening yet.
        case (.killed(let signal), _)
        where signal == sent || Interruption.signals.contains(signal) && Interruption.isComing: .notBegun
        case (.killed(SIGKILL), _):
            .failed(code: Failure.Kind.software.exitCode, reason: reasonOfKill)
        case (.killed(let signal), _):
            .failed(code: Failure.Kind.software.exitCode, reason: "signal \(signal) ended it")
        case (.exited(let code), nil):
            .failed(code: code == 0 ? Failure.Kind.software.exitCode : code, reason: "it ended with exit code \(code)")
        }
    }
}
