// SPDX-License-Identifier: Apache-2.0
import Foundation
import Report

/// A run's losses at the iterations of the paper's table 1, and how much of the decrease was reached halfway.
struct LossTable: Encodable {
    /// One run.
    struct Row: Encodable {
        /// As `Low to high`.
        let name: String
        /// At ``LossTable/iterations``.
        let losses: [Double]
        /// `(L(first) - L(half)) / (L(first) - L(last))`; nil where nothing falls.
        let shareOfFallByHalf: Double?

        init(_ name: String, _ losses: [Double]) {
            (self.name, self.losses) = (name, losses)
            let fall = losses[0] - losses[2]
            shareOfFallByHalf = fall > 0 ? (losses[0] - losses[1]) / fall : nil
        }
    }

    /// Three of them.
    let iterations: [Int]
    /// Each run, followed by the paper's where it has one.
    private(set) var rows: [Row] = []
    private var hasPublished = false

    /// - Parameter iterations: of the runs: 100 give the paper's 0, 50 and 99.
    init(iterations: Int) {
        self.iterations = [0, iterations / 2, max(iterations - 1, 0)]
    }

    /// Adds a run, by its losses at each iteration. One that ended early stays at its last loss.
    mutating func add(_ name: String, _ losses: [Int: Double], published: [Double]?) {
        guard let last = losses.keys.max() else { return }
        let found = iterations.compactMap { losses[min($0, last)] }
        if found.count == 3 {
            rows.append(Row(last < iterations[2] ? "\(name) (ended at \(last))" : name, found))
        }
        guard let published else { return }
        rows.append(Row("\(name), published", published))
        hasPublished = true
    }

    private enum CodingKeys: String, CodingKey { case iterations, rows }

    private var header: [String] {
        ["Loss"] + iterations.map { "at \($0)" } + ["decrease by \(iterations[1])"]
    }

    private var cells: [[String]] {
        rows.map { row in
            [row.name] + row.losses.map(Self.text)
                + [row.shareOfFallByHalf.map { String(format: "%.1f %%", 100 * $0) } ?? "-"]
        }
    }

    /// Large losses as the paper prints them, others with four digits.
    private static func text(_ loss: Double) -> String {
        String(format: abs(loss) >= 1e4 ? "%.0f" : "%.4g", loss)
    }

    /// For a page; nil of runs without losses.
    var table: Page.Table? {
        rows.isEmpty
            ? nil
            : Page.Table(
                caption: hasPublished ? "Losses compared with the paper's table 1" : "Losses", columns: header,
                rows: cells)
    }

    /// What may be compared.
    var remark: String {
        hasPublished
            ? "Shares of the decrease and their order can be compared. The values cannot: the paper's weights are trained, its "
                + "notes are different, and it does not say what its losses are divided by."
            : "The paper gives no losses for this experiment."
    }
}
