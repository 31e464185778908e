// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files

/// Which sounds.
struct SoundOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The sound to keep: what is said or played.", valueName: "file"), completion: .file())
    var content: String?

    @Option(help: ArgumentHelp("The sound to take the style from.", valueName: "file"), completion: .file())
    var style: String?
}

/// Which parts of the sounds.
struct PartOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Where to start in the content.", valueName: "seconds"))
    var start: Double = 0

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How much of the content to use. (default: to its end)", valueName: "seconds"))
    var duration: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Where to start in the style.", valueName: "seconds"))
    var styleStart: Double = 0

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How much of the style to use. (default: to its end)", valueName: "seconds"))
    var styleDuration: Double?

    @Option(
        help: ArgumentHelp(
            "Content of several channels: mix them to one, or process each and write all.", valueName: "mix|each"))
    var channels: ChannelMode = .mix

    /// Checks the times.
    ///
    /// - Throws: ``Failure`` of kind `usage`.
    func check() throws(Failure) {
        for (option, value) in [("--start", start), ("--style-start", styleStart)] {
            guard value >= 0, value.isFinite else {
                throw Failure(.usage, "cannot use", at: "\(option) \(value)", why: "it must be 0 or more seconds")
            }
        }
        for (option, value) in [("--duration", duration), ("--style-duration", styleDuration)] {
            guard value.map({ $0 > 0 && $0.isFinite }) ?? true else {
                throw Failure(
                    .usage, "cannot use", at: "\(option) \(value ?? 0)", why: "it must be more than 0 seconds")
            }
        }
    }
}

/// What to do with content of several channels.
enum ChannelMode: String, CaseIterable, ExpressibleByArgument {
    case mix, each
}
