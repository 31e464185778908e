// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files

/// How a run is saved while it lasts, and what becomes of one that was not finished.
struct ResumeOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: .text(
            """
            Seconds between checkpoints, from which an unfinished run continues; rarer where they would take over 1 % of the \
            time. (default: 60)
            """, value: "seconds"))
    var checkpointEvery: Double?

    @Flag(help: "Write no checkpoints.")
    var noCheckpoint = false

    @Flag(
        help:
            "Continue the unfinished run of this output, and fail where there is none. (default: continue where there is one)"
    )
    var resume = false

    @Flag(help: "Start again where an unfinished run could be continued.")
    var restart = false

    @Flag(
        help: """
            Also continue on another machine, with another number of threads or another version: the result then differs in \
            the last bits from that of a run without a break.
            """)
    var allowDrift = false

    /// From one checkpoint to the next; nil for none.
    var interval: Double? { noCheckpoint ? nil : checkpointEvery ?? 60 }

    /// The words that give the same to another run.
    var arguments: [String] {
        argument("--checkpoint-every", checkpointEvery) + (noCheckpoint ? ["--no-checkpoint"] : [])
            + (restart ? ["--restart"] : []) + (allowDrift ? ["--allow-drift"] : [])
    }

    /// - Throws: ``Failure`` of kind `usage`.
    func check() throws(Failure) {
        if let checkpointEvery, !(0...1e6).contains(checkpointEvery) {
            throw Failure.unusable("--checkpoint-every \(checkpointEvery)", "it must be between 0 and 1e6 seconds")
        }
        let pairs = [
            ("--checkpoint-every", checkpointEvery != nil, "--no-checkpoint", noCheckpoint),
            ("--resume", resume, "--restart", restart), ("--resume", resume, "--no-checkpoint", noCheckpoint),
            ("--allow-drift", allowDrift, "--restart", restart),
            ("--allow-drift", allowDrift, "--no-checkpoint", noCheckpoint),
        ]
        for (one, isGiven, other, isOtherGiven) in pairs where isGiven && isOtherGiven {
            throw Failure.unusable(one, "it contradicts \(other)", remedy: "leave one of them out")
        }
    }

    /// The same where many runs are started: those that are unfinished continue, and the others begin.
    ///
    /// - Throws: ``Failure`` of kind `usage`.
    func checkForMany() throws(Failure) {
        try check()
        guard !resume else {
            throw Failure.unusable("--resume", "a rerun continues by itself", remedy: "leave it out")
        }
    }
}
