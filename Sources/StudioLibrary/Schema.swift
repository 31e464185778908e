// SPDX-License-Identifier: Apache-2.0
import GRDB

/// The tables. A step that was published is never changed: a new one follows it.
enum Schema {
    static var steps: DatabaseMigrator {
        var steps = DatabaseMigrator()
        steps.registerMigration("sounds and runs") { db in
            try db.create(table: "sound") { table in
                // A number is never used again: files are named by it.
                table.autoIncrementedPrimaryKey("id")
                for name in ["name", "file", "origin", "remarks"] { table.column(name, .text).notNull() }
                for name in ["seconds", "peak"] { table.column(name, .double).notNull() }
                for name in ["rate", "channels"] { table.column(name, .integer).notNull() }
                table.column("loudness", .double)
                table.column("created", .datetime).notNull()
                table.column("binned", .datetime)
            }
            try db.create(table: "run") { table in
                table.autoIncrementedPrimaryKey("id")
                let texts = [
                    "title", "state", "content", "styles", "preset", "changed", "warnings", "note", "snapshots",
                    "words",
                ]
                for name in texts { table.column(name, .text).notNull() }
                for name in ["error", "summary"] { table.column(name, .text) }
                table.column("place", .double).notNull()
                for name in ["seconds", "took", "loudness", "peak"] { table.column(name, .double) }
                table.column("rating", .integer)
                for name in ["hasResult", "canResume"] { table.column(name, .boolean).notNull() }
                table.column("created", .datetime).notNull()
                for name in ["finished", "binned"] { table.column(name, .datetime) }
            }
            try db.create(index: "runs by state", on: "run", columns: ["state", "finished"])
        }
        return steps
    }
}
