// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@Suite struct HelpTests {
    static let commands: [[String]] = [
        [], ["batch"], ["encode"], ["weights"], ["weights", "list"], ["weights", "inspect"], ["weights", "verify"],
        ["weights", "create"], ["weights", "import"], ["weights", "list-tensors"], ["plot"], ["presets"], ["compare"],
        ["experiment"], ["evaluate"], ["report"],
    ]

    @Test(arguments: commands)
    func helpFitsEightyColumnsAndDescribesEveryOption(_ command: [String]) throws {
        let ended = try ProgramUnderTest.run(command + ["--help"], in: try TemporaryFolder())
        #expect(ended.status == 0 && ended.errors.isEmpty)
        let lines = ended.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.count <= 80 }, "\(lines.filter { $0.count > 80 })")
        #expect(lines.first?.hasPrefix("OVERVIEW: ") == true)
        // An option without a word of help stands alone: the next line is another option or nothing.
        for (line, next) in zip(lines, lines.dropFirst() + [""]) where line.hasPrefix("  --") {
            #expect(line.dropFirst(28).contains { $0 != " " } || next.hasPrefix("      "), "no help: \(line)")
        }
    }

    /// Options that are announced elsewhere but not built must not be offered.
    @Test func helpShowsOnlyWhatWorks() throws {
        let help = try ProgramUnderTest.run(["--help"], in: try TemporaryFolder()).output
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
            #expect(help.contains("  \(option) ") || help.contains("  \(option)\n"), "\(option)")
        }
    }

    /// However it is asked for, a musician sees the main job's options and what else there is.
    @Test func theMainJobsHelpIsThePrograms() throws {
        func help(_ arguments: [String]) throws -> String {
            try ProgramUnderTest.run(arguments, in: try TemporaryFolder()).output
        }
        let whole = try help(["--help"])
        #expect(whole.contains("SUBCOMMANDS:") && whole.contains("  batch ") && whole.contains("  --content "))
        for arguments in [
            ["-h"], ["help"], ["transfer", "--help"], ["help", "transfer"], ["--content", "a.wav", "--help"],
        ] {
            #expect(try help(arguments) == whole, "\(arguments)")
        }
        #expect(try help(["help", "weights", "list"]) == help(["weights", "list", "--help"]))
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completionsAreOffered(_ shell: String) throws {
        let ended = try ProgramUnderTest.run(["--generate-completion-script", shell], in: try TemporaryFolder())
        #expect(ended.status == 0)
        #expect(ended.output.contains("content-layer") && ended.output.contains("inspect"))
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
