// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Synchronization

/// Ctrl-C (SIGINT) and SIGTERM as a flag that the run looks at between iterations. A second signal ends the program at once.
enum Interruption {
    private static let flag = Atomic(false)
    private static let parentVariable = "WAVESTYLE_PARENT"
    /// The process that waits for this one, where it is a ``JobChild``.
    private static let parent = ProcessInfo.processInfo.environment[parentVariable].flatMap { pid_t($0) }

    /// Whether a signal has come, or nobody waits any more.
    static var hasCome: Bool { flag.load(ordering: .relaxed) || parent.map { $0 != getppid() } ?? false }

    /// Tells a child to end with this process.
    static var environmentOfChild: [String: String] { [parentVariable: "\(getpid())"] }

    /// Starts to listen. The signals are unblocked already (``Files/PartialFiles``).
    static func listen() {
        _ = hasCome
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                Interruption.flag.store(true, ordering: .relaxed)
                PartialFiles.removeOnSignal(number)
            }
        }
    }
}
