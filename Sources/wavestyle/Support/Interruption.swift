// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// Ctrl-C (SIGINT) and SIGTERM as a flag that the run looks at between iterations. A second signal ends the program at once.
enum Interruption {
    private static let flag = Atomic(false)
    private static let parentVariable = "WAVESTYLE_PARENT"
    /// The process that waits for this one, where it is a ``ChildRun``.
    private static let parent = ProcessInfo.processInfo.environment[parentVariable].flatMap { pid_t($0) }

    /// Whether a signal has come, or nobody waits any more.
    static var hasCome: Bool { flag.load(ordering: .relaxed) || parent.map { $0 != getppid() } ?? false }

    /// What tells a child to end with this process.
    static var environmentOfChild: [String: String] { [parentVariable: "\(getpid())"] }

    /// Starts to listen.
    static func listen() {
        _ = hasCome
        // A parent may have blocked them: programs that spawn from a worker thread do.
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM] { sigaddset(&signals, number) }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                Interruption.flag.store(true, ordering: .relaxed)
                signal(number, SIG_DFL)
            }
        }
    }
}
