// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport
import Testing

/// What the documents point to is there.
@Suite struct DocumentTests {
    private static let root = Fixtures.repository
    private static let documents =
        [
            "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "Benchmarks/README.md",
            "Benchmarks/sounds/README.md", "Tools/reference/README.md", "Sources/wavestyle/Resources/sounds/README.md",
        ]
        + ((try? FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent("Documentation").path))
        ?? [])
        .filter { $0.hasSuffix(".md") }.map { "Documentation/\($0)" }.sorted()

    @Test(arguments: documents)
    func everyLinkLeadsSomewhere(_ document: String) throws {
        let url = Self.root.appendingPathComponent(document)
        let text = try String(contentsOf: url, encoding: .utf8)
        for link in text.matches(of: /\]\(([^)#]+)/).map({ String($0.output.1) }) where !link.hasPrefix("https://") {
            let target = url.deletingLastPathComponent().appendingPathComponent(link)
            #expect(FileManager.default.fileExists(atPath: target.path), "\(document) links to \(link)")
        }
        // Links within the page: a heading in lower case, its spaces as hyphens, without punctuation.
        let headings = text.matches(of: /^#+ (.+)$/.anchorsMatchLineEndings()).map {
            String(
                $0.output.1.lowercased().replacing(" ", with: "-").filter { $0.isLetter || $0.isNumber || $0 == "-" })
        }
        for link in text.matches(of: /\]\(#([^)]+)\)/).map({ String($0.output.1) }) {
            #expect(headings.contains(link), "\(document) links to #\(link)")
        }
    }

    /// Swift that the researchers' page shows is a part of a program in Examples, which `make examples` builds and runs.
    @Test func swiftOfThePageIsAnExamples() throws {
        let examples = Self.root.appendingPathComponent("Examples/Sources")
        let programs = try FileManager.default.contentsOfDirectory(atPath: examples.path).map {
            try String(contentsOf: examples.appendingPathComponent("\($0)/main.swift"), encoding: .utf8)
        }
        let page = Self.root.appendingPathComponent("Documentation/researchers.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let blocks = text.matches(of: /```swift\n([^`]*)```/).map { String($0.output.1) }
        #expect(blocks.count >= 2)
        for block in blocks { #expect(programs.contains { $0.contains(block) }, "\(block)") }
    }

    @Test(arguments: [
        ("Benchmarks/sounds/pairs.json", 8), ("Benchmarks/sounds/held-out.json", 8), ("Tests/Browser/pairs.json", 2),
    ])
    func everySoundOfAPairIsThere(_ path: String, _ count: Int) throws {
        let url = Self.root.appendingPathComponent(path)
        let file = try JSONDecoder().decode([String: [[String: String]]].self, from: Data(contentsOf: url))
        let pairs = try #require(file["pairs"])
        #expect(pairs.count == count && Set(pairs.map { $0["name"] }).count == count)
        for pair in pairs {
            #expect(pair["description"]?.isEmpty == false)
            for sound in ["content", "style"].map({ pair[$0] ?? "none" }) {
                let place = url.deletingLastPathComponent().appendingPathComponent(sound).path
                #expect(FileManager.default.fileExists(atPath: place), "\(sound)")
            }
        }
    }

    @Test(arguments: [("Sources/wavestyle/Resources/sounds", 7), ("Benchmarks/sounds", 15)])
    func everySoundIsDescribedByItsChecksum(_ path: String, _ count: Int) throws {
        let folder = Self.root.appendingPathComponent(path)
        let text = try String(contentsOf: folder.appendingPathComponent("README.md"), encoding: .utf8)
        let sounds = (FileManager.default.enumerator(atPath: folder.path)?.allObjects as? [String] ?? [])
            .filter { $0.hasSuffix(".flac") }
        #expect(sounds.count == count)
        for sound in sounds {
            let checksum = try Checksum(ofFile: folder.appendingPathComponent(sound).path)
            #expect(text.contains("\(checksum)  \(sound)\n"), "\(sound)")
        }
    }
}
