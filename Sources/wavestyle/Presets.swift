// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Report
import Transfer

/// `wavestyle presets`: our own systems and the published ones.
struct Presets: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "presets",
        abstract: "List the presets, or print one.",
        usage: "wavestyle presets [NAME] [--json]",
        discussion: """
            With a name, prints its source, where and why it departs from the source, and every setting. --json prints it \
            in the format of a preset file.

              wavestyle presets ulyanov
            """)

    @Argument(help: .text("A preset.", value: "name"))
    var name: String?

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
        guard let name else {
            let table = TextTable(words: Preset.all.map { [$0.name ?? "", $0.title ?? ""] })
            return try emit(try json ? prettyJSON(Preset.all) : table.text)
        }
        var preset = try Preset(named: name)
        preset.settings = try MethodSettings(preset.settings).values
        try emit(json ? preset.json : text(preset))
    }

    private func text(_ preset: Preset) -> String {
        var lines = [preset.name ?? name ?? ""]
        if let title = preset.title { lines.append(title) }
        if let source = preset.source { lines += ["", "Source", "  \(source)"] }
        if let departures = preset.departures, !departures.isEmpty {
            lines += ["", "Departures"] + departures.map { "  - \($0)" }
        }
        let settings = preset.settings.settings.map { setting -> [String] in
            switch preset.settings[setting] {
            case .flag(let isOn)?: ["  --\(isOn ? "" : "no-")\(setting.name)"]
            case let value: ["  \(setting.option)", value?.plain ?? ""]
            }
        }
        return (lines + ["", "Settings", TextTable(words: settings).text]).joined(separator: "\n")
    }
}
