// SPDX-License-Identifier: Apache-2.0
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

    /// Reads and measures it.
    init(_ run: FinishedRun, _ direction: ExperimentDirection, of kind: ExperimentKind, threads: Int) throws {
        title = direction.title
        published = kind.published(from: direction.from.role.name, to: direction.to.role.name)
        section = try RunSection(run, pitchClasses: direction.to.pitchClasses, threads: threads)
    }
}

/// What an experiment writes once its runs are there.
struct ExperimentReport {
    let kind: ExperimentKind
    let iterations: Int
    let runs: [ExperimentRun]
    /// Of runs that came to nothing.
    let failures: [String]
    /// Whether the settings are the paper's.
    let isPublished: Bool

    /// Writes `table.txt`, `experiment.json`, each run's settings and spectrograms, and `index.html`, and prints the table.
    func write(to folder: OutputFolder, threads: Int) throws {
        var losses = LossTable(iterations: iterations)
        for run in runs {
            losses.add(run.title, run.section.run.losses, published: isPublished ? run.published : nil)
        }
        let course = CourseTable(runs)
        let differs = "The settings are not the paper's: its losses are left out."
        let remarks = failures + (isPublished ? [losses.remark] : [differs]) + [kind.finding]
        let tables = [losses.table, course.table].compactMap(\.self)
        let text = (tables.map(\.text) + remarks.map { $0.wrapped(to: 80) }).joined(separator: "\n")

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
        // Results are printed before the page is drawn.
        try emit(text)
        var overview = Page.Section(title: losses.table == nil ? "Overview" : "Losses")
        overview.tables = tables
        overview.paragraphs = remarks
        overview.command = CommandLine.ownCommand
        let page = folder.file("index.html")
        try RunsPage(
            title: "Experiment: \(kind.rawValue)",
            introduction: ["After Boemer, Gong, Homma: Audio Transfer Learning with Voices (Stanford CS230, 2018)."],
            overview: [overview], runs: runs.map { ($0.title, $0.section) }
        ).write(to: try OutputFile(path: page), threads: threads)
        try emit(path: "\n" + page)
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
