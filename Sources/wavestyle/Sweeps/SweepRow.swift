// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Files
import Foundation
import Transfer

/// A value of the sweep's table.
enum SweepCell: Equatable {
    case text(String)
    case number(Double)
    case none

    init(_ value: SettingValues.Value?) {
        self =
            switch value {
            case nil: .none
            // A float64 does not hold it: a seed.
            case .whole(let number)? where number > 1 << 53: .text("\(number)")
            case let value?: value.double.map { .number($0) } ?? .text(value.plain)
            }
    }

    init(_ number: Double?) { self = number.map { .number($0) } ?? .none }

    /// As people write it.
    var plain: String {
        switch self {
        case .text(let text): text
        case .number(let number): SettingValues.Value.number(number).plain
        case .none: ""
        }
    }
}

/// A column of the sweep's table.
struct SweepColumn {
    enum Kind { case run, pair, setting, metric, figure }

    let name: String
    let kind: Kind
    let isNumeric: Bool
    var metric: Metric?
}

/// A row of the sweep's table: a run, and what has come of it.
struct SweepRow {
    let run: SweptRun
    /// From the sweep's folder; nil where there is none.
    let sound: String?
    let cells: [SweepCell]
    let scores: SweptScores?

    static func columns(_ head: SweepHead) -> [SweepColumn] {
        let texts: [(String, SweepColumn.Kind)] = [
            ("run", .run), ("pair", .pair), ("content", .pair), ("style", .pair), ("preset", .setting),
        ]
        return texts.map { SweepColumn(name: $0.0, kind: $0.1, isNumeric: false) }
            + head.settingsOfPlan.map { SweepColumn(name: $0.name, kind: .setting, isNumeric: $0.kind == .number) }
            + [SweepColumn(name: "state", kind: .figure, isNumeric: false)]
            + head.wantedMetrics.map { SweepColumn(name: $0.rawValue, kind: .metric, isNumeric: true, metric: $0) }
            + ["loss", "seconds", "memory"].map { SweepColumn(name: $0, kind: .figure, isNumeric: true) }
            + ["sound", "sha256"].map { SweepColumn(name: $0, kind: .run, isNumeric: false) }
    }

    /// - Parameter reason: why the run failed, where it did.
    init(_ run: SweptRun, _ folder: SweepFolder, _ head: SweepHead, reason: String?) {
        self.run = run
        let scores = folder.scores(of: run.run, head)
        self.scores = scores
        let sound = "\(folder.stem(run.run)).\(head.format)"
        let record = scores.flatMap { _ in
            contents(ofFile: "\(folder.path)/\(sound).json").flatMap {
                try? JSONDecoder().decode(RunRecord.self, from: Data($0))
            }
        }
        self.sound = record == nil ? nil : sound
        let state = record != nil ? "finished" : reason.map { "failed: \($0)" } ?? "left"
        let ending: [SweepCell] = [
            SweepCell(record?.results.first?.last["loss"]),
            SweepCell(record.map { $0.results.reduce(0) { $0 + $1.totalSeconds } }),
            SweepCell(record.map { Double($0.peakMemory) }),
            record == nil ? .none : .text(sound), record.map { .text($0.sha256) } ?? .none,
        ]
        cells =
            [.text(run.run), .text(run.pair), .text(run.content), .text(run.style), .text(run.preset)]
            + head.settingsOfPlan.map { SweepCell(run.settings[$0]) } + [.text(state)]
            + head.wantedMetrics.map { SweepCell(record == nil ? nil : scores?.score($0)) } + ending
    }
}
