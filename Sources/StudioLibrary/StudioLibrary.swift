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
            guard try !database.read(Schema.steps.hasBeenSuperseded) else { throw Newer() }
            try Schema.steps.migrate(database)
            try keepNumbersFree()
        } catch is Newer {
            throw Failure(
                .badData, "cannot open the studio's library", at: path, why: "a newer version of wavestyle made it",
                remedy: "use that version, or choose another --folder")
        } catch {
            throw Failure(
                .badData, "cannot open the studio's library", at: path, why: Self.reason(error),
                remedy: "choose another --folder, or restore it from a backup")
        }
    }

    private struct Newer: Error {}

    /// New runs get numbers beyond those of all results that lie there, whatever database they are from.
    private func keepNumbersFree() throws {
        let names = Folder.names(in: "\(folder)/results") ?? []
        guard let last = names.compactMap({ Int64($0.prefix { $0 != "." }) }).max() else { return }
        try database.write { db in
            try db.execute(
                sql: """
                    INSERT INTO sqlite_sequence (name, seq) SELECT 'run', 0
                    WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'run')
                    """)
            try db.execute(
                sql: "UPDATE sqlite_sequence SET seq = ? WHERE name = 'run' AND seq < ?", arguments: [last, last])
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
    /// A file that is on its way to be a sound's: a name that says so, and what it will be called.
    private func incoming(_ file: String) -> String { "\(folder)/sounds/\(Self.incomingMark)\(file)" }
    private static let incomingMark = "incoming-"

    /// A place for a new sound's file, until it is kept.
    ///
    /// - Parameters:
    ///   - name: of the sound, of which plain letters and digits are taken.
    ///   - suffix: of the file; any other than those of sounds is not taken.
    public func newFile(for name: String, extension suffix: String) -> String {
        let known = ["wav", "flac", "ogg", "opus", "mp3", "aiff", "aif", "m4a", "webm"]
        let plain = name.unicodeScalars.map {
            $0.isASCII && $0.properties.isAlphabetic || $0.isASCII && $0.properties.numericType != nil
                ? Character($0) : "-"
        }
        let words = String(plain).split(separator: "-").joined(separator: "-").prefix(40)
        let random = String(UInt64.random(in: 0...(.max)), radix: 36)
        return incoming("\(words.isEmpty ? "sound" : words)-\(random).\(known.contains(suffix) ? suffix : "sound")")
    }

    /// The name that an incoming file will have.
    public static func keptName(of incoming: String) -> String {
        String(incoming.lastName.trimmingPrefix(incomingMark))
    }

    /// Keeps a sound whose file is still an incoming one, and gives that its place.
    public func add(_ sound: KeptSound) throws(Failure) -> KeptSound {
        let kept = try write { db in
            var sound = sound
            try sound.insert(db)
            return sound
        }
        try OutputFile.move(incoming(kept.file), to: path(of: kept))
        guard FileCalls.syncFolder("\(folder)/sounds") == 0 else {
            throw Failure(.inputOutput, "cannot store the sound", at: path(of: kept), why: systemError(errno))
        }
        return kept
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

    /// Changes a run; nil where there is none, or it is in another state than some.
    @discardableResult
    public func change(
        run id: Int64, in states: [KeptRun.State] = KeptRun.State.allCases, _ change: (inout KeptRun) -> Void
    ) throws(Failure) -> KeptRun? {
        try write { db in
            guard var run = try KeptRun.fetchOne(db, key: id), states.contains(run.state) else { return nil }
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

    /// Puts a run after all that wait, or one that waits before all others.
    ///
    /// - Returns: nil where there is none, or it runs or is finished.
    public func enqueue(_ id: Int64) throws(Failure) -> KeptRun? {
        try write { db in
            guard var run = try KeptRun.fetchOne(db, key: id), run.binned == nil,
                [.waiting, .paused, .stopped, .failed].contains(run.state)
            else { return nil }
            let first = run.state == .waiting
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
    /// Puts a run into the bin, or back. What waits or is paused is stopped first.
    ///
    /// - Returns: false where there is none, or it is running.
    public func bin(run id: Int64, _ isBinned: Bool = true) throws(Failure) -> Bool {
        try write { db in
            guard var run = try KeptRun.fetchOne(db, key: id), !isBinned || run.state != .running else { return false }
            if isBinned, run.state == .waiting || run.state == .paused { (run.state, run.canResume) = (.stopped, true) }
            run.binned = isBinned ? Date() : nil
            try run.update(db)
            return true
        }
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

    /// Empties the bin for good: files first, so that what is killed in between is still in the bin.
    public func emptyBin() throws(Failure) -> (runs: [Int64], sounds: [Int64]) {
        let (runs, sounds) = try read { db in
            let runs = try KeptRun.filter(sql: "binned IS NOT NULL").fetchAll(db).compactMap(\.id)
            let used = Set(
                try KeptRun.filter(sql: "binned IS NULL").fetchAll(db).flatMap { [$0.content.id] + $0.styles.map(\.id) }
            )
            let sounds = try KeptSound.filter(sql: "binned IS NOT NULL").fetchAll(db)
            return (runs, sounds.filter { $0.id.map { !used.contains($0) } ?? false })
        }
        for sound in sounds { unlink(path(of: sound).cPath) }
        let numbers = Set(runs.map { "\($0)" })
        removeResults { numbers.contains($0) }
        try write { db in
            for id in runs {
                try db.execute(sql: "DELETE FROM run WHERE id = ? AND binned IS NOT NULL", arguments: [id])
            }
            for sound in sounds { try sound.delete(db) }
        }
        return (runs, sounds.compactMap(\.id))
    }

    /// Brings to an end what a server that was killed has left: sounds that were kept get their places, and what was on its way goes. Nothing
    /// else in the folder is touched. To be called before anything is added.
    public func settle() throws(Failure) {
        let kept = try read { Set(try String.fetchAll($0, sql: "SELECT file FROM sound")) }
        for name in Folder.names(in: "\(folder)/sounds") ?? [] where name.hasPrefix(Self.incomingMark) {
            let path = "\(folder)/sounds/\(name)"
            if kept.contains(Self.keptName(of: path)) {
                try OutputFile.move(path, to: "\(folder)/sounds/\(Self.keptName(of: path))")
            } else {
                unlink(path.cPath)
            }
        }
        for place in ["\(folder)/sounds", "\(folder)/results"] {
            for name in Folder.names(in: place) ?? [] where OutputFile.isPartial(name) {
                unlink("\(place)/\(name)".cPath)
            }
        }
    }

    /// - Parameter isUnwanted: of a run, by its number, with which the names of all its files begin.
    private func removeResults(_ isUnwanted: (String) -> Bool) {
        for name in Folder.names(in: "\(folder)/results") ?? [] where isUnwanted(String(name.prefix { $0 != "." })) {
            unlink("\(folder)/results/\(name)".cPath)
        }
    }
}
