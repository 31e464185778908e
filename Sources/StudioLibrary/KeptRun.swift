// SPDX-License-Identifier: Apache-2.0
import Foundation
import GRDB

/// A run of the studio: it waits, runs, or has ended, and then it is a result.
public struct KeptRun: Codable, Equatable, Sendable, FetchableRecord, MutablePersistableRecord {
    public enum State: String, Codable, Sendable, CaseIterable {
        case waiting, running
        /// By the user: it goes on where it was.
        case paused
        /// By the user: the best so far is its result.
        case stopped
        case finished, failed

    }

    /// A sound by its name at the time.
    public struct Source: Codable, Equatable, Sendable {
        public let id: Int64
        public let name: String
        /// Among several styles.
        public let weight: Double

        public init(id: Int64, name: String, weight: Double = 1) {
            (self.id, self.name, self.weight) = (id, name, weight)
        }
    }

    public static let databaseTableName = "run"

    /// nil before it is kept.
    public private(set) var id: Int64?
    public var title: String
    public var state: State
    /// Its place in the queue: lower ones come first.
    var place: Double
    public let content: Source
    public let styles: [Source]
    public let preset: String
    /// What was changed on the preset, as options' names and their values in JSON.
    public let changed: String
    public let created: Date
    public var finished: Date?
    /// How long the result is.
    public var seconds: Double?
    /// Seconds of work.
    public var took: Double?
    /// Why it failed.
    public var error: String?
    public var warnings: [String]
    /// 1 to 5.
    public var rating: Int?
    public var note: String
    /// Of the result, in LUFS; nil for silence.
    public var loudness: Double?
    /// Of the result.
    public var peak: Double?
    /// Iterations after which its sound was written.
    public var snapshots: [Int]
    public var hasResult: Bool
    /// Whether it goes on from where it was stopped, or begins anew after it failed.
    public var canResume: Bool
    /// What came of it, in a sentence or two.
    public var summary: String?
    /// What is searched, in lower case.
    var words: String
    /// When it came into the bin; nil where it is not there.
    public internal(set) var binned: Date?

    public init(title: String?, content: Source, styles: [Source], preset: String, changed: String) {
        let names = styles.map(\.name).joined(separator: " + ")
        self.title = KeptText.name(title ?? "\(content.name) as \(names)")
        (self.content, self.styles, self.preset, self.changed) = (content, styles, preset, changed)
        (state, place, created, note, words) = (.waiting, 0, Date(), "", "")
        (warnings, snapshots, hasResult, canResume) = ([], [], false, false)
    }

    public mutating func didInsert(_ inserted: InsertionSuccess) { id = inserted.rowID }

    /// Makes it be found by what it says now.
    mutating func index() {
        words = ([title, note, content.name, preset] + styles.map(\.name)).joined(separator: " ").lowercased()
    }
}
