// SPDX-License-Identifier: Apache-2.0
import Foundation
import Transfer

/// A run's estimate for people and for programs.
struct EstimateReport: Codable, Equatable {
    /// Bytes.
    let memory: Int
    /// From the first sample read to the last iterate.
    let seconds: Double
    let way: Way

    /// How activations are dealt with.
    struct Way: Codable, Equatable {
        /// `keep-all` or `recompute`.
        let name: String
        /// Samples that are at hand at once, where not all are.
        let window: Int?

        init(_ way: RunEstimate.Way) {
            switch way {
            case .keepAll: (name, window) = ("keep-all", nil)
            case .recompute(let samples): (name, window) = ("recompute", samples)
            }
        }
    }

    init(_ estimate: RunEstimate, settings: TransferSettings, channels: Int) {
        memory = estimate.memory
        seconds =
            estimate.seconds(
                iterations: settings.iterations, sounds: settings.snapshots.union([settings.iterations]).count)
            * Double(channels)
        way = Way(estimate.way)
    }

    /// One line.
    var text: String {
        let how =
            way.window.map { "activations computed again in windows of \($0) samples" } ?? "all activations kept"
        return "This will take about \(durationText(seconds)) and \(AvailableMemory.text(memory)) of memory (\(how))."
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
