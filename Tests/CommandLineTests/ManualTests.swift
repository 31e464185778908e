// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import wavestyle

@Suite struct ManualTests {
    /// The pages by their names, as `wavestyle-batch.1`.
    private static func pages(
        in folder: TemporaryFolder, epoch: String? = nil
    ) throws -> [String: String] {
        let ended = try ProgramUnderTest.run(
            ["generate-manual", folder.file("man")], in: folder,
            environment: epoch.map { ["SOURCE_DATE_EPOCH": $0] } ?? [:])
        #expect(ended.status == 0 && ended.output.isEmpty && ended.errors.isEmpty, "\(ended.errors)")
        return try Dictionary(
            uniqueKeysWithValues: FileManager.default.contentsOfDirectory(atPath: folder.file("man")).map { name in
                (name, try String(contentsOfFile: folder.file("man/\(name)"), encoding: .utf8))
            })
    }

    @Test func everyCommandHasAPageAndEveryOptionIsOnIt() throws {
        let pages = try Self.pages(in: TemporaryFolder())
        let commands = try HelpText.commands()
        #expect(commands.contains(["weights", "import"]))
        #expect(Set(pages.keys) == Set(commands.map { (["wavestyle"] + $0).joined(separator: "-") + ".1" }))
        for command in commands {
            let page = try #require(pages[(["wavestyle"] + command).joined(separator: "-") + ".1"])
            let help = try HelpText(command + ["--help-all"])
            for option in help.options {
                #expect(page.contains("\\fB\(option.replacing("-", with: "\\-"))\\fR"), "\(command) \(option)")
            }
            for subcommand in help.subcommands {
                let name = (["wavestyle"] + command + [subcommand]).joined(separator: "-").roff
                #expect(page.contains(".TP\n\\fB\(name)\\fR(1)\n"), "\(name)")
            }
        }
    }

    @Test func pagesHaveTheSectionsOfAManual() throws {
        let pages = try Self.pages(in: TemporaryFolder())
        func sections(_ name: String) -> [String] {
            (pages[name] ?? "").matches(of: /^\.SH (.*)$/.anchorsMatchLineEndings()).map { String($0.output.1) }
        }
        #expect(
            sections("wavestyle.1") == [
                "NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "SUBCOMMANDS", "EXIT STATUS", "ENVIRONMENT", "FILES",
                "EXAMPLES", "SEE ALSO",
            ])
        #expect(
            sections("wavestyle-resume.1") == [
                "NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "EXAMPLES", "SEE ALSO",
            ])
        let page = try #require(pages["wavestyle.1"])
        for group in ["Sounds", "Monitoring", "Checkpoints", "Form of the output"] {
            #expect(page.contains(".SS \"\(group)\"\n"))
        }
        #expect(page.contains(".TP\n65\n") && page.contains(".TP\n143\n"))
        #expect(page.contains("\\fB\\-\\-words\\fR, \\fB\\-\\-no\\-words\\fR\n"))
    }

    /// What the program reads of its environment, but for what is there for tests and for these pages.
    @Test func everyVariableIsDescribed() throws {
        let sources = Fixtures.repository.appendingPathComponent("Sources")
        let files = (FileManager.default.enumerator(atPath: sources.path)?.allObjects as? [String] ?? [])
            .filter { $0.hasSuffix(".swift") }
        var names = Set<String>()
        for file in files {
            let text = try String(contentsOf: sources.appendingPathComponent(file), encoding: .utf8)
            names.formUnion(
                text.matches(of: /(?:getenv\(|nvironment\[|value\()"([A-Z_]+)"/).map { String($0.output.1) })
        }
        names.subtract(["WAVESTYLE_FAULT"])
        #expect(names.isSuperset(of: ["WAVESTYLE_HOME", "TMPDIR", "NO_COLOR"]))
        #expect(names.isSubset(of: ManualPage.environment.map(\.0)), "\(names)")
    }

    @Test func textIsEscaped() {
        #expect(#"a-b 'c' "d" e\f ~^`"#.roff == #"a\-b \(aqc\(aq \(dqd\(dq e\ef \(ti\(ha\(ga"#)
        #expect("caf\u{e9} \u{1d11e}".roff == #"caf\[u00E9] \[u1D11E]"#)
        #expect(".wav".roffLine == "\\&.wav" && "'a".roffLine == "\\&'a" && "a.wav".roffLine == "a.wav")
    }

    /// No line is taken for a request that is none, and no hyphen for one of a word.
    @Test func linesAreEscaped() throws {
        for (name, page) in try Self.pages(in: TemporaryFolder()) {
            for line in page.split(separator: "\n") {
                if line.hasPrefix(".") {
                    #expect(line.contains(/^\.(?:TH|SH|SS|TP|PP|br|nf|fi|ad l|nh|\\" .*)(?: |$)/), "\(name): \(line)")
                } else {
                    #expect(!line.hasPrefix("'"), "\(name): \(line)")
                    #expect(!line.contains(/(^|[^\\])-/), "\(name): \(line)")
                    #expect(line.unicodeScalars.allSatisfy { $0.isASCII }, "\(name): \(line)")
                }
            }
        }
    }

    /// The same at any time; of a packager's date.
    @Test func pagesAreReproducible() throws {
        let pages = try Self.pages(in: TemporaryFolder())
        #expect(try Self.pages(in: TemporaryFolder()) == pages)
        let dated = try Self.pages(in: TemporaryFolder(), epoch: "86400")
        #expect(dated["wavestyle-batch.1"]?.contains(".TH WAVESTYLE\\-BATCH 1 1970-01-02 ") == true)
        let folder = try TemporaryFolder()
        let ended = try ProgramUnderTest.run(
            ["generate-manual", "man"], in: folder, environment: ["SOURCE_DATE_EPOCH": "today"])
        #expect(ended.status == 64 && ended.errorLines.count == 1 && ended.errors.contains("SOURCE_DATE_EPOCH=today"))
    }

    private static func program(_ name: String) -> String? {
        ["/usr/bin", "/usr/local/bin"].map { "\($0)/\(name)" }.first(where: FileManager.default.isExecutableFile)
    }

    /// What a formatter warns of.
    private func warnings(_ name: String, _ arguments: [String]) throws -> String {
        let folder = try TemporaryFolder()
        let names = try Self.pages(in: folder).keys.map { folder.file("man/\($0)") }.sorted()
        let path = try #require(Self.program(name))
        let ended = try ProgramUnderTest.run(arguments + names, in: folder, executable: path)
        #expect(ended.status == 0)
        return ended.output + ended.errors
    }

    @Test(.enabled(if: program("mandoc") != nil, "mandoc is not installed")) func mandocWarnsOfNothing() throws {
        #expect(try warnings("mandoc", ["-T", "lint", "-W", "warning"]) == "")
    }

    @Test(.enabled(if: program("groff") != nil, "groff is not installed")) func groffWarnsOfNothing() throws {
        #expect(try warnings("groff", ["-man", "-ww", "-z", "-Tutf8"]) == "")
    }
}
