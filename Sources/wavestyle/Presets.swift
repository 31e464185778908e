// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Transfer

/// `wavestyle presets`: our own systems and the published ones.
struct Presets: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "presets",
        _superCommandName: "wavestyle",
        abstract: "List what --preset takes, or print one of them.",
        usage: "wavestyle presets [NAME] [--json]",
        discussion: """
            With a name: its source, where it departs from that and why, and every \
            setting. --json prints what --preset reads from a file.

              wavestyle presets ulyanov
            """)

    @Argument(help: ArgumentHelp("A preset.", valueName: "name"))
    var name: String?

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
        guard let name else {
            let names = Preset.all.map { $0.name ?? "" }
            let width = names.map(\.count).max() ?? 0
            if json { return try emit(try prettyJSON(Preset.all)) }
            let lines = zip(names, Preset.all).map { name, preset in
                name + String(repeating: " ", count: width - name.count + 2) + (preset.title ?? "")
            }
            return try emit(lines.joined(separator: "\n") + "\n")
        }
        var preset = try Preset(named: name)
        preset.settings = try TransferSettings(preset.settings).values
        try emit(json ? preset.json : text(preset))
    }

    private func text(_ preset: Preset) -> String {
        var lines = [preset.name ?? name ?? ""]
        if let title = preset.title { lines.append(title) }
        if let source = preset.source { lines += ["", "Source", "  \(source)"] }
        if let departures = preset.departures, !departures.isEmpty {
            lines += ["", "Departures"] + departures.map { "  - \($0)" }
        }
        let arguments = preset.settings.arguments.map { $0.split(separator: "=", maxSplits: 1) }
        let width = arguments.map { $0[0].count }.max() ?? 0
        lines += ["", "Settings"]
        lines += arguments.map { words in
            "  \(words[0])"
                + (words.count == 1 ? "" : String(repeating: " ", count: width - words[0].count + 2) + words[1])
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
