// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Foundation
import HDF5
import TestSupport
import Testing

/// What a call of the program leaves, by its words: the options name the files, their endings say what is in them.
struct Promises {
    /// The program's arguments.
    let words: [String]
    /// Where it ran.
    let folder: TemporaryFolder

    private var subcommand: String { words.first.flatMap { $0.hasPrefix("-") ? nil : $0 } ?? "" }

    private func value(_ option: String) -> String? {
        words.firstIndex(of: option).flatMap { words.dropFirst($0 + 1).first }
    }

    private func has(_ option: String) -> Bool { words.contains(option) }

    /// Holds them against what is there.
    ///
    /// - Parameter output: standard output, which always says something.
    func expectKept(output: String) throws {
        #expect(!output.isEmpty)
        if has("--json") { _ = try JSONSerialization.jsonObject(with: Data(output.utf8)) }
        switch subcommand {
        case "" where !has("--dry-run") && !has("--print-settings"): try expectTransfer(output)
        case "compare": try expectPage("\(try #require(value("--output")))/index.html", players: 4)
        case "experiment": try expectPage("\(value("--output") ?? words[1])/index.html", players: 4)
        case "report": try expectPage(try #require(value("--output")), players: 3)
        case "batch": try output.split(separator: "\n").forEach { try expectSound(String($0), seconds: 0.1) }
        case "encode", "weights": try expectDatasets()
        case "plot":
            #expect(try bytes(try #require(value("--output"))).starts(with: [0x89] + Array("PNG\r\n".utf8)))
        default: break
        }
    }

    /// A sound as long as the content, the record beside it, and where asked for a trace, a snapshot and a page.
    private func expectTransfer(_ output: String) throws {
        let path = value("--output") ?? "stylized.wav"
        if path == "-" {
            return #expect(output.hasPrefix(value("--output-format") == "flac" ? "fLaC" : "RIFF"))
        }
        let isAll = value("--mode") == "all"
        if isAll {
            let stem = path.split(separator: ".")[0]
            #expect(output.hasPrefix(path + "\n") && output.hasSuffix("\n\(stem).html\n"))
            try expectPage("\(stem).html", players: 6)
        } else if !has("--json") {
            #expect(output == path + "\n")
        }
        let record = try #require(
            JSONSerialization.jsonObject(with: try bytes(path + ".json")) as? [String: Any])
        #expect(record["output"] as? String == path)
        let seconds = try value("--content").map { try AudioFile.read(folder.file($0)).duration }
        try expectSound(path, seconds: seconds)
        if let trace = value("--trace") {
            let lines = try bytes(trace).split(separator: UInt8(ascii: "\n")).map {
                try JSONSerialization.jsonObject(with: $0) as? [String: Any]
            }
            #expect(lines.compactMap { $0?["iteration"] as? Int } == [0, 1])
        }
        if value("--snapshots") != nil {
            let parts = path.split(separator: ".")
            try expectSound("\(parts[0]).iteration1.\(parts[1])", seconds: seconds)
        }
        if let page = value("--report") { try expectPage(page, players: has("--snapshots") ? 4 : 3) }
    }

    private func expectSound(_ path: String, seconds: Double?) throws {
        let sound = try AudioFile.read(folder.file(path))
        // Lengths are rounded to frames at the network's rate and at the file's.
        if let seconds { #expect(abs(sound.duration - seconds) < 2 / 16_000, "\(path)") }
    }

    /// Tensors or activations, where a file of them is written.
    private func expectDatasets() throws {
        let written = value("--output") ?? value("--name").map { $0 + ".h5" }
        guard let written else { return }
        #expect(!(try HDF5File(readingFrom: folder.file(written)).datasetPaths()).isEmpty, "\(written)")
    }

    /// A page with at least so many players, each with its sound.
    private func expectPage(_ path: String, players: Int) throws {
        let page = String(decoding: try bytes(path), as: UTF8.self)
        let count = page.components(separatedBy: #"src="data:audio/"#).count - 1
        #expect(count >= players, "\(path)")
    }

    private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: folder.file(path))) }
}
