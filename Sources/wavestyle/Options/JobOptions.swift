// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Transfer

/// How many transfers of a list run at a time.
struct JobOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Transfers to run at a time, which share threads and memory.", valueName: "count"))
    var jobs = 1

    /// How many really do, of a list of some.
    func width(for count: Int) -> Int { max(min(jobs, count), 1) }
}

extension MemorySize {
    /// What each of several jobs may take, as the value of `--max-memory`; nil to leave it to the only one.
    ///
    /// - Parameter bytes: what all may take together; three quarters of what is free where nothing is said.
    static func share(of bytes: Int?, jobs: Int) -> String? {
        guard jobs > 1 else { return bytes.map { "\($0)" } }
        return (bytes ?? AvailableMemory.bytes.map { $0 / 4 * 3 }).map { "\($0 / jobs)" }
    }
}
