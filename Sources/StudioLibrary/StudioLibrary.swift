// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import GRDB

/// What the studio keeps in a folder. What a call has returned from is on the disk.
public final class StudioLibrary: Sendable {
    public let folder: String
    private let database: DatabasePool

    /// Opens it, and makes it where there is none.
    ///
    /// - Throws: ``Failure`` of kind `cannotCreate`, or `badData` where the database cannot be read.
    public init(folder: String) throws(Failure) {
        self.folder = folder
        for place in [folder, "\(folder)/sounds", "\(folder)/results"] { try Folder.make(place) }
        let path = "\(folder)/studio.sqlite"
        var configuration = Configuration()
        // What was acknowledged outlives the machine, too.
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        do {
            database = try DatabasePool(path: path, configuration: configuration)
            try Schema.steps.migrate(database)
        } catch {
            throw Failure(
                .badData, "cannot open the studio's library", at: path, why: Self.reason(error),
                remedy: "choose another --folder, or restore it from a backup")
        }
    }

    static func reason(_ error: any Error) -> String {
        (error as? DatabaseError).map { $0.message ?? "SQLite's error \($0.resultCode.rawValue)" }
            ?? error.localizedDescription
    }

    /// Where a sound's file is.
    public func path(of sound: KeptSound) -> String { "\(folder)/sounds/\(sound.file)" }

    /// Where a run's result is; its record, its trace and its snapshots lie beside it.
    public func output(ofRun id: Int64) -> String { "\(folder)/results/\(id).wav" }

    /// The losses of a run's iterations.
    public func trace(ofRun id: Int64) -> String { "\(folder)/results/\(id).jsonl" }

    private func read<Value>(_ body: (Database) throws -> Value) throws(Failure) -> Value {
        do { return try database.read(body) } catch { throw broken(error) }
    }

    private func write<Value>(_ body: (Database) throws -> Value) throws(Failure) -> Value {
        do { return try database.write(body) } catch { throw broken(error) }
    }

    private func broken(_ error: any Error) -> Failure {
        Failure(
            .inputOutput, "cannot use the studio's library", at: "\(folder)/studio.sqlite", why: Self.reason(error))
    }
}

// MARK: - Sounds

extension StudioLibrary {
    /// Keeps a sound whose file is in its place.
    public func add(_ sound: KeptSound) throws(Failure) -> KeptSound {
        try write { db in
            var sound = sound
            try sound.insert(db)
            return sound
        }
    }

    /// Those outside the bin, newest first.
    public func sounds() throws(Failure) -> [KeptSound] {
        try read { try KeptSound.filter(sql: "binned IS NULL").order(sql: "id DESC").fetchAll($0) }
    }

    /// Whether there has never been any.
    public func hasNoSounds() throws(Failure) -> Bool {
        try read { try Int64.fetchOne($0, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'sound'") ?? 0 == 0 }
    }

    /// A sound, also of the bin; nil where there is none.
    public func sound(_ id: Int64) throws(Failure) -> KeptSound? {
        try read { try KeptSound.fetchOne($0, key: id) }
    }

    /// Changes a sound; nil where there is none.
    public func change(sound id: Int64, _ change: (inout KeptSound) -> Void) throws(Failure) -> KeptSound? {
        try write { db in
            guard var sound = try KeptSound.fetchOne(db, key: id) else { return nil }
            change(&sound)
            try sound.update(db)
            return sound
        }
    }
}

// MARK: - Runs

extension StudioLibrary {
    /// What the library is sorted by.
    public enum Order: String, Sendable {
        case newest, oldest, rating, title, longest

        fileprivate var sql: String {
            switch self {
            case .newest: "finished DESC, id DESC"
            case .oldest: "finished, id"
            case .rating: "rating DESC, finished DESC, id DESC"
            case .title: "title COLLATE NOCASE, id"
            case .longest: "seconds DESC, id DESC"
            }
        }
    }

    private static let ended = "binned IS NULL AND state IN ('stopped', 'finished', 'failed')"

    /// Keeps a run at the end of the queue.
    public func add(_ run: KeptRun) throws(Failure) -> KeptRun {
        try write { db in
            var run = run
            run.place = (try Double.fetchOne(db, sql: "SELECT max(place) FROM run") ?? 0) + 1
            run.index()
            try run.insert(db)
            return run
        }
    }

    /// A run, also of the bin; nil where there is none.
    public func run(_ id: Int64) throws(Failure) -> KeptRun? { try read { try KeptRun.fetchOne($0, key: id) } }

    /// Changes a run; nil where there is none.
    @discardableResult
    public func change(run id: Int64, _ change: (inout KeptRun) -> Void) throws(Failure) -> KeptRun? {
        try write { db in
            guard var run = try KeptRun.fetchOne(db, key: id) else { return nil }
            change(&run)
            run.index()
            try run.update(db)
            return run
        }
    }

    /// The library: those that have ended, some of them.
    ///
    /// - Parameter search: words that must all be in title, note, method or the names of its sounds.
    /// - Returns: how many there are in all, and those asked for.
    public func results(
        search: String = "", order: Order = .newest, offset: Int = 0, limit: Int = 200
    ) throws(Failure) -> (total: Int, runs: [KeptRun]) {
        try read { db in
            var found = KeptRun.filter(sql: Self.ended)
            for word in search.lowercased().split(whereSeparator: \.isWhitespace).prefix(20) {
                found = found.filter(sql: "instr(words, ?) > 0", arguments: [String(word)])
            }
            return (
                try found.fetchCount(db), try found.order(sql: order.sql).limit(limit, offset: offset).fetchAll(db)
            )
        }
    }

    /// The queue: what runs, what waits in its order, and what is paused.
    public func queue() throws(Failure) -> [KeptRun] {
        try read { db in
            try KeptRun.filter(sql: "binned IS NULL AND state IN ('running', 'waiting', 'paused')").order(
                sql: "CASE state WHEN 'running' THEN 0 WHEN 'waiting' THEN 1 ELSE 2 END, place"
            ).fetchAll(db)
        }
    }

    /// Takes the next one that waits: it runs now. Nil where none waits.
    public func takeNext() throws(Failure) -> KeptRun? {
        try write { db in
            let next = KeptRun.filter(sql: "binned IS NULL AND state = 'waiting'").order(sql: "place")
            guard var run = try next.fetchOne(db) else { return nil }
            run.state = .running
            try run.update(db)
            return run
        }
    }

    /// Puts what waits into another order; what is not named comes after it, as it was.
    public func reorder(_ ids: [Int64]) throws(Failure) -> [Int64] {
        try write { db in
            let waiting = try Int64.fetchAll(
                db, sql: "SELECT id FROM run WHERE binned IS NULL AND state = 'waiting' ORDER BY place")
            var seen = Set<Int64>()
            let named = ids.filter { waiting.contains($0) && seen.insert($0).inserted }
            let order = named + waiting.filter { !seen.contains($0) }
            let places = try Double.fetchAll(
                db, sql: "SELECT place FROM run WHERE binned IS NULL AND state = 'waiting' ORDER BY place")
            for (id, place) in zip(order, places) {
                try db.execute(sql: "UPDATE run SET place = ? WHERE id = ?", arguments: [place, id])
            }
            return order
        }
    }

    /// Puts a run before or after all that wait.
    public func enqueue(_ id: Int64, first: Bool) throws(Failure) -> KeptRun? {
        try write { db in
            guard var run = try KeptRun.fetchOne(db, key: id) else { return nil }
            let end = try Double.fetchOne(
                db, sql: "SELECT \(first ? "min" : "max")(place) FROM run WHERE state = 'waiting'")
            run.place = (end ?? 0) + (first ? -1 : 1)
            (run.state, run.error) = (.waiting, nil)
            try run.update(db)
            return run
        }
    }

    /// After a server that was killed: what ran waits again, before all others.
    public func recover() throws(Failure) {
        try write { db in
            let first = try Double.fetchOne(db, sql: "SELECT min(place) FROM run WHERE state = 'waiting'") ?? 0
            try db.execute(
                sql: "UPDATE run SET state = 'waiting', place = ? WHERE state = 'running'", arguments: [first - 1])
        }
    }
}

// MARK: - The bin

extension StudioLibrary {
    /// Puts a run into the bin, or back.
    public func bin(run id: Int64, _ isBinned: Bool = true) throws(Failure) -> Bool {
        try set(isBinned ? Date() : nil, id, in: "run")
    }

    /// Puts a sound into the bin, or back.
    public func bin(sound id: Int64, _ isBinned: Bool = true) throws(Failure) -> Bool {
        try set(isBinned ? Date() : nil, id, in: "sound")
    }

    private func set(_ binned: Date?, _ id: Int64, in table: String) throws(Failure) -> Bool {
        try write { db in
            try db.execute(sql: "UPDATE \(table) SET binned = ? WHERE id = ?", arguments: [binned, id])
            return db.changesCount > 0
        }
    }

    /// What is in the bin, the latest first. Sounds that results outside it were made of can be restored, but are not destroyed with it.
    public func bin() throws(Failure) -> (runs: [KeptRun], sounds: [KeptSound]) {
        try read { db in
            (
                try KeptRun.filter(sql: "binned IS NOT NULL").order(sql: "binned DESC").fetchAll(db),
                try KeptSound.filter(sql: "binned IS NOT NULL").order(sql: "binned DESC").fetchAll(db)
            )
        }
    }

    /// How many results and how much in the bin there are.
    public func counts() throws(Failure) -> (results: Int, bin: Int) {
        try read { db in
            (
                try KeptRun.filter(sql: Self.ended).fetchCount(db),
                try KeptRun.filter(sql: "binned IS NOT NULL").fetchCount(db)
                    + KeptSound.filter(sql: "binned IS NOT NULL").fetchCount(db)
            )
        }
    }

    /// Empties the bin for good. Its rows go first: what is killed in between leaves files, which ``removeStrays()`` removes.
    public func emptyBin() throws(Failure) -> (runs: [Int64], sounds: [Int64]) {
        let gone = try write { db in
            let runs = try KeptRun.filter(sql: "binned IS NOT NULL").fetchAll(db)
            try KeptRun.filter(sql: "binned IS NOT NULL").deleteAll(db)
            let used = Set(try KeptRun.fetchAll(db).flatMap { [$0.content.id] + $0.styles.map(\.id) })
            let sounds = try KeptSound.filter(sql: "binned IS NOT NULL").fetchAll(db).filter {
                $0.id.map { !used.contains($0) } ?? false
            }
            for sound in sounds { try sound.delete(db) }
            return (runs: runs.compactMap(\.id), sounds: sounds)
        }
        for sound in gone.sounds { unlink(path(of: sound).cPath) }
        let runs = Set(gone.runs.map { "\($0)" })
        removeResults { runs.contains($0) }
        return (gone.runs, gone.sounds.compactMap(\.id))
    }

    /// Removes files of sounds and runs that are not kept: to be called before anything is added.
    public func removeStrays() throws(Failure) {
        let (sounds, runs) = try read { db in
            (
                Set(try String.fetchAll(db, sql: "SELECT file FROM sound")),
                Set(try Int64.fetchAll(db, sql: "SELECT id FROM run").map { "\($0)" })
            )
        }
        for name in Folder.names(in: "\(folder)/sounds") ?? [] where !sounds.contains(name) {
            unlink("\(folder)/sounds/\(name)".cPath)
        }
        removeResults { !runs.contains($0) }
    }

    /// - Parameter isUnwanted: of a run, by its number, with which the names of all its files begin.
    private func removeResults(_ isUnwanted: (String) -> Bool) {
        for name in Folder.names(in: "\(folder)/results") ?? [] where isUnwanted(String(name.prefix { $0 != "." })) {
            unlink("\(folder)/results/\(name)".cPath)
        }
    }
}
