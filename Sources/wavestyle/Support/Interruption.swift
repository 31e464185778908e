// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Synchronization

/// Ctrl-C (SIGINT), SIGTERM and SIGHUP as a flag that the run looks at between iterations. A second signal ends the program at
/// once. A signal that the program was started to ignore, as by nohup, stays ignored.
enum Interruption {
    /// The first signal that came; 0 for none.
    private static let signalled = Atomic<Int32>(0)
    private static let parentVariable = "WAVESTYLE_PARENT"
    /// The process that waits for this one, where it is a ``JobChild``.
    private static let parent = ProcessInfo.processInfo.environment[parentVariable].flatMap { pid_t($0) }
    /// Whether SIGTERM may come more than once for one stop: a scheduler sends it to a process and to the one that started it, which
    /// passes it on. SIGKILL follows where that is too slow.
    private static let repeatsTerm = parent != nil || ProcessInfo.processInfo.environment["SLURM_JOB_ID"] != nil
    /// Those that stop a run.
    static let signals = [SIGHUP, SIGINT, SIGTERM]

    /// Whether a signal has come, or nobody waits any more.
    static var hasCome: Bool { signalled.load(ordering: .relaxed) != 0 || parent.map { $0 != getppid() } ?? false }

    /// Whether a signal has come or comes within five seconds: a scheduler sends it to all processes of a job, one after another.
    static var isComing: Bool {
        for _ in 0..<100 where !hasCome { usleep(50_000) }
        return hasCome
    }

    /// The signal that came, SIGINT where nobody waits any more.
    static var signal: Int32 {
        let number = signalled.load(ordering: .relaxed)
        return number == 0 ? SIGINT : number
    }

    /// The process's exit status after it.
    static var exitCode: Int32 { 128 + signal }

    /// Tells a child to end with this process.
    static var environmentOfChild: [String: String] { [parentVariable: "\(getpid())"] }

    /// Starts to listen. The signals are unblocked already (``Files/PartialFiles``).
    static func listen() {
        _ = (hasCome, repeatsTerm)
        for number in signals where !PartialFiles.isIgnored(number) {
            Glibc.signal(number) { number in
                _ = Interruption.signalled.compareExchange(expected: 0, desired: number, ordering: .relaxed)
                for number in Interruption.signals where !PartialFiles.isIgnored(number) {
                    if number == SIGTERM, Interruption.repeatsTerm { continue }
                    PartialFiles.removeOnSignal(number)
                }
            }
        }
    }
}
