// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Evaluation
import Files
import Foundation
import Report
import Transfer

/// What a page shows of a run.
struct RunSection {
    let run: FinishedRun
    /// Of its content, style, snapshots and result; nil with several styles.
    let scores: ScoreTable?
    private let besideOthers: Bool
    private let content: Waveform
    private let styles: [Waveform]
    /// nil of a run that is not finished.
    private let result: Waveform?
    private let snapshots: [(iteration: Int, waveform: Waveform)]

    /// Reads the run's sounds and measures them.
    ///
    /// - Parameters:
    ///   - besideOthers: its content, style and result are played and measured elsewhere on the page.
    ///   - pitchClasses: 0 for C; nil for the style's own.
    init(_ run: FinishedRun, besideOthers: Bool = false, pitchClasses: Set<Int>? = nil, threads: Int) throws {
        self.run = run
        self.besideOthers = besideOthers
        let content = try run.sound(run.record.content)
        let styles = try run.record.styles.map { try run.sound($0.sound) }
        let result = run.place == nil ? try run.result() : nil
        let snapshots = try run.snapshots.map { ($0, try JudgedSound($0.path)) }
        scores =
            styles.count == 1 && (!besideOthers || !snapshots.isEmpty) && (result != nil || !snapshots.isEmpty)
            ? ScoreTable(
                content: try ScoreTable.Subject("content", run.record.content.path, content),
                style: try ScoreTable.Subject("style", run.record.styles[0].sound.path, styles[0]),
                outputs: try snapshots.map { try ScoreTable.Subject("\($0.iteration)", $0.path, $1) }
                    + (result.map { [try ScoreTable.Subject("result", run.output, $0)] } ?? []),
                pitchClasses: pitchClasses, threads: threads) : nil
        self.content = content.waveform
        self.styles = styles.map(\.waveform)
        self.result = result?.waveform
        self.snapshots = snapshots.map { ($0.iteration, $1.waveform) }
    }

    /// The section under a title.
    func section(_ title: String) -> Page.Section {
        var section = Page.Section(title: title)
        section.paragraphs = [run.summary]
        if !besideOthers || !snapshots.isEmpty {
            section.paragraphs.append(PlayedSounds.remark)
            section.sounds = PlayedSounds.matched(sounds)
        }
        section.charts = charts
        if let scores { section.tables = [scores.table(caption: "Figures")] }
        section.settings = settings
        section.command = run.command
        return section
    }

    /// Its settings as a file for `--preset`.
    func settingsJSON() throws(Failure) -> String { try Preset(MethodSettings(run.record.settings)).json }

    /// All its spectrograms in one picture, as PNG.
    func spectrograms(title: String, threads: Int) throws(Failure) -> [UInt8] {
        let pictured = sounds.map {
            PicturedSound(
                title: $0.title, samples: $0.waveform.channels[0], sampleRate: $0.waveform.sampleRate)
        }
        return try SpectrogramPicture(
            sounds: pictured, title: title, scale: .mel,
            size: PictureSize(width: 900, height: 60 + 170 * pictured.count)
        ).png(threads: threads)
    }

    private var sounds: [(title: String, caption: String, waveform: Waveform)] {
        let styleSounds = zip(styles, run.record.styles).enumerated().map { index, style in
            (
                styles.count == 1 ? "Style" : "Style \(index + 1)",
                FinishedRun.name(style.1.sound.path), style.0
            )
        }
        return [("Content", FinishedRun.name(run.record.content.path), content)] + styleSounds
            + snapshots.map { ("Iteration \($0.iteration)", "Snapshot", $0.waveform) }
            + (result.map {
                [("Result", run.record.results.first?.iteration.map { "Iteration \($0)" } ?? run.headline, $0)]
            } ?? [])
    }

    /// The losses, and each metric that was monitored.
    private var charts: [Chart] {
        guard let trace = run.trace else { return [] }
        var metrics: [Chart] = []
        for metric in Metric.allCases {
            let curves = trace.curves(of: metric.rawValue)
            guard !curves.isEmpty else { continue }
            metrics.append(
                Chart(
                    title: metric.title.capitalizedFirst, xLabel: "iteration",
                    yLabel: metric.rawValue + (metric.unit.isEmpty ? "" : " [\(metric.unit)]"), curves: curves))
        }
        let terms = Trace.terms.flatMap(trace.curves).filter { $0.points.contains { $0.y > 0 } }
        // A term that is alone is the loss itself.
        let losses = trace.curves(of: "loss") + (terms.count > 1 ? terms : [])
        return [Chart(title: "Losses", xLabel: "iteration", yLabel: "loss", isLogarithmic: true, curves: losses)]
            + metrics
    }

    private var settings: [(name: String, value: String)] {
        let record = run.record
        let own = record.settings.settings.compactMap { setting in
            record.settings[setting].map { (setting.name, $0.plain) }
        }
        let base = record.preset.map { preset in
            [("preset", preset), ("changed", record.changed?.arguments.joined(separator: " ") ?? "")]
        }
        let weights = record.weights.map { [("weights", $0.name), ("weights SHA-256", $0.sha256 ?? "-")] }
        return (base ?? []) + own + (record.keep.map { [("keep", $0)] } ?? []) + (weights ?? [])
            + (record.mosaic?.figures ?? []) + [
                ("content", record.content.path), ("content SHA-256", record.content.sha256),
            ] + record.styles.flatMap { [("style", $0.sound.path), ("style SHA-256", $0.sound.sha256)] } + [
                ("precision", record.form.precision), ("threads", "\(record.threads)"), ("kernels", record.kernels),
                ("version", record.version),
            ]
    }
}

extension String {
    /// As at the beginning of a sentence.
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
