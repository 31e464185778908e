// SPDX-License-Identifier: Apache-2.0
import Matrices
import Report
import Transfer

/// A run's estimate for people and for programs.
struct EstimateReport: Codable, Equatable {
    /// Bytes.
    let memory: Int
    /// From the first sample read to the last iterate.
    let seconds: Double
    /// How memory is traded for time.
    let strategy: MemoryStrategy
    /// The run's own bytes, by what they are for.
    let requests: [String: Int]

    init(_ estimate: RunEstimate, settings: TransferSettings, snapshots: Set<Int>, channels: Int) {
        memory = estimate.memory
        seconds =
            estimate.seconds(
                iterations: settings.iterations, sounds: snapshots.union([settings.iterations]).count)
            * Double(channels)
        (strategy, requests) = (estimate.strategy, estimate.requests)
    }

    /// One line.
    var text: String {
        "This will take about \(durationText(seconds)) and \(AvailableMemory.text(memory)) of memory "
            + "(\(strategy.description))."
    }
}
