// SPDX-License-Identifier: Apache-2.0

/// Comma-separated values (RFC 4180): lines end with CR LF; a field with a comma, a quote or a line break is quoted.
package enum CSV {
    package static func line(_ fields: [String]) -> String {
        fields.joined(separator: ",") + "\r\n"
    }

    /// A text as a field. What a spreadsheet would take for a formula, since it starts with =, +, -, @, a tab or a line break, gets an
    /// apostrophe first (OWASP: CSV Injection).
    package static func text(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let isFormula =
            scalars.first.map { "=+-@\t\r\n\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}".unicodeScalars.contains($0) } ?? false
        let safe = isFormula ? "'" + text : text
        // By scalars: CR LF is one character.
        guard safe.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else { return safe }
        return "\"" + safe.replacing("\"", with: "\"\"") + "\""
    }
}

/// A table in such a file, row by row: none is held.
package final class CSVWriter {
    private let writer: LineWriter
    private var text: [UInt8] = []
    private static let pieceBytes = 1 << 18

    /// Creates the file, with a header.
    ///
    /// - Throws: ``Failure`` of kind `cannotCreate` or `inputOutput`.
    package init(_ path: String, columns: [String]) throws(Failure) {
        writer = try LineWriter(path: path)
        try write(columns.map(CSV.text))
    }

    /// Writes a row of fields: texts as ``CSV/text(_:)`` gives them, and numbers as they are.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`.
    package func write(_ fields: [String]) throws(Failure) {
        text += CSV.line(fields).pathBytes
        guard text.count > Self.pieceBytes else { return }
        try writer.write(bytes: text)
        text.removeAll(keepingCapacity: true)
    }

    /// Writes what is left, and closes the file.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`.
    package func close() throws(Failure) {
        try writer.write(bytes: text)
        text.removeAll()
        try writer.close()
    }
}
