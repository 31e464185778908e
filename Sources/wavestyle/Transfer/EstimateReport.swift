// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
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

/// Seconds for people, as `12 s`, `3:05 min` or `2.5 h`.
func durationText(_ seconds: Double) -> String {
    let minutes = (seconds / 60).rounded(.down)
    return switch seconds {
    case ..<9.95: String(format: "%.1f s", seconds)
    case ..<59.5: String(format: "%.0f s", seconds)
    case ..<6_000: String(format: "%.0f:%02.0f min", minutes, (seconds - 60 * minutes).rounded(.down))
    default: String(format: "%.3g h", seconds / 3_600)
    }
}
