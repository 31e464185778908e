// SPDX-License-Identifier: Apache-2.0
import Files
import Transfer

/// An unfinished run on disk: the command, what the result depends on, and how far it is.
struct RunCheckpoint: Codable {
    /// The command's words, and the folder that it was given in.
    var arguments: [String]
    var folder: String
    var machine: Machine
    /// Of the run, without results.
    var record: RunRecord
    /// Iterations whose sound is written too.
    var snapshots: Set<Int>
    /// How far it is, for people: a part of what is to be done.
    var iteration = 0
    var iterations = 0
    var progress = Progress()

    /// What there is already.
    struct Progress: Codable {
        /// The trace so far.
        var trace = ""
        /// Snapshots that are on disk.
        var written: [RunRecord.Snapshot] = []
        /// Channels of those that are not complete.
        var partial: [Int: [SavedSamples]] = [:]
        /// Of the channels that are finished.
        var outcomes: [TransferRun.Outcome] = []
        /// Of the one that is not; nil where nothing is worth saving, and of a mosaic, which is made anew.
        var state: RunState?
    }

    /// For people: 'iteration 57 of 100'.
    var place: String { iterations > 0 ? "iteration \(iteration) of \(iterations)" : "its beginning" }
}
