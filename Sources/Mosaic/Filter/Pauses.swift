// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Makes an output follow its content down to silence: where the content is 30 dB or more below its loud frames the output is as far below
/// its own; in between, from 15 dB, it may be louder than that.
struct Pauses {
    let content: LoudnessCurve
    let grid: Grid
    /// Seconds over which a sound fades beside digital silence.
    private static let fade = 0.002

    /// The output's highest level where the content has a level, both in decibels below loud frames.
    static func highest(at level: Float) -> Float {
        level <= -30 ? level : level >= -15 ? .infinity : 2 * level + 30
    }

    /// Applies it in place.
    func apply(to samples: inout [Float]) {
        let own = LoudnessCurve(samples, grid)
        let gains = zip(content.levels, own.levels).map { content, own in
            max(min(0, Self.highest(at: content) - own), -120)
        }
        if gains.contains(where: { $0 < 0 }) {
            for t in samples.indices {
                let frame = t / grid.hop
                let (now, next) = (gains[frame], gains[min(frame + 1, gains.count - 1)])
                guard now < 0 || next < 0 else { continue }
                let share = Float(t - frame * grid.hop) / Float(grid.hop)
                samples[t] *= pow(10, ((1 - share) * now + share * next) / 20)
            }
        }
        let fade = max(grid.samples(Self.fade), 1)
        for silence in content.silences {
            for t in silence { samples[t] = 0 }
            for k in 0..<fade {
                let gain = Float(k + 1) / Float(fade + 1)
                if samples.indices.contains(silence.lowerBound - 1 - k) { samples[silence.lowerBound - 1 - k] *= gain }
                if samples.indices.contains(silence.upperBound + k) { samples[silence.upperBound + k] *= gain }
            }
        }
    }
}
