// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation

/// A table for people and programs.
public struct ResultTable: Equatable, Sendable {
    /// What stands in a cell.
    public enum Cell: Equatable, Sendable {
        /// Words, which may come from a user.
        case text(String)
        /// A figure with its digits after the point where people read it; nil where it is not defined.
        case number(Double?, decimals: Int)
        /// A p-value.
        case p(Double?)

        static func count(_ value: Int) -> Cell { .number(Double(value), decimals: 0) }

        /// For people: rounded, `-` for nothing, and `< 0.001`.
        public var shown: String {
            switch self {
            case .text(let text): text
            case .number(let value, let decimals): value.map { String(format: "%.\(decimals)f", $0) } ?? "-"
            case .p(let value): value.map { $0 < 0.001 ? "< 0.001" : String(format: "%.3f", $0) } ?? "-"
            }
        }
    }

    /// What the table shows.
    public let caption: String
    /// Names of columns.
    public let header: [String]
    /// As many cells in each as the header has.
    public let rows: [[Cell]]

    /// A table in Markdown, below its caption. Control characters and Markdown's and HTML's own in cells are escaped.
    public var markdown: String {
        func line(_ cells: [String]) -> String {
            "| " + cells.map(Self.markdownText).joined(separator: " | ") + " |\n"
        }
        let isNumber = header.indices.map { column in
            rows.contains { if case .text = $0[column] { false } else { true } }
        }
        return Self.markdownText(caption) + "\n\n" + line(header)
            + "|" + isNumber.map { $0 ? "---:|" : "---|" }.joined() + "\n"
            + rows.map { line($0.map(\.shown)) }.joined()
    }

    /// The header and all rows as CSV, with all digits.
    public var csv: String {
        CSV.line(header.map(CSV.text)) + rows.map { CSV.line($0.map(Self.field)) }.joined()
    }

    private static func field(_ cell: Cell) -> String {
        switch cell {
        case .text(let text): CSV.text(text)
        case .number(let value, 0): value.map { "\(Int($0))" } ?? ""
        case .number(let value, _), .p(let value): value.map { "\($0)" } ?? ""
        }
    }

    private static func markdownText(_ text: String) -> String {
        text.escapingControlCharacters.reduce(into: "") { escaped, character in
            switch character {
            case "<": escaped += "&lt;"
            case "&": escaped += "&amp;"
            case "|", "\\", "`", "*", "_", "[", "]": escaped += "\\\(character)"
            default: escaped.append(character)
            }
        }
    }
}
