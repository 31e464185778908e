// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// A command's help, as the program prints it.
struct HelpText {
    let text: String

    /// - Parameter arguments: all words, `--help` among them.
    init(_ arguments: [String]) throws {
        let ended = try ProgramUnderTest.run(arguments, in: try TemporaryFolder())
        #expect(ended.status == 0 && ended.errors.isEmpty, "\(arguments)")
        text = ended.output
    }

    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

    /// All options, as `--content`.
    var options: Set<String> {
        // Where there is help on the same line, two spaces are before it.
        Set(
            text.matches(of: /^  (-.*?)(?:  .*)?$/.anchorsMatchLineEndings()).flatMap { line in
                line.output.1.matches(of: /--[a-z-]+/).map { String($0.output) }
            })
    }

    /// The names of the subcommands.
    var subcommands: [String] {
        guard let section = text.firstMatch(of: /SUBCOMMANDS:\n((?:  .*\n)+)/) else { return [] }
        return section.output.1.matches(of: /^  ([a-z][a-z-]*)/.anchorsMatchLineEndings()).map { String($0.output.1) }
    }

    /// The program and all its subcommands: `[]`, `["weights"]`, `["weights", "list"]`.
    static func commands(_ command: [String] = []) throws -> [[String]] {
        try [command] + HelpText(command + ["--help"]).subcommands.flatMap { try commands(command + [$0]) }
    }
}

@Suite struct HelpTests {
    static let commands: [[String]] = [
        [], ["batch"], ["encode"], ["weights"], ["weights", "list"], ["weights", "inspect"], ["weights", "verify"],
        ["weights", "create"], ["weights", "import"], ["weights", "list-tensors"], ["plot"], ["presets"], ["compare"],
        ["experiment"], ["evaluate"], ["report"], ["studio"], ["listen"], ["resume"],
    ]

    @Test(arguments: commands, ["--help", "--help-all"])
    func helpFitsEightyColumnsAndDescribesEveryOption(_ command: [String], _ option: String) throws {
        let lines = try HelpText(command + [option]).lines
        #expect(lines.allSatisfy { $0.count <= 80 }, "\(lines.filter { $0.count > 80 })")
        #expect(lines.first?.hasPrefix("OVERVIEW: ") == true)
        // An option without a word of help stands alone: the next line is another option or nothing.
        for (line, next) in zip(lines, lines.dropFirst() + [""]) where line.hasPrefix("  --") {
            #expect(line.dropFirst(28).contains { $0 != " " } || next.hasPrefix("      "), "no help: \(line)")
        }
    }

    /// What is left out is said, and how to see it.
    @Test(arguments: commands)
    func helpFitsTwoScreens(_ command: [String]) throws {
        let (short, whole) = (try HelpText(command + ["--help"]), try HelpText(command + ["--help-all"]))
        #expect(short.text.count(where: \.isNewline) <= 80)
        #expect(short.options.isSubset(of: whole.options))
        if whole.text.count(where: \.isNewline) <= 80 {
            #expect(short.text == whole.text)
        } else {
            #expect(short.options.contains("--help-all") && short.options != whole.options)
            #expect(short.lines.dropLast().last == "  See '--help-all' for all options.")
        }
    }

    @Test func helpHasTheOptionsOfEveryday() throws {
        let everyday = [
            "--content", "--style", "--output", "--start", "--duration", "--preset", "--mode", "--blend",
            "--max-memory", "--dry-run", "--report", "--quiet", "--help-all", "--version",
        ]
        let help = try HelpText(["--help"])
        #expect(help.options.isSuperset(of: everyday), "\(Set(everyday).subtracting(help.options))")
        #expect(help.options.isDisjoint(with: ["--n-fft", "--preconditioner-floor", "--every", "--events"]))
    }

    /// Options that are announced elsewhere but not built must not be offered.
    @Test func helpShowsOnlyWhatWorks() throws {
        let help = try HelpText(["--help-all"])
        for option in [
            "--content", "--style", "--output", "--weights", "--loss", "--layers", "--content-layer", "--alpha",
            "--learning-rate", "--iterations", "--init", "--init-noise", "--seed", "--start", "--duration", "--fit",
            "--trace", "--snapshots", "--quiet", "--json", "--threads", "--channels", "--output-rate", "--clip",
            "--max-memory", "--precision", "--dry-run", "--backend", "--preset", "--optimizer", "--max-evaluations",
            "--sample-rate", "--n-fft", "--hop", "--filters", "--kernel", "--phase", "--phase-iterations",
            "--energy-weight", "--print-settings", "--monitor", "--every", "--keep", "--pitch-classes", "--report",
            "--frame-length", "--frame-hop",
            "--loudness", "--high-band",
        ] {
            #expect(help.options.contains(option), "\(option)")
        }
    }

    /// However it is asked for, a musician sees the main job's options and what else there is.
    @Test func theMainJobsHelpIsThePrograms() throws {
        func help(_ arguments: [String]) throws -> String { try HelpText(arguments).text }
        let (short, whole) = (try help(["--help"]), try help(["--help-all"]))
        for text in [short, whole] {
            #expect(text.contains("SUBCOMMANDS:") && text.contains("  batch ") && text.contains("  --content "))
        }
        for arguments in [
            ["-h"], ["help"], ["transfer", "--help"], ["help", "transfer"], ["--content", "a.wav", "--help"],
        ] {
            #expect(try help(arguments) == short, "\(arguments)")
        }
        for arguments in [["transfer", "--help-all"], ["help", "--help-all"], ["--content", "a.wav", "--help-all"]] {
            #expect(try help(arguments) == whole, "\(arguments)")
        }
        #expect(try help(["help", "weights", "list"]) == help(["weights", "list", "--help"]))
        #expect(try help(["help", "batch", "--help-all"]) == help(["batch", "--help-all"]))
    }

    /// Of all options, also those that the short help leaves out.
    @Test(arguments: ["bash", "zsh", "fish"])
    func completionsAreOffered(_ shell: String) throws {
        let ended = try ProgramUnderTest.run(["--generate-completion-script", shell], in: try TemporaryFolder())
        #expect(ended.status == 0)
        #expect(ended.output.contains("inspect") && !ended.output.contains("generate-manual"))
        for command in [[], ["batch"]] {
            for option in try HelpText(command + ["--help-all"]).options {
                // fish has it without the dashes.
                #expect(ended.output.contains(shell == "fish" ? "-l '\(option.dropFirst(2))'" : option), "\(option)")
            }
        }
    }

    @Test func theVersionIsThatOfTheChangelog() throws {
        let ended = try ProgramUnderTest.run(["--version"], in: try TemporaryFolder())
        let changelog = try String(
            contentsOf: Fixtures.repository.appendingPathComponent("CHANGELOG.md"), encoding: .utf8)
        let version = ended.output.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(version.split(separator: ".").count == 3)
        #expect(changelog.contains("## \(version)"))
    }
}
