// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Report

/// The course of metrics during a run: the first, lowest, highest and last value.
struct CourseTable {
    private let rows: [[String]]

    /// - Parameter runs: whose traces carry metrics.
    init(_ runs: [ExperimentRun]) {
        rows = runs.flatMap { run in
            Metric.allCases.compactMap { metric -> [String]? in
                let course = (run.section.run.trace?.points ?? []).compactMap { point in
                    point.values[metric.rawValue].map { (iteration: point.iteration, value: $0) }
                }
                guard let first = course.first, let last = course.last,
                    let lowest = course.min(by: { $0.value < $1.value }),
                    let highest = course.max(by: { $0.value < $1.value })
                else { return nil }
                return ["\(run.title), \(metric.rawValue)", metric.format(first.value)]
                    + [lowest, highest].map { "\(metric.format($0.value)) (\($0.iteration))" }
                    + [metric.format(last.value)]
            }
        }
    }

    private static let header = ["Metrics during the run (iteration)", "first", "lowest", "highest", "last"]

    /// For a page; nil where nothing was traced.
    var table: Page.Table? {
        rows.isEmpty ? nil : Page.Table(caption: "Metrics during the run", columns: Self.header, rows: rows)
    }
}
