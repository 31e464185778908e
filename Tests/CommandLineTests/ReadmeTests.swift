// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// Every command of the README and of the pages that it leads to, run as it stands but for the number of iterations: it
/// leaves what it says.
@Suite struct ReadmeTests {
    private static let readme = [
        "README.md", "Documentation/musicians.md", "Documentation/weights.md", "Documentation/researchers.md",
        "Documentation/sweeps.md",
    ].map { (try? String(contentsOf: Fixtures.repository.appendingPathComponent($0), encoding: .utf8)) ?? "" }.joined()

    /// The lines of the documents' shell blocks, with continued lines joined.
    private static let commands: [String] = {
        var lines: [String] = []
        var (inside, open) = (false, "")
        for line in readme.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("```") {
                inside = line == "```sh"
            } else if inside, line.hasSuffix("\\") {
                open += line.dropLast()
            } else if inside {
                lines.append(open + line)
                open = ""
            }
        }
        return lines.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
    }()

    @Test func everyProgramCallWorks() throws {
        let folder = try TemporaryFolder()
        for name in [
            "voice.wav", "flute.wav", "song.wav", "note-low.wav", "note-high.wav", "concert.wav", "drums.wav",
            "band.wav", "rain.wav",
        ] {
            let isSong = name == "song.wav"
            let isHigh = name.contains("high") || name == "flute.wav"
            let tone = TestSounds.tone(isHigh ? 600 : 300, seconds: isSong ? 2.1 : 0.4, channels: isSong ? 2 : 1)
            try TestSounds.write(tone, in: folder, name)
        }
        for (name, hertz) in [("voices", 300.0), ("flutes", 600)] {
            try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: false)
            try TestSounds.write(TestSounds.tone(hertz, seconds: 0.1), in: folder, "\(name)/one.wav")
        }
        try #"{"pairs": [{"name": "one", "content": "voice.wav", "style": "flute.wav"}]}"#.write(
            toFile: folder.file("pairs.json"), atomically: true, encoding: .utf8)
        try """
        pairs: [{content: voice.wav, style: flute.wav}]
        presets: [nsynth]
        settings: {iterations: 1, alpha: [0.1, 1]}
        metrics: [style-distance]

        """.write(toFile: folder.file("plan.yaml"), atomically: true, encoding: .utf8)
        try provideCheckpoints(in: folder)
        let calls = Self.commands.filter { $0.hasPrefix("wavestyle ") }
        #expect(calls.count >= 35)
        for call in calls {
            var words = call.split(separator: " ").prefix { !$0.hasPrefix("#") && ![">", "|"].contains($0) }.map(
                String.init)
            words.removeFirst()
            if let index = words.firstIndex(of: "--iterations") { words.removeSubrange(index...index + 1) }
            if let index = words.firstIndex(of: "--snapshots") { words[index + 1] = "1" }
            let first = words.first ?? ""
            // A mosaic has no iterations.
            let namesNetwork = words.contains { ["--loss", "--layers", "--backend", "--weights"].contains($0) }
            let preset = words.firstIndex(of: "--preset").map { words[$0 + 1] } ?? "mosaic"
            if ["compare", "experiment"].contains(first)
                || (first.hasPrefix("--") || first == "batch") && (namesNetwork || !preset.hasPrefix("mosaic"))
            {
                words += ["--iterations", "1"]
            }
            if first == "studio" {
                // It serves until it is told to end.
                let studio = try ServedProgram(words, in: folder)
                #expect(try studio.get("/api/state")["sounds"].items.count == 2)
                #expect(try studio.end() == 130)
                continue
            }
            let ended = try ProgramUnderTest.run(words, in: folder)
            if first == "resume" {
                // Nothing was stopped.
                #expect(ended.status == 66 && ended.errors.contains("cannot continue"), "\(call): \(ended.errors)")
                continue
            }
            #expect(ended.status == 0, "\(call): \(ended.errors)")
            #expect(throws: Never.self, "\(call)") {
                try Promises(words: words, folder: folder).expectKept(output: ended.output)
            }
            // Where output goes to a file, a later call reads it.
            let rest = call.split(separator: " ").drop { $0 != ">" }.dropFirst()
            if let file = rest.first {
                try Data(ended.output.utf8).write(to: URL(fileURLWithPath: folder.file(String(file))))
            }
        }
    }

    /// The download that the README names, and what is in it; a small one.
    private func provideCheckpoints(in folder: TemporaryFolder) throws {
        for ending in ["index", "data-00000-of-00001"] {
            try FileManager.default.copyItem(
                atPath: Fixtures.path("nsynth-tiny/model.ckpt-200000.\(ending)"),
                toPath: folder.file("model.ckpt-200000.\(ending)"))
        }
        try Archive.write("wavenet-ckpt.tar", of: folder.contents.filter { $0.hasPrefix("model.ckpt") }, in: folder)
    }

    @Test func everyMakeTargetExists() throws {
        let makefile = try String(contentsOf: Fixtures.repository.appendingPathComponent("Makefile"), encoding: .utf8)
        let targets = Self.commands.filter { $0.hasPrefix("make ") }.compactMap {
            $0.split(separator: " ").dropFirst().first
        }
        #expect(targets.contains("demo") && targets.contains("test"))
        for target in targets { #expect(makefile.contains("\n\(target):"), "\(target)") }
    }
}
