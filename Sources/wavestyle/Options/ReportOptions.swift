// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files

/// What is reported about a run, and where.
struct ReportOptions: ParsableArguments {
    @Option(
        help: .rare("Write the losses of each iteration, one JSON object a line.", value: "file.jsonl"),
        completion: .file())
    var trace: String?

    @Option(
        parsing: .unconditional,
        help: .rare("Also write the sound after these iterations, as out.iteration10.wav.", value: "10,50,..."))
    var snapshots: IterationList?

    @Option(
        help: ArgumentHelp(
            "Also write a report: sounds, spectrograms, losses or decisions, and metrics on one page.",
            valueName: "page.html"),
        completion: .file())
    var report: String?

    @Flag(help: "Print errors only.")
    var quiet = false

    @Flag(help: .rare("Print the settings of the transfer as a file for --preset, and exit."))
    var printSettings = false

    @Flag(
        help: .rare(
            "Print the run's record as JSON instead of the output's path; with --events as an event of its own."))
    var json = false

    @Flag(help: .rare("Do nothing where the output is there, whole, of the same sounds, weights and settings."))
    var unlessFinished = false

    @Flag(
        help: .rare(
            """
            For programs that start this one: print how it goes as JSON, an event a line, in place of the output's \
            path and of what is said on standard error.
            """))
    var events = false

    /// Those that decide nothing of the run.
    static let forPrograms: Set<String> = ["--unless-finished", "--events", "--resume", "--restart"]

    /// The iterations of ``snapshots``.
    ///
    /// - Throws: ``Failure`` of kind `usage` for one that there is not.
    func snapshots(upTo iterations: Int) throws(Failure) -> Set<Int> {
        let numbers = snapshots?.numbers ?? []
        if let late = numbers.first(where: { !(0...iterations).contains($0) }) {
            throw Failure.unusable("--snapshots \(late)", "there is no such iteration between 0 and \(iterations)")
        }
        return Set(numbers)
    }
}

/// Iterations, as `10,50`.
struct IterationList: ExpressibleByArgument {
    let numbers: [Int]

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        numbers = parts.compactMap { Int($0) }
        if numbers.count != parts.count { return nil }
    }
}
