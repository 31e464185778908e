// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Files
import Foundation
import Report
import Transfer

/// One direction of an experiment, finished.
struct ExperimentRun {
    /// As `Low to high`.
    let title: String
    /// The paper's losses at its table's iterations, where it gives them.
    let published: [Double]?
    let section: RunSection
}

/// What an experiment writes once its runs are there.
struct ExperimentReport {
    let kind: ExperimentKind
    let iterations: Int
    let runs: [ExperimentRun]

    /// Writes `table.txt`, `experiment.json`, each run's settings and spectrograms, and `index.html`, and prints the table.
    ///
    /// - Throws: ``Failure``.
    func write(to folder: OutputFolder, threads: Int) throws {
        var losses = LossTable(iterations: iterations)
        for run in runs { losses.add(run.title, run.section.run.losses, published: run.published) }
        let findings = runs.compactMap { run in run.finding }
        let text = ([losses.text, LossTable.remark] + findings + [kind.finding]).joined(separator: "\n") + "\n"

        for run in runs {
            let inner = try OutputFolder((run.section.run.output as NSString).deletingLastPathComponent)
            try OutputFile(path: inner.file("settings.json")).write(text: try run.section.settingsJSON())
            try OutputFile(path: inner.file("spectrograms.png")).write(
                bytes: try run.section.spectrograms(title: run.title, threads: threads))
        }
        try OutputFile(path: folder.file("table.txt")).write(text: text)
        try OutputFile(path: folder.file("experiment.json")).write(
            text: try prettyJSON(
                Summary(
                    experiment: kind.rawValue, losses: losses,
                    runs: runs.map { Summary.Run(title: $0.title, figures: $0.section.scores) })))
        var overview = Page.Section(title: "Losses")
        overview.tables = [losses.table]
        overview.paragraphs = [LossTable.remark] + findings + [kind.finding]
        let page = folder.file("index.html")
        try RunsPage(
            title: "Experiment: \(kind.rawValue)",
            introduction: ["After Boemer, Gong, Homma: Audio Transfer Learning with Voices (Stanford CS230, 2018)."],
            overview: [overview], runs: runs.map { ($0.title, $0.section) }
        ).write(to: try OutputFile(path: page), threads: threads)
        try emit(text + "\n" + page + "\n")
    }

    private struct Summary: Encodable {
        struct Run: Encodable {
            let title: String
            let figures: ScoreTable?
        }
        let experiment: String
        let losses: LossTable
        let runs: [Run]
    }
}

extension ExperimentRun {
    /// Where the style's pitch classes are strongest, and how the sound ends, in a sentence.
    fileprivate var finding: String? {
        guard let trace = section.run.trace else { return nil }
        func course(_ metric: Metric) -> [(iteration: Int, value: Double)] {
            trace.points.compactMap { point in point.values[metric.rawValue].map { (point.iteration, $0) } }
        }
        let (chroma, flatness) = (course(.chroma), course(.flatness))
        guard let best = chroma.max(by: { $0.value < $1.value }), let last = chroma.last,
            let start = flatness.first, let end = flatness.last
        else { return nil }
        return String(
            format:
                "%@: the share of energy in the style's pitch classes is largest at iteration %d (%.2f) and ends at "
                + "%.2f; flatness goes from %.3g to %.3g.",
            title, best.iteration, best.value, last.value, start.value, end.value)
    }
}
