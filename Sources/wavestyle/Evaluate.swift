// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Evaluation
import Files
import Foundation

/// `wavestyle evaluate`: metrics of outputs against their content and style.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure outputs against their content and style.",
        usage: "wavestyle evaluate --content FILE --style FILE OUTPUT ... [options]",
        discussion: """
            Prints a table: style, content, pitch, spectra and degeneration. All sounds are first mixed to one channel, \
            resampled to 16 kHz and brought to one loudness. Content and style are measured too, as the \
            range of each metric. '-' means that a metric is not defined, like the pitch of noise.

              wavestyle evaluate --content voice.wav --style flute.wav out.wav
              wavestyle evaluate --explain
            """)

    @Option(help: .text("The content.", value: "file"), completion: .file())
    var content: String?

    @Option(help: .text("The style.", value: "file"), completion: .file())
    var style: String?

    @Argument(help: .text("Sounds to measure.", value: "output"), completion: .file())
    var outputs: [String] = []

    @Option(help: .text("What to measure. (default: everything)", value: "metrics"))
    var metrics: MetricList?

    @OptionGroup var pitchClasses: PitchClassOptions

    @OptionGroup(title: "Parts") var parts: PartOptions

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Print each metric's formula, range, better direction and source, and exit.")
    var explain = false

    @OptionGroup var threads: ThreadOptions

    mutating func run() throws {
        let wanted = Metric.allCases.filter { metrics?.metrics.contains($0) ?? true }
        if explain { return try emit(try json ? prettyJSON(wanted.map(Explanation.init)) : text(wanted)) }
        guard let content, let style, !outputs.isEmpty else {
            let missing = content == nil ? "--content" : style == nil ? "--style" : "an output"
            throw Failure(.usage, "cannot evaluate", why: "\(missing) is missing", remedy: "see --help")
        }
        if pitchClasses.pitchClasses != nil, !wanted.contains(.chroma) {
            throw Failure.unusable("--pitch-classes", "chroma is not among --metrics", remedy: "leave it out")
        }
        try parts.check()
        let count = try threads.count()
        let sounds = try parts.sounds(content: content, style: style, warn: Terminal.error.warn)
        let table = ScoreTable(
            content: try ScoreTable.Subject("content", content, sounds.content),
            style: try ScoreTable.Subject("style", style, sounds.style),
            outputs: try zip(outputs, Self.names(outputs)).map { path, name in
                try ScoreTable.Subject(
                    name, path, try JudgedSound(path, strict: parts.strict, warn: Terminal.error.warn))
            },
            metrics: Set(wanted), pitchClasses: pitchClasses.pitchClasses, threads: count)
        try emit(try json ? prettyJSON(table) : table.text())
    }

    /// Paths as short as they stay distinct: file names without extension where these differ, or else what stands between the folders
    /// that all of them begin with and those that all end in.
    static func names(_ paths: [String]) -> [String] {
        var parts = paths.map { ArraySlice((($0 as NSString).deletingPathExtension as NSString).pathComponents) }
        func isOne(_ ends: [String?]) -> Bool { Set(ends).count == 1 && ends[0] != nil }
        guard Set(parts.map(\.last)).count < parts.count else { return parts.map { $0.last ?? "" } }
        while isOne(parts.map(\.first)) { parts = parts.map { $0.dropFirst() } }
        while isOne(parts.map(\.last)) { parts = parts.map { $0.dropLast() } }
        guard Set(parts).count == parts.count, !parts.contains([]) else { return paths }
        return parts.map { NSString.path(withComponents: Array($0)) }
    }

    private func text(_ metrics: [Metric]) -> String {
        var lines: [String] = []
        for metric in metrics {
            lines += [
                "\(metric.rawValue)\(metric.unit.isEmpty ? "" : " [\(metric.unit)]")  \(metric.title)",
                "  group   \(metric.group.rawValue)", "  formula \(metric.formula)", "  range   \(metric.range)",
                "  better  \(metric.direction.text)", "  source  \(metric.source)", "",
            ]
        }
        return lines.dropLast().joined(separator: "\n") + "\n"
    }

    /// A metric for programs.
    private struct Explanation: Encodable {
        let name, title, group, unit, formula, range, better, source: String

        init(_ metric: Metric) {
            (name, title, group, unit) = (metric.rawValue, metric.title, metric.group.rawValue, metric.unit)
            (formula, range, source) = (metric.formula, metric.range, metric.source)
            better = metric.direction.text
        }
    }
}
