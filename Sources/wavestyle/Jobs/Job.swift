// SPDX-License-Identifier: Apache-2.0
import Files

/// One transfer of a list.
struct Job {
    /// What it belongs to, a pair for one; empty where there is nothing else.
    var group = ""
    /// Its own within the group.
    let name: String
    /// The sound that it writes.
    let output: String
    /// The main job's options, as a user would give them.
    let arguments: [String]

    /// For people.
    var label: String { group.isEmpty ? name : "\(group)/\(name)" }
}

/// The outcome of a job.
enum JobEnding: Codable, Equatable, Sendable {
    case finished
    /// The output was there already, as the job would have made it.
    case finishedBefore
    /// By Ctrl-C: the output is the best so far.
    case stopped
    /// Ctrl-C came before there was anything: nothing was written.
    case notBegun
    /// A dry run.
    case estimated(report: EstimateReport)
    /// - Parameter code: an exit code, as in sysexits.
    case failed(code: Int32, reason: String)

    init(_ error: any Error) {
        switch error {
        case let failure as Failure: self = .failed(code: failure.kind.exitCode, reason: failure.description)
        default: self = .failed(code: Failure.Kind.badData.exitCode, reason: "\(error)")
        }
    }

    /// Whether there is an output.
    var hasOutput: Bool { [.finished, .finishedBefore, .stopped].contains(self) }
}
