// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Report

/// On how many pairs one system is better than another.
struct Wins: Encodable {
    /// Of the pairs on which both have the figures.
    struct Share: Encodable {
        fileprivate(set) var won = 0
        fileprivate(set) var of = 0

        fileprivate mutating func count(_ isWon: Bool?) {
            guard let isWon else { return }
            of += 1
            if isWon { won += 1 }
        }

        var text: String { "\(won)/\(of)" }
    }

    let name: String
    let over: String
    /// A lower style-distance.
    private(set) var style = Share()
    /// A content-envelope that is not lower.
    private(set) var content = Share()
    /// A lower flatness-ratio.
    private(set) var flatness = Share()
    /// The first two at once.
    private(set) var styleAndContent = Share()

    /// - Parameter pairs: each one's figures, by the systems' names.
    init(_ name: String, over: String, pairs: [[String: ScoreTable.Column]]) {
        (self.name, self.over) = (name, over)
        for columns in pairs {
            func compare(_ metric: Metric, _ isWon: (Double, Double) -> Bool) -> Bool? {
                guard let own = columns[name]?.score(metric), let other = columns[over]?.score(metric) else {
                    return nil
                }
                return isWon(own, other)
            }
            let (isNearer, isKept) = (compare(.styleDistance, <), compare(.contentEnvelope, >=))
            style.count(isNearer)
            content.count(isKept)
            flatness.count(compare(.flatnessRatio, <))
            styleAndContent.count(isNearer.flatMap { nearer in isKept.map { nearer && $0 } })
        }
    }

    /// A row for each.
    static func table(_ wins: [Wins]) -> Page.Table {
        Page.Table(
            caption: "Wins: the number of pairs on which one system is better than another",
            columns: [
                "", "style-distance lower", "content-envelope not lower", "flatness-ratio lower",
                "style and content",
            ],
            rows: wins.map {
                ["\($0.name) over \($0.over)"]
                    + [$0.style, $0.content, $0.flatness, $0.styleAndContent].map(\.text)
            })
    }
}
