// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A sound's level over time.
struct LoudnessCurve {
    /// In decibels relative to the sound's loud frames, at each of the grid's frames: of two hops around it.
    let levels: [Float]

    /// Frames within 20 dB of the loudest are loud: 0 dB is their mean power.
    init(_ samples: [Float], _ grid: Grid) {
        let hop = grid.hop
        // Sums of squares of each hop.
        let hops = (samples.count + hop - 1) / hop
        let powers = (0..<hops).map { index in
            samples[index * hop..<min((index + 1) * hop, samples.count)].reduce(0.0) { $0 + Double($1) * Double($1) }
        }
        let around = (0..<grid.frames(samples.count)).map { frame in
            (frame > 0 ? powers[frame - 1] : 0) + (frame < hops ? powers[frame] : 0)
        }
        let loudest = around.max() ?? 0
        let loud = around.filter { $0 > 0.01 * loudest }
        let reference = loud.isEmpty ? 1 : loud.reduce(0, +) / Double(loud.count)
        levels = around.map { Float(10 * log10($0 / reference + 1e-30)) }
    }
}
