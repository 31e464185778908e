// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Evaluation
import Foundation
import Matrices
import Report
import Transfer

/// Several runs on one content and one style: one table, and sounds to switch between.
struct SideBySide {
    let scores: ScoreTable
    private let outputs: [Output]
    private let sounds: [(title: String, caption: String, waveform: Waveform)]

    /// Reads the sounds and measures them.
    ///
    /// - Parameters:
    ///   - runs: all of the same content and style, at least one.
    ///   - control: the path of the control, which no run made.
    ///   - pitchClasses: 0 for C; nil for the style's own.
    init(
        _ runs: [(name: String, run: FinishedRun)], control: String? = nil, pitchClasses: Set<Int>? = nil, threads: Int
    ) throws {
        precondition(!runs.isEmpty, "nothing to compare")
        let record = runs[0].run.record
        let content = try runs[0].run.sound(record.content)
        let style = try runs[0].run.sound(record.styles[0].sound)
        let controls = try control.map { path in
            [Output(name: Self.controlName, path: path, sound: try JudgedSound(path), run: nil)]
        }
        outputs =
            try (controls ?? [])
            + runs.map { Output(name: $0.name, path: $0.run.output, sound: try $0.run.result(), run: $0.run) }
        scores = ScoreTable(
            content: try ScoreTable.Subject("content", record.content.path, content),
            style: try ScoreTable.Subject("style", record.styles[0].sound.path, style),
            outputs: try outputs.map { try ScoreTable.Subject($0.name, $0.path, $0.sound) },
            pitchClasses: pitchClasses, threads: threads)
        sounds =
            [
                ("Content", FinishedRun.name(record.content.path), content.waveform),
                ("Style", FinishedRun.name(record.styles[0].sound.path), style.waveform),
            ] + outputs.map { ($0.name, $0.run?.headline ?? Self.captionOfControl, $0.sound.waveform) }
    }

    /// The name of the control.
    static let controlName = "control"
    private static let captionOfControl = "The content, with noise of the style's spectrum"

    /// The sounds that are compared with content and style.
    private struct Output {
        let name: String
        let path: String
        let sound: JudgedSound
        /// nil for the control.
        let run: FinishedRun?

        /// In seconds; nil for the control.
        var time: Double? { run.map { $0.record.results.reduce(0) { $0 + $1.totalSeconds } } }
    }

    /// Whether runs can be compared: one content and one style, the same for all.
    static func fits(_ runs: [FinishedRun]) -> Bool {
        guard runs.count > 1, let first = runs.first, first.record.styles.count == 1,
            runs.allSatisfy({ $0.place == nil })
        else { return false }
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
        section.paragraphs = [PlayedSounds.remark]
        if outputs.contains(where: { $0.run?.record.results.first?.first != nil }) {
            section.paragraphs.append("Losses of different systems or settings can't be compared.")
        }
        section.sounds = PlayedSounds.matched(sounds)
        section.tables = [scores.table(caption: "Figures", before: effort)]
        return section
    }

    /// What each run took, by its name.
    var seconds: [String: Double] {
        Dictionary(uniqueKeysWithValues: outputs.compactMap { output in output.time.map { (output.name, $0) } })
    }

    /// What each run took and reached: a row each, a cell for each run.
    private var effort: [(name: String, cells: [String])] {
        func row(_ name: String, _ cell: (RunRecord) -> String) -> (name: String, cells: [String]) {
            (name, outputs.map { output in output.run.map { cell($0.record) } ?? "-" })
        }
        func loss(_ losses: [String: Double]?) -> String {
            losses?["loss"].map { String(format: "%.4g", $0) } ?? "-"
        }
        let rows: [(name: String, cells: [String])] = [
            ("time", outputs.map { $0.time.map(durationText) ?? "-" }),
            row("memory") { AvailableMemory.text($0.peakMemory) },
            (
                "loudness [LUFS]",
                outputs.map { output in
                    let sound = output.sound.waveform
                    return Loudness.of(sound.mixedDown().channels[0], sampleRate: sound.sampleRate).map {
                        String(format: "%.1f", $0)
                    } ?? "-"
                }
            ),
            row("mode") { $0.mosaic?.mode ?? "-" },
            row("iteration") { record in
                let iterations = record.results.compactMap { $0.iteration.map { "\($0)" } }
                return iterations.isEmpty ? "-" : iterations.joined(separator: ", ")
            },
            row("loss, first") { loss($0.results.first?.first) },
            row("loss, last") { loss($0.results.first?.last) },
        ]
        // What no run has is left out.
        return rows.filter { !$0.cells.allSatisfy { $0 == "-" } }
    }
}
