// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Values of bands over time, `[frames, bands]`, row by row: natural logarithms of power.
struct BandEnvelope: Equatable, Sendable {
    let bands: Int
    var values: [Float]
    var frames: Int { values.count / bands }

    init(frames: Int, bands: Int) {
        self.bands = bands
        values = [Float](repeating: 0, count: frames * bands)
    }

    subscript(frame: Int) -> ArraySlice<Float> { values[frame * bands..<(frame + 1) * bands] }

    /// The power of a frame over all bands.
    func power(_ frame: Int) -> Float { self[frame].reduce(0) { $0 + exp($1) } }

    /// Frames within 50 dB of the loudest.
    var loudFrames: [Bool] {
        let powers = (0..<frames).map(power)
        let least = 1e-5 * (powers.max() ?? 0)
        return powers.map { $0 > least }
    }
}

extension BandEnvelope {
    /// The frame nearest to each step of 10 ms.
    func atSteps(_ steps: Int, of grid: Grid) -> BandEnvelope {
        var others = BandEnvelope(frames: steps, bands: bands)
        for step in 0..<steps {
            let frame = grid.frame(ofStep: step, below: frames)
            others.values.replaceSubrange(step * bands..<(step + 1) * bands, with: self[frame])
        }
        return others
    }
}

extension BandEnvelope {
    /// Keeps a share of the shape's deviation from its mean over loud frames; levels stay.
    mutating func calmShape(to share: Float) {
        let levels = (0..<frames).map { log(power($0)) }
        var mean = [Float](repeating: 0, count: bands)
        let loud = loudFrames
        let count = Float(max(loud.count { $0 }, 1))
        for frame in 0..<frames where loud[frame] {
            for (band, value) in self[frame].enumerated() { mean[band] += (value - levels[frame]) / count }
        }
        for frame in 0..<frames {
            for band in 0..<bands {
                let place = frame * bands + band
                let shape = values[place] - levels[frame]
                values[place] = levels[frame] + mean[band] + share * (shape - mean[band])
            }
        }
    }
}
