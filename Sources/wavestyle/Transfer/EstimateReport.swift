// SPDX-License-Identifier: Apache-2.0
import Matrices
import Mosaic
import Report
import Transfer

/// A run's estimate for people and for programs.
struct EstimateReport: Codable, Equatable {
    /// Bytes.
    let memory: Int
    /// From the first sample read to the last iterate.
    let seconds: Double
    /// How memory is traded for time; nil for a mosaic.
    let strategy: MemoryStrategy?
    /// What plays in a mosaic; nil for an optimisation.
    let mode: String?
    /// The run's own bytes, by what they are for.
    let requests: [String: Int]
    /// Bytes of the result's file, about.
    var disk = 0

    init(_ estimate: RunEstimate, settings: TransferSettings, snapshots: Set<Int>, channels: Int) {
        memory = estimate.memory
        seconds =
            estimate.seconds(
                iterations: settings.iterations, sounds: snapshots.union([settings.iterations]).count)
            * Double(channels)
        (strategy, mode, requests) = (estimate.strategy, nil, estimate.requests)
    }

    /// - Parameter memory: bytes, of the whole process.
    init(_ estimate: Mosaic.Estimate, memory: Int) {
        (self.memory, seconds) = (memory, estimate.seconds)
        (strategy, mode, requests) = (nil, estimate.mode.rawValue, estimate.requests)
    }

    /// One line.
    var text: String {
        "This will take about \(durationText(seconds)) and \(AvailableMemory.text(memory)) of memory "
            + "(\(strategy?.description ?? "mode: \(mode ?? "")"))."
    }
}
