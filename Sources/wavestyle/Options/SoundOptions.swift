// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Transfer

/// Which sounds.
struct SoundOptions: ParsableArguments {
    @Option(
        help: .text("The sound to keep: what is said or played; - for standard input.", value: "file"),
        completion: .file())
    var content: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "The sound to take the style from. Several, with weights: --style a.wav@0.7 --style b.wav@0.3.",
            valueName: "file[@weight]"), completion: .file())
    var style: [StyleFile] = []

    /// Refuses what can be read only once.
    ///
    /// - Throws: ``Failure`` of kind `usage`.
    func requireFiles(for what: String) throws(Failure) {
        if let pipe = ([content].compactMap(\.self) + style.map(\.path)).first(where: isPipe) {
            throw Failure.unusable(pipe, "\(what) needs the sounds more than once", remedy: "give a file")
        }
    }

    /// The words that name the same sounds.
    var arguments: [String] {
        argument("--content", content) + style.flatMap { argument("--style", "\($0.path)@\($0.weight)") }
    }
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
    @Option(parsing: .unconditional, help: .text("Where to start in the content.", value: "seconds"))
    var start: Double = 0

    @Option(\.duration) var duration: GivenSetting?

    @Option(parsing: .unconditional, help: .rare("Where to start in the style.", value: "seconds"))
    var styleStart: Double = 0

    @Option(\.styleDuration) var styleDuration: GivenSetting?

    @Flag(help: .rare("Refuse a sound whose file breaks off, instead of using what is there."))
    var strict = false

    /// Checks the starts.
    ///
    /// - Throws: ``Failure`` of kind `usage`.
    func check() throws(Failure) {
        for (option, value) in [("--start", start), ("--style-start", styleStart)] {
            guard value >= 0, value.isFinite else {
                throw Failure.unusable("\(option) \(value)", "it must be 0 or more seconds")
            }
        }
    }

    /// The words that give the others; durations are settings.
    var arguments: [String] {
        argument("--start", start) + argument("--style-start", styleStart) + (strict ? ["--strict"] : [])
    }

    /// The parts of a content and a style.
    func sounds(
        content: String, style: String, warn: (String) -> Void = { _ in }
    ) throws(Failure) -> (content: JudgedSound, style: JudgedSound) {
        func seconds(_ given: GivenSetting?) -> Double? { given?.value.double.flatMap { $0 == .infinity ? nil : $0 } }
        return (
            content: try JudgedSound(content, start: start, duration: seconds(duration), strict: strict, warn: warn),
            style: try JudgedSound(
                style, start: styleStart, duration: seconds(styleDuration), strict: strict, warn: warn)
        )
    }
}

/// What to do with content of several channels.
enum ChannelMode: String, CaseIterable, ExpressibleByArgument {
    case mix, each
}
