// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Evaluation
import Files
import Foundation
import Report
import Sweeps

/// The table of a sweep in all its forms, and the page. Rows pass by one at a time; the page alone holds some.
struct SweepCollection {
    private let folder: SweepFolder
    private let head: SweepHead
    private let columns: [SweepColumn]
    /// Why runs failed.
    private let reasons: [String: String]

    /// Rows on the page.
    private static let rowsOfPage = 2_000

    init(_ folder: SweepFolder, _ head: SweepHead) throws {
        (self.folder, self.head) = (folder, head)
        columns = SweepRow.columns(head)
        reasons = try SweepJournal.last(in: folder).compactMapValues { $0.event == .failed ? $0.reason : nil }
    }

    private func forEachRow(_ body: (SweepRow) throws -> Void) throws {
        try folder.forEachRun(of: head) { run in
            try body(SweepRow(run, folder, head, reason: reasons[run.run]))
        }
    }

    /// Writes `results.csv`, `results.json`, `results.sqlite` and `index.html`, and prints the page's path.
    func write() throws {
        var (page, finished) = (EvenChoice<SweepRow>(limit: Self.rowsOfPage), 0)
        let (csv, jsonFile, sqlite) = (
            try OutputFile(path: "\(folder.path)/results.csv"), try OutputFile(path: "\(folder.path)/results.json"),
            try OutputFile(path: "\(folder.path)/results.sqlite")
        )
        try csv.write { csvPath in
            try jsonFile.write { jsonPath in
                try sqlite.write { databasePath in
                    let table = try CSVWriter(csvPath, columns: columns.map(\.name))
                    let text = try LineWriter(path: jsonPath)
                    let database = try SweepDatabase(databasePath, columns)
                    try text.write("{\"sweep\": \(jsonText(head.name)), \"runs\": [")
                    var isFirst = true
                    try forEachRow { row in
                        try table.write(row.cells.map(\.csv))
                        try text.write((isFirst ? "\n" : ",\n") + json(row))
                        isFirst = false
                        try database.insert(row.cells)
                        page.add(row)
                        if row.sound != nil { finished += 1 }
                    }
                    try text.write("\n]}\n")
                    try table.close()
                    try text.close()
                    try database.close()
                }
            }
        }
        let path = "\(folder.path)/index.html"
        try OutputFile(path: path).write(text: try html(page, finished: finished))
        folder.removePartialFiles()
        try emit(path: path)
    }

    private func json(_ row: SweepRow) -> String {
        jsonObject(zip(columns, row.cells).map { ($0.name, $1.json) })
    }

    private func html(_ selection: EvenChoice<SweepRow>, finished: Int) throws -> String {
        let shown = columns.indices.filter {
            columns[$0].kind != .run && !["content", "style"].contains(columns[$0].name)
        }
        var introduction = [
            "\(selection.count) runs of \(head.systems.map(\.name).joined(separator: ", ")), \(finished) of them finished."
        ]
        if selection.some.count < selection.count {
            introduction.append(
                "The page shows \(selection.some.count) of them, evenly chosen: all are in results.csv, results.json and results.sqlite beside it."
            )
        }
        let metrics = head.wantedMetrics
        func first(_ group: Metric.Group, _ preferred: Metric) -> String? {
            (metrics.contains(preferred) ? preferred : metrics.first { $0.group == group && $0.direction != .neither })?
                .rawValue
        }
        return try SweepPage(
            title: "Sweep \(head.name)", introduction: introduction,
            columns: shown.map { SweepPage.Column(columns[$0]) },
            rows: selection.some.map { row in
                SweepPage.Row(run: row.run.run, sound: row.sound, cells: shown.map { SweepPage.Cell(row.cells[$0]) })
            }, styleMetric: first(.style, .styleDistance), contentMetric: first(.content, .contentEnvelope)
        ).html()
    }
}

extension SweepCell {
    fileprivate var csv: String {
        if case .text(let text) = self { CSV.text(text) } else { plain }
    }

    fileprivate var json: String? {
        switch self {
        case .text(let text): jsonText(text)
        case .number(let number): number.isFinite ? plain : "null"
        case .none: "null"
        }
    }
}

extension SweepPage.Column {
    fileprivate init(_ column: SweepColumn) {
        let kind: Kind =
            switch column.kind {
            case .pair, .run: .pair
            case .setting: .setting
            case .metric: .metric
            case .figure: .figure
            }
        let higher: Bool? =
            switch column.metric?.direction {
            case .higher?: true
            case .lower?: false
            case .neither?: nil
            case nil: column.kind == .figure && column.isNumeric ? false : nil
            }
        self.init(
            name: column.name, kind: kind, unit: column.metric?.unit ?? "", higherIsBetter: higher,
            note: column.metric?.explanation ?? "")
    }
}

extension SweepPage.Cell {
    fileprivate init(_ cell: SweepCell) {
        self =
            switch cell {
            case .text(let text): .text(text)
            case .number(let number): .number(number)
            case .none: .none
            }
    }
}

extension SweepCommand {
    /// `wavestyle sweep collect`.
    struct Collect: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "collect",
            abstract: "Write the table of settings and metrics, and the page.",
            usage: "wavestyle sweep collect DIR",
            discussion: """
                Writes results.csv, results.json, results.sqlite (a table named runs) and index.html into the sweep's folder, \
                of all runs, finished or not. The page plays the results that lie in the same folder.
                """)

        @Argument(help: .text("The sweep's folder.", value: "folder"), completion: .directory)
        var folder: String

        func run() throws {
            let folder = SweepFolder(path: folder)
            try SweepCollection(folder, try folder.head()).write()
        }
    }
}
