// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import AudioIO
import Files
import Foundation
import Matrices
import WeightLoader

/// The program: parses, runs a command, and turns whatever goes wrong into one line and an exit code.
@main
enum Program {
    static func main() {
        StandardStreams.hold()
        ChildTask.runIfAsked(UntrustedParser.childTasks + AudioFile.childTasks)
        Denormals.flush()
        // A closed pipe and a limit on file sizes are errors of the write that meets them.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        PartialFiles.removeOnSignals([SIGHUP, SIGINT, SIGTERM])
        BundledFont.use()
        do {
            if let fault = ProcessInfo.processInfo.environment["WAVESTYLE_FAULT"] { try FileCalls.armFault(fault) }
            // Help is one request to the parser; how much of it is ours to decide.
            let words = CommandLine.pathArguments.map { $0 == HelpAllOption.name ? "--help" : $0 }
            var command = try Wavestyle.parseAsRoot(words)
            try command.run()
        } catch {
            exit(report(error))
        }
    }

    /// Prints an error, or the help that was asked for.
    ///
    /// - Returns: the exit code, as in sysexits.
    private static func report(_ error: any Error) -> Int32 {
        switch error {
        case let failure as Failure:
            Terminal.error.fail(failure)
            return failure.kind.exitCode
        case let code as ExitCode:
            return code.rawValue
        default:
            let misnamed = misnamed
            guard Wavestyle.exitCode(for: error) == .success, misnamed == nil else {
                let (why, remedy) = misnamed ?? (line(of: Wavestyle.message(for: error)), "see --help")
                Terminal.error.fail(
                    Failure(.usage, "cannot understand the command", why: why, remedy: remedy), as: "\(why); \(remedy)")
                return Failure.Kind.usage.exitCode
            }
            let wantsAll = CommandLine.pathArguments.contains(HelpAllOption.name)
            do throws(Failure) { try emit(Overview.answer(to: error, whole: wantsAll) + "\n") } catch {
                return report(error)
            }
            return 0
        }
    }

    /// What is wrong where a subcommand is to be and none of its names is: that is mistyped, or a sound.
    private static var misnamed: (why: String, remedy: String)? {
        func name(_ command: any ParsableCommand.Type) -> String { command._commandName }
        let (program, help) = ("wavestyle", "help")
        var (words, path) = (CommandLine.pathArguments.drop { $0 == help }, program)
        var commands = Wavestyle.configuration.subcommands
        while let word = words.first, let command = commands.first(where: { name($0) == word }) {
            (words, path, commands) = (words.dropFirst(), "\(path) \(word)", command.configuration.subcommands)
        }
        guard let word = words.first, !word.hasPrefix("-"), !commands.isEmpty else { return nil }
        let why = "'\(path)' has no subcommand '\(word)'"
        let names = commands.filter { $0.configuration.shouldDisplay }.map(name)
        if let nearest = Nearest.name(to: word, among: path == program ? names + [help] : names) {
            return (why, "did you mean '\(path) \(nearest)'?")
        }
        let isSound = word.contains { $0 == "." || $0 == "/" }
        return (why, isSound ? "sounds are given with --content and --style; see --help" : "see --help")
    }

    /// A message's first line; where a list of choices follows it, with these.
    private static func line(of message: String) -> String {
        let lines = message.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        guard let first = lines.first else { return "the command cannot be understood" }
        guard first.hasSuffix(":") else { return first.hasSuffix(".") ? String(first.dropLast()) : first }
        let choices = lines.dropFirst().prefix { $0.hasPrefix("- ") }.map { $0.dropFirst(2) }
        return first + " " + choices.joined(separator: ", ")
    }
}

/// The root command: a subcommand, or else the main job.
struct Wavestyle: ParsableCommand {
    static let version = "0.1.0"
    /// The version's, for manual pages.
    static let date = "2026-11-30"

    static let configuration = CommandConfiguration(
        commandName: "wavestyle", version: version,
        subcommands: [TransferCommand.self] + Overview.subcommands + [EncoderService.self, GenerateManual.self],
        defaultSubcommand: TransferCommand.self)
}

/// What `wavestyle --help`, the completions and the manual show: the main job's options and the subcommands at once. Nothing is parsed by
/// it: of `compare --content a.wav` it would take the option for the main job's.
struct Overview: ParsableCommand {
    static let subcommands: [any ParsableCommand.Type] = [
        StudioCommand.self, Batch.self, Compare.self, SweepCommand.self, Listen.self, Experiment.self, Resume.self,
        Evaluate.self,
        ReportCommand.self, Plot.self,
        Encode.self,
        Presets.self, WeightsCommand.self,
    ]

    static let configuration = CommandConfiguration(
        commandName: "wavestyle",
        abstract: TransferCommand.configuration.abstract,
        usage: """
            wavestyle --content FILE --style FILE --output FILE [options]
            wavestyle [options]          (on a bundled voice and flute)
            wavestyle <subcommand> ...
            """,
        discussion: """
            The result keeps what happens in the content (words, notes) and takes on the sound of the style (an instrument, \
            a chord). It plays the content with the style's own sound, cut up and put together again; with --preset clean it \
            optimises the waveform with NSynth's encoder, and with --backend stft a spectrogram with a network over time.

              wavestyle --content voice.wav --style flute.flac --output out.wav
              wavestyle --content voice.wav --style flute.flac --mode all --output out.wav
              wavestyle --content voice.wav --style flute.flac --blend 0.3 --output out.wav
              wavestyle --loss gram --layers relu1
              wavestyle --preset ulyanov --content voice.wav --style flute.flac
            """,
        version: Wavestyle.version,
        subcommands: subcommands)

    @OptionGroup var transfer: TransferCommand

    /// The text that was asked for: help, the version, a completion script.
    ///
    /// - Parameter whole: whether a long help is not to be shortened.
    static func answer(to request: any Error, whole: Bool) -> String {
        func text() -> String {
            let text = fullMessage(for: request)
            // Helps are made anew to be compared: not for a version.
            guard text.contains("USAGE: ") else { return text }
            let isMainJobs = [Wavestyle.helpMessage(), Wavestyle.helpMessage(for: TransferCommand.self)].contains(text)
            return isMainJobs ? helpMessage() : text
        }
        let all = text()
        return whole || !all.hasPrefix("OVERVIEW: ") ? all : HelpExtent.short(text)
    }
}
