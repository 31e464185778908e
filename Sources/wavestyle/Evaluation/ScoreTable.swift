// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Files
import Report

/// Metrics of outputs against one content and one style, which are measured too,
/// as the range of each metric.
struct ScoreTable: Encodable {
    /// One sound's figures.
    struct Column: Encodable {
        var name: String
        /// Where the sound is; nil for a mean.
        var path: String?
        /// By the metrics' names. Those that are not defined for the sound are absent.
        var scores: [String: Double]

        func score(_ metric: Metric) -> Double? { scores[metric.rawValue] }
    }

    /// A sound to measure.
    struct Subject {
        let name: String
        let path: String
        /// Mono at ``Evaluation/sampleRate``.
        let samples: [Float]
        /// As the file has it.
        let clipping: Double?

        init(_ name: String, _ path: String, _ sound: JudgedSound) throws(Failure) {
            (self.name, self.path, clipping) = (name, path, sound.clipping)
            samples = try sound.waveform.judged()
        }
    }

    /// The classes that chroma counts, 0 for C.
    let pitchClasses: [String]
    let content: Column
    let style: Column
    let outputs: [Column]
    /// In the order of ``Metric``.
    private let metrics: [Metric]

    /// Measures.
    init(
        content: Subject, style: Subject, outputs: [Subject], metrics: Set<Metric> = Set(Metric.allCases),
        pitchClasses: Set<Int>? = nil, threads: Int
    ) {
        let evaluation = Evaluation(
            content: content.samples, style: style.samples, pitchClasses: pitchClasses, metrics: metrics,
            threads: threads)
        func column(_ subject: Subject, _ scores: [Metric: Double]) -> Column {
            Column(
                name: subject.name, path: subject.path,
                scores: Dictionary(uniqueKeysWithValues: scores.map { ($0.key.rawValue, $0.value) }))
        }
        self.metrics = Metric.allCases.filter(metrics.contains)
        self.pitchClasses = evaluation.pitchClasses.sorted().map { PitchClass.list([$0]) }
        self.content = column(content, evaluation.contentScores(clipping: content.clipping))
        self.style = column(style, evaluation.styleScores(clipping: style.clipping))
        self.outputs = outputs.map { column($0, evaluation.scores(of: $0.samples, clipping: $0.clipping)) }
    }

    /// Means over several contents and styles. A figure's is over the tables where every sound has it, so that all are means
    /// of the same ones.
    ///
    /// - Parameter tables: of the same metrics, at least one; outputs of one name belong together.
    init(meanOf tables: [ScoreTable]) {
        let columns = tables.map(\.columnsByName)
        var names: [String] = []
        for column in tables.flatMap(\.columns) where !names.contains(column.name) { names.append(column.name) }
        var means = names.map { Column(name: $0, path: nil, scores: [:]) }
        metrics = tables[0].metrics
        for metric in metrics {
            let complete = columns.map { table in names.compactMap { table[$0]?.score(metric) } }
                .filter { $0.count == names.count }
            guard !complete.isEmpty else { continue }
            for index in names.indices {
                means[index].scores[metric.rawValue] =
                    complete.reduce(0) { $0 + $1[index] } / Double(complete.count)
            }
        }
        pitchClasses = []
        (content, style, outputs) = (means[0], means[1], Array(means.dropFirst(2)))
    }

    private enum CodingKeys: String, CodingKey { case pitchClasses, content, style, outputs }

    /// Content, style, outputs.
    var columns: [Column] { [content, style] + outputs }

    /// Columns by their names, which are distinct where runs have been compared.
    var columnsByName: [String: Column] {
        Dictionary(columns.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Names and figures as text, a metric a row.
    private var rows: [(metric: Metric, cells: [String])] {
        metrics.map { metric in
            (metric, columns.map { $0.score(metric).map(metric.format) ?? "-" })
        }
    }

    /// For a terminal.
    ///
    /// - Parameter first: rows about the outputs alone, to come first.
    func text(before first: [(name: String, cells: [String])] = []) -> String {
        let header = ["", "better"] + columns.map(\.name.escapingControlCharacters)
        let body =
            first.map { [$0.name, "", "", ""] + $0.cells }
            + rows.map { [name($0.metric), $0.metric.direction.text] + $0.cells }
        return TextTable(header: header, rows: body).text
    }

    /// For a page.
    ///
    /// - Parameter first: as for ``text(before:)``.
    func table(caption: String, before first: [(name: String, cells: [String])] = []) -> Page.Table {
        Page.Table(
            caption: caption, columns: [""] + columns.map(\.name),
            rows: first.map { [$0.name, "", ""] + $0.cells }
                + rows.map { [name($0.metric) + $0.metric.direction.arrow] + $0.cells },
            notes: first.map { _ in "" } + rows.map { $0.metric.explanation })
    }

    private func name(_ metric: Metric) -> String {
        let classes = metric == .chroma && !pitchClasses.isEmpty ? " of " + pitchClasses.joined(separator: ",") : ""
        return metric.rawValue + classes + (metric.unit.isEmpty ? "" : " [\(metric.unit)]")
    }
}

extension Metric {
    /// Formula, range, better direction and source, in one paragraph.
    var explanation: String {
        "\(title). \(formula) Range: \(range). Better: \(direction.text). Source: \(source)."
    }
}

extension Metric.Direction {
    /// The better direction, in a word.
    var text: String {
        switch self {
        case .lower: "lower"
        case .higher: "higher"
        case .neither: "-"
        }
    }

    /// The same as a sign after a name.
    fileprivate var arrow: String {
        switch self {
        case .lower: " ↓"
        case .higher: " ↑"
        case .neither: ""
        }
    }
}
