// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// How a list of transfers is run.
struct JobOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: .text("Transfers to run at a time, which share threads and memory.", value: "count"))
    var jobs = 1

    @Flag(help: "Print errors only.")
    var quiet = false

    /// What runs a list of so many.
    func queue(for count: Int) -> JobQueue { JobQueue(width: max(min(jobs, count), 1), quiet: quiet) }
}
