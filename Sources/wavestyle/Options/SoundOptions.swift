// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Foundation
import Transfer

/// Which sounds.
struct SoundOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The sound to keep: what is said or played.", valueName: "file"), completion: .file())
    var content: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "The sound to take the style from. Several, with weights: --style a.wav@0.7 --style b.wav@0.3.",
            valueName: "file[@weight]"), completion: .file())
    var style: [StyleFile] = []
}

/// A sound with its weight among others, as `a.wav@0.7`. A file whose name ends like that is taken by its name.
struct StyleFile: ExpressibleByArgument {
    let path: String
    let weight: Double

    init(path: String, weight: Double = 1) {
        (self.path, self.weight) = (path, weight)
    }

    init?(argument: String) {
        let end = argument.lastIndex(of: "@")
        guard let end, !fileExists(argument),
            let weight = Double(argument[argument.index(after: end)...])
        else {
            self.init(path: argument)
            return
        }
        guard (1e-6...1e6).contains(weight) else { return nil }
        self.init(path: String(argument[..<end]), weight: weight)
    }
}

/// Which parts of the sounds.
struct PartOptions: SettingOptions {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Where to start in the content.", valueName: "seconds"))
    var start: Double = 0

    @Option(\.duration) var duration: GivenSetting?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Where to start in the style.", valueName: "seconds"))
    var styleStart: Double = 0

    @Option(\.styleDuration) var styleDuration: GivenSetting?

    /// Checks the starts.
    ///
    /// - Throws: ``Failure`` of kind `usage`.
    func check() throws(Failure) {
        for (option, value) in [("--start", start), ("--style-start", styleStart)] {
            guard value >= 0, value.isFinite else {
                throw Failure(.usage, "cannot use", at: "\(option) \(value)", why: "it must be 0 or more seconds")
            }
        }
    }

    /// The words that give the starts; durations are settings.
    var arguments: [String] { argument("--start", start) + argument("--style-start", styleStart) }

    /// ``duration``, nil for all there is.
    var finiteDuration: Double? { Self.finite(duration) }

    /// ``styleDuration``, nil for all there is.
    var finiteStyleDuration: Double? { Self.finite(styleDuration) }

    private static func finite(_ given: GivenSetting?) -> Double? {
        given?.value.double.flatMap { $0 == .infinity ? nil : $0 }
    }
}

/// What to do with content of several channels.
enum ChannelMode: String, CaseIterable, ExpressibleByArgument {
    case mix, each
}
