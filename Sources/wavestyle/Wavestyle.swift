// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Foundation
import WeightLoader

/// The program: parses, runs a command, and turns whatever goes wrong into one line and an exit code.
@main
enum Program {
    static func main() {
        UntrustedParser.runChildIfAsked()
        // A closed pipe and a limit on file sizes are errors of the write that meets them.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        PartialFiles.removeOnSignals([SIGHUP, SIGINT, SIGTERM])
        var arguments = CommandLine.pathArguments
        // A subcommand is parsed by itself: as a part of the root command its options would be taken for the root's.
        var type: any ParsableCommand.Type = Wavestyle.self
        if let subcommand = Wavestyle.configuration.subcommands.first(where: {
            $0.configuration.commandName == arguments.first
        }) {
            type = subcommand
            arguments.removeFirst()
        }
        do {
            var command = try type.parseAsRoot(arguments)
            try command.run()
        } catch {
            exit(report(error, of: type))
        }
    }

    /// Prints an error, or the help that was asked for.
    ///
    /// - Returns: the exit code, as in sysexits.
    private static func report(_ error: any Error, of command: any ParsableCommand.Type) -> Int32 {
        switch error {
        case let failure as Failure:
            Terminal.error.fail(failure.description)
            return failure.kind.exitCode
        case let code as ExitCode:
            return code.rawValue
        default:
            guard command.exitCode(for: error) != .success else {
                do throws(Failure) {
                    try emit(command.fullMessage(for: error) + "\n")
                    return 0
                } catch {
                    Terminal.error.fail(error.description)
                    return error.kind.exitCode
                }
            }
            Terminal.error.fail("\(line(of: command.message(for: error))); see --help")
            return Failure.Kind.usage.exitCode
        }
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

/// The root command: the transfer itself.
struct Wavestyle: ParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "wavestyle",
        abstract: "Give one sound the style of another.",
        usage: """
            wavestyle --content FILE --style FILE --output FILE [options]
            wavestyle [options]          (on a bundled voice and flute)
            wavestyle <subcommand> ...
            """,
        discussion: """
            Keeps what happens in the content (words, notes) and takes the sound of the \
            style (an instrument, a chord). The waveform itself is optimised, under the \
            activations of NSynth's encoder; or, with --backend stft, a spectrogram under \
            a network over time.

              wavestyle --loss gram --layers relu1
              wavestyle --content voice.wav --style flute.flac --output out.wav
              wavestyle --preset ulyanov --content voice.wav --style flute.flac
            """,
        version: version,
        subcommands: [
            Batch.self, Compare.self, Experiment.self, Evaluate.self, ReportCommand.self, Plot.self, Encode.self,
            Presets.self, WeightsCommand.self,
        ])

    @OptionGroup(title: "Sounds") var sounds: SoundOptions
    @OptionGroup(title: "Parts") var parts: PartOptions
    @OptionGroup(title: "Parts") var channels: ChannelOptions
    @OptionGroup(title: "Transfer") var transfer: TransferOptions
    @OptionGroup(title: "Spectrogram (--backend stft only)") var spectrogram: SpectrogramOptions
    @OptionGroup(title: "Network") var encoder: EncoderOptions
    @OptionGroup(title: "Resources") var resources: ResourceOptions
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Form of the output") var format: FormatOptions
    @OptionGroup(title: "On the way") var monitoring: MonitorOptions
    @OptionGroup(title: "Reports") var reports: ReportOptions

    mutating func run() throws {
        try TransferCommand(
            sounds: sounds, parts: parts, channels: channels, transfer: transfer, spectrogram: spectrogram,
            encoder: encoder, resources: resources, output: output, format: format, monitoring: monitoring,
            reports: reports
        ).run()
    }
}
