// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Seconds for people, as `12 s`, `3:05 min`, `2.5 h` or `12 days`.
package func durationText(_ seconds: Double) -> String {
    let minutes = (seconds / 60).rounded(.down)
    return switch seconds {
    case ..<9.95: String(format: "%.1f s", seconds)
    case ..<59.5: String(format: "%.0f s", seconds)
    case ..<6_000: String(format: "%.0f:%02.0f min", minutes, (seconds - 60 * minutes).rounded(.down))
    case ..<172_800: String(format: "%.3g h", seconds / 3_600)
    default: String(format: "%.0f days", seconds / 86_400)
    }
}
