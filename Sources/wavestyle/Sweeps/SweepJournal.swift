// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation

/// What a process of a sweep did, a line for each event, in a file of its own.
struct SweepJournal {
    struct Entry: Codable {
        enum Event: String, Codable { case began, finished, failed, stopped }

        let run: String
        let event: Event
        let host: String
        let process: Int32
        let time: Date
        /// Of the checkpoint that it goes on from; nil where there is none.
        var iteration: Int?
        /// Since it began here.
        var seconds: Double?
        /// Why it failed.
        var reason: String?
    }

    private let path: String
    private static let host = ProcessInfo.processInfo.hostName

    /// - Parameter name: of the process among those of all machines.
    init(_ name: String, in folder: SweepFolder) throws(Failure) {
        try Folder.make(folder.journalPath)
        path = "\(folder.journalPath)/\(name).jsonl"
    }

    /// A name that no other process has.
    static var ownName: String { "\(host)-\(getpid())-\(Int(Date().timeIntervalSince1970))" }

    func write(
        _ run: String, _ event: Entry.Event, iteration: Int? = nil, seconds: Double? = nil, reason: String? = nil
    ) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        let entry = Entry(
            run: run, event: event, host: Self.host, process: getpid(), time: Date(),
            iteration: iteration, seconds: seconds, reason: reason)
        let writer = try LineWriter(appendingTo: path)
        try writer.write(bytes: Array(try encoder.encode(entry)) + [UInt8(ascii: "\n")])
        try writer.close()
    }

    /// The last entry of each run.
    static func last(in folder: SweepFolder) throws -> [String: Entry] {
        var last: [String: Entry] = [:]
        try forEach(in: folder) { entry in
            if last[entry.run].map({ $0.time <= entry.time }) ?? true { last[entry.run] = entry }
        }
        return last
    }

    /// Goes through the entries of all processes, those of each in their order. A line that was torn by a crash is passed over.
    static func forEach(in folder: SweepFolder, _ body: (Entry) -> Void) throws {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        for name in (Folder.names(in: folder.journalPath) ?? []).sorted() where name.hasSuffix(".jsonl") {
            try LineReader("\(folder.journalPath)/\(name)").forEach { line, _ in
                if let entry = try? decoder.decode(Entry.self, from: Data(line)) { body(entry) }
            }
        }
    }
}
