// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Styles from their beginnings, over and over, together: each has its share of the power. Where one ends it fades over 50 ms into its beginning.
struct StyleLoop {
    private struct Part {
        /// In the material's samples.
        let first: Int
        /// Samples after which it begins again, and of the fade between.
        let (period, fade): (Int, Int)
        let gain: Float
    }

    private let samples: [Float]
    private let parts: [Part]
    /// The root mean square of a style.
    let level: Double

    /// - Parameter channel: of the material.
    init(_ material: StyleMaterial, channel: Int, _ grid: Grid) {
        samples = material.channels[channel]
        level = soundLevel(of: [samples])
        let end = samples.count
        parts = zip(material.steps, material.shares).compactMap { steps, share in
            let first = Int((Double(steps.lowerBound) * grid.step).rounded())
            let count = min(Int((Double(steps.upperBound) * grid.step).rounded()), end) - first
            guard count > 0 else { return nil }
            let fade = min(grid.samples(0.05), count / 2)
            return Part(first: first, period: count - fade, fade: fade, gain: Float(share.squareRoot()))
        }
    }

    /// Reads what plays from a time on, which may be before 0.
    func read(from start: Int, into result: inout [Float]) {
        for t in result.indices { result[t] = 0 }
        for part in parts {
            for t in max(0, -start)..<max(result.count, 0, -start) {
                let (round, place) = (start + t).quotientAndRemainder(dividingBy: part.period)
                var value = samples[part.first + place]
                if round > 0, place < part.fade {
                    let angle = 0.5 * Float.pi * (Float(place) + 0.5) / Float(part.fade)
                    value = value * sin(angle) + samples[part.first + part.period + place] * cos(angle)
                }
                result[t] += part.gain * value
            }
        }
    }
}
