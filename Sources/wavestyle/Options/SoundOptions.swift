// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// Which sounds, and which parts of them.
struct SoundOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The sound to keep: what is said or played.", valueName: "file"), completion: .file())
    var content: String?

    @Option(help: ArgumentHelp("The sound to take the style from.", valueName: "file"), completion: .file())
    var style: String?

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
}

/// What to do with content of several channels.
enum ChannelMode: String, CaseIterable, ExpressibleByArgument {
    case mix, each
}
