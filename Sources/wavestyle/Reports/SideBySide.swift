// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Evaluation
import Files
import Foundation
import Report
import Transfer

/// Several runs on one content and one style: one table, and sounds to switch between.
struct SideBySide {
    let scores: ScoreTable
    private let runs: [(name: String, run: FinishedRun)]
    private let results: [JudgedSound]
    private let sounds: [(title: String, caption: String, waveform: Waveform)]

    /// Reads the sounds and measures them.
    ///
    /// - Parameters:
    ///   - runs: all of the same content and style, at least one.
    ///   - pitchClasses: 0 for C; nil for the style's own.
    /// - Throws: ``Failure``.
    init(_ runs: [(name: String, run: FinishedRun)], pitchClasses: Set<Int>? = nil, threads: Int) throws {
        precondition(!runs.isEmpty, "nothing beside nothing")
        self.runs = runs
        let record = runs[0].run.record
        let content = try runs[0].run.sound(record.content)
        let style = try runs[0].run.sound(record.styles[0].sound)
        results = try runs.map { try $0.run.result() }
        scores = ScoreTable(
            content: try ScoreTable.Subject("content", record.content.path, content),
            style: try ScoreTable.Subject("style", record.styles[0].sound.path, style),
            outputs: try zip(runs, results).map { try ScoreTable.Subject($0.name, $0.run.output, $1) },
            pitchClasses: pitchClasses, threads: threads)
        sounds =
            [
                ("Content", FinishedRun.name(record.content.path), content.waveform),
                ("Style", FinishedRun.name(record.styles[0].sound.path), style.waveform),
            ] + zip(runs, results).map { ($0.name, $0.run.headline, $1.waveform) }
    }

    /// Whether runs can stand side by side: one content, one style, and the same for all.
    static func fits(_ runs: [FinishedRun]) -> Bool {
        guard runs.count > 1, let first = runs.first, first.record.styles.count == 1 else { return false }
        return runs.allSatisfy { run in
            run.record.content.isSame(as: first.record.content) && run.record.styles.count == 1
                && run.record.styles[0].sound.isSame(as: first.record.styles[0].sound)
        }
    }

    /// For a terminal.
    var text: String { scores.text(before: effort) }

    /// The section under a title.
    func section(_ title: String) -> Page.Section {
        var section = Page.Section(title: title)
        section.paragraphs = [
            PlayedSounds.remark, "Losses of different systems, or settings, can't be compared with each other.",
        ]
        section.sounds = PlayedSounds.matched(sounds)
        section.tables = [scores.table(caption: "Figures", before: effort)]
        return section
    }

    /// What each run took and reached: a row each, a cell for each run.
    private var effort: [(name: String, cells: [String])] {
        func row(_ name: String, _ cell: (RunRecord) -> String) -> (name: String, cells: [String]) {
            (name, runs.map { cell($0.run.record) })
        }
        func loss(_ losses: [String: Double]?) -> String {
            losses?["loss"].map { String(format: "%.4g", $0) } ?? "-"
        }
        return [
            row("time") { durationText($0.results.reduce(0) { $0 + $1.totalSeconds }) },
            row("memory") { AvailableMemory.text($0.peakMemory) },
            (
                "loudness [LUFS]",
                results.map { sound in
                    Loudness.of(sound.waveform.mixedDown().channels[0], sampleRate: sound.waveform.sampleRate).map {
                        String(format: "%.1f", $0)
                    } ?? "-"
                }
            ),
            row("iteration") { $0.results.map { "\($0.iteration)" }.joined(separator: ", ") },
            row("loss, first") { loss($0.results.first?.first) },
            row("loss, last") { loss($0.results.first?.last) },
        ]
    }
}
