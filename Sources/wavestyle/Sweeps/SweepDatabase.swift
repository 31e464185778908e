// SPDX-License-Identifier: Apache-2.0
import Files
import GRDB

extension SweepColumn {
    /// Of its type. Settings are stored as they are: a seed may be a text, as no number holds it.
    fileprivate var declaration: String { kind == .setting && isNumeric ? "" : isNumeric ? " REAL" : " TEXT" }
}

/// The sweep's table as an SQLite database: a table named `runs`.
final class SweepDatabase {
    private let path: String
    private let queue: DatabaseQueue
    private let statement: String
    private var rows: [StatementArguments] = []
    private static let batch = 1_000

    /// Creates it.
    ///
    /// - Throws: ``Failure`` of kind `cannotCreate`.
    init(_ path: String, _ columns: [SweepColumn]) throws(Failure) {
        self.path = path
        let names = columns.map { Self.quoted($0.name) }
        statement = "INSERT INTO runs VALUES (\(names.map { _ in "?" }.joined(separator: ", ")))"
        do {
            var configuration = Configuration()
            // A file that is renamed when it is complete needs no journal beside it.
            configuration.prepareDatabase { try $0.execute(sql: "PRAGMA journal_mode = MEMORY") }
            queue = try DatabaseQueue(path: path, configuration: configuration)
            let definitions = zip(names, columns).map { "\($0)\($1.declaration)" }
            try queue.write { db in try db.execute(sql: "CREATE TABLE runs (\(definitions.joined(separator: ", ")))") }
        } catch { throw Self.failure(error, .cannotCreate, path) }
    }

    /// Adds a row.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`.
    func insert(_ cells: [SweepCell]) throws(Failure) {
        rows.append(
            StatementArguments(
                cells.map { cell -> DatabaseValue in
                    switch cell {
                    case .text(let text): text.databaseValue
                    case .number(let number): number.databaseValue
                    case .none: .null
                    }
                }))
        if rows.count == Self.batch { try flush() }
    }

    /// Writes what is left, and closes it.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`.
    func close() throws(Failure) {
        try flush()
        do { try queue.close() } catch { throw Self.failure(error, .inputOutput, path) }
    }

    private func flush() throws(Failure) {
        do {
            try queue.write { db in
                let insert = try db.makeStatement(sql: statement)
                for row in rows { try insert.execute(arguments: row) }
            }
        } catch { throw Self.failure(error, .inputOutput, path) }
        rows.removeAll(keepingCapacity: true)
    }

    private static func quoted(_ name: String) -> String {
        "\"" + name.replacing("\"", with: "\"\"") + "\""
    }

    private static func failure(_ error: any Error, _ kind: Failure.Kind, _ path: String) -> Failure {
        let database = error as? DatabaseError
        return Failure(
            kind, "cannot write", at: path,
            why: database?.message ?? database.map { "SQLite's error \($0.resultCode.rawValue)" } ?? "\(error)")
    }
}
