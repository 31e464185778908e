// SPDX-License-Identifier: Apache-2.0
import Foundation
import GRDB

/// A sound of the studio, without its file.
public struct KeptSound: Codable, Equatable, Sendable, FetchableRecord, MutablePersistableRecord {
    /// Where it comes from.
    public enum Origin: String, Codable, Sendable {
        case upload, recording, bundled
        /// A part of another one.
        case cut
        /// The result of a run.
        case result
    }

    public static let databaseTableName = "sound"

    /// nil before it is kept.
    public private(set) var id: Int64?
    /// For people; never a path.
    public var name: String
    /// Its file's name in the folder of sounds.
    public let file: String
    public let origin: Origin
    public let seconds: Double
    /// In hertz.
    public let rate: Int
    public let channels: Int
    /// In LUFS; nil for silence.
    public let loudness: Double?
    /// The largest absolute sample; 1 is full scale.
    public let peak: Double
    /// What is odd about its file.
    public let remarks: [String]
    public let created: Date
    /// When it came into the bin; nil where it is not there.
    public internal(set) var binned: Date?

    public init(
        name: String, file: String, origin: Origin, seconds: Double, rate: Int, channels: Int, loudness: Double?,
        peak: Double, remarks: [String] = []
    ) {
        (self.name, self.file, self.origin, self.seconds) = (KeptText.name(name), file, origin, seconds)
        (self.rate, self.channels, self.loudness, self.peak) = (rate, channels, loudness, peak)
        (self.remarks, created) = (remarks, Date())
    }

    public mutating func didInsert(_ inserted: InsertionSuccess) { id = inserted.rowID }
}
