// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import GRDB
import Listening

/// A listening test in a folder, with its listeners and their answers. What a call has returned from is on the disk.
public final class ListeningStore: Sendable {
    public let folder: String
    public let test: ListeningTest
    private let database: DatabasePool

    /// Where the sounds of a test lie.
    public static func sounds(in folder: String) -> String { "\(folder)/sounds" }

    /// Whether there is a test in a folder.
    public static func exists(in folder: String) -> Bool { fileExists(path(in: folder)) }

    private static func path(in folder: String) -> String { "\(folder)/listening.sqlite" }

    /// Stores a new test in a folder that is there.
    ///
    /// - Throws: ``Failure`` of kind `cannotCreate` where there is a test already.
    public convenience init(_ test: ListeningTest, in folder: String) throws(Failure) {
        guard !Self.exists(in: folder) else {
            throw Failure(
                .cannotCreate, "cannot make a listening test", at: folder, why: "there is one in it",
                remedy: "go on with it by naming the folder alone, or choose another --folder")
        }
        try self.init(folder: folder, making: test)
    }

    /// Opens a test.
    ///
    /// - Throws: ``Failure`` of kind `noInput` where there is none.
    public convenience init(folder: String) throws(Failure) {
        guard Self.exists(in: folder) else {
            throw Failure(.noInput, "cannot open the listening test", at: folder, why: "there is none in this folder")
        }
        try self.init(folder: folder, making: nil)
    }

    private init(folder: String, making test: ListeningTest?) throws(Failure) {
        self.folder = folder
        let path = Self.path(in: folder)
        var configuration = Configuration()
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        do {
            database = try DatabasePool(path: path, configuration: configuration)
            try Self.steps.migrate(database)
            if let test {
                let json = String(decoding: try JSONEncoder().encode(test), as: UTF8.self)
                try database.write { db in
                    try db.execute(sql: "INSERT OR IGNORE INTO test (id, json) VALUES (1, ?)", arguments: [json])
                }
            }
            let json = try database.read { try String.fetchOne($0, sql: "SELECT json FROM test") } ?? ""
            self.test = try JSONDecoder().decode(ListeningTest.self, from: Data(json.utf8))
        } catch {
            throw Failure(.badData, "cannot open the listening test", at: path, why: StudioLibrary.reason(error))
        }
    }

    private static var steps: DatabaseMigrator {
        var steps = DatabaseMigrator()
        steps.registerMigration("test, listeners, answers") { db in
            try db.create(table: "test") { table in
                table.primaryKey("id", .integer)
                table.column("json", .text).notNull()
            }
            try db.create(table: "listener") { table in
                // From 1, in the order of arrival.
                table.autoIncrementedPrimaryKey("number")
                table.column("name", .text).notNull()
                // What names that are the same have in common.
                table.column("identity", .text).notNull().unique()
            }
            try db.create(table: "answer") { table in
                table.autoIncrementedPrimaryKey("id")
                table.column("json", .text).notNull()
            }
        }
        return steps
    }

    /// A listener under the name that was given first, and the place in the order of arrival, from 0; a new one gets the next.
    ///
    /// - Parameter name: `anna` and ` Anna` are one.
    public func enter(_ name: String) throws(Failure) -> (name: String, number: Int) {
        let identity = Self.identity(name)
        return try use {
            try self.database.write { db in
                try db.execute(
                    sql: "INSERT OR IGNORE INTO listener (name, identity) VALUES (?, ?)", arguments: [name, identity])
                let row = try Row.fetchOne(
                    db,
                    sql: """
                        SELECT name, (SELECT count(*) FROM listener AS earlier WHERE earlier.number < listener.number) AS place
                        FROM listener WHERE identity = ?
                        """, arguments: [identity])
                return (row?["name"] ?? name, row?["place"] ?? 0)
            }
        }
    }

    /// Without what one types differently the next time: case, spaces, and ways to compose letters.
    private static func identity(_ name: String) -> String {
        name.split(whereSeparator: \.isWhitespace).joined(separator: " ").lowercased()
            .precomposedStringWithCanonicalMapping
    }

    /// Whether somebody has entered under exactly this name.
    public func knows(_ listener: String) throws(Failure) -> Bool {
        try use {
            try self.database.read { db in
                try Bool.fetchOne(
                    db, sql: "SELECT EXISTS (SELECT 1 FROM listener WHERE name = ?)", arguments: [listener]) ?? false
            }
        }
    }

    /// Stores an answer. One to the same page by the same listener is kept, too: the last one counts.
    ///
    /// - Throws: ``Failure``, of kind `badData` for one that is none to this test.
    public func add(_ answer: Answer) throws(Failure) {
        try test.check(answer)
        try use {
            let encoder = JSONEncoder()
            encoder.dateEncodingStrategy = .iso8601
            let json = String(decoding: try encoder.encode(answer), as: UTF8.self)
            try self.database.write { try $0.execute(sql: "INSERT INTO answer (json) VALUES (?)", arguments: [json]) }
        }
    }

    /// All answers, in the order in which they were stored.
    public func answers() throws(Failure) -> [Answer] {
        try use {
            let decoder = JSONDecoder()
            decoder.dateDecodingStrategy = .iso8601
            return try self.database.read { try String.fetchAll($0, sql: "SELECT json FROM answer ORDER BY id") }.map {
                try decoder.decode(Answer.self, from: Data($0.utf8))
            }
        }
    }

    private func use<Value>(_ body: () throws -> Value) throws(Failure) -> Value {
        do { return try body() } catch {
            throw Failure(
                .inputOutput, "cannot use the listening test", at: Self.path(in: folder),
                why: StudioLibrary.reason(error))
        }
    }
}
