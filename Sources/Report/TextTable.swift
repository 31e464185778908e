// SPDX-License-Identifier: Apache-2.0
import Files

/// Rows in columns as wide as they need.
package struct TextTable {
    private enum Columns {
        /// The first to the left, the others to the right.
        case figures
        /// All to the left.
        case words
    }

    /// The header among them; a row may end early.
    private let rows: [[String]]
    private let columns: Columns

    /// Figures under a header.
    package init(header: [String], rows: [[String]]) {
        (self.rows, columns) = ([header] + rows, .figures)
    }

    /// Words, with control characters escaped.
    package init(words rows: [[String]]) {
        (self.rows, columns) = (rows.map { $0.map(\.escapingControlCharacters) }, .words)
    }

    /// With a newline at the end of each line.
    package var text: String {
        let widths = (0..<(rows.map(\.count).max() ?? 0)).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            let cells = zip(row, widths).enumerated().map { index, cell in
                let space = String(repeating: " ", count: cell.1 - cell.0.count)
                return index == 0 || columns == .words ? cell.0 + space : space + cell.0
            }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }
}

extension Page.Table {
    /// For a terminal.
    package var text: String { TextTable(header: columns, rows: rows).text }
}

extension String {
    /// The same words in lines of at most this many characters, but for longer words, each with a newline.
    package func wrapped(to width: Int) -> String {
        var lines = [""]
        for word in split(separator: " ") {
            let last = lines[lines.count - 1]
            if last.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if last.count + 1 + word.count <= width {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
