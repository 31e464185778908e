// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The style as a tape that runs at varying speed: `dphi/dt = f0_content / f0_style(phi)`, jumping with crossfades of 30 ms, each aligned within half
/// a period to what was played before.
struct Tape {
    private let grid: Grid
    private let score: Score
    /// With silence around.
    private let channels: [[Float]]
    private let margin: Int
    private let crossfade: Int
    private let block: Int
    /// For speeds up to each sixth of an octave above 1.
    private let readers: [SpeedReader]

    /// - Parameter channels: those to be played; jumps are aligned on the first.
    init(_ channels: [[Float]], _ score: Score, _ grid: Grid) {
        (self.score, self.grid) = (score, grid)
        margin = grid.samples(0.5)
        let silence = [Float](repeating: 0, count: margin)
        self.channels = channels.map { silence + $0 + silence }
        crossfade = grid.samples(0.03)
        block = max(grid.samples(0.005), 1)
        readers = (0...12).map { SpeedReader(speed: exp2(Double($0) / 6)) }
    }

    /// Replaces channels by the style along a path.
    func play(_ path: PlayedPath, into outputs: inout [[Float]], goesOn: (Double) -> Bool) -> Bool {
        let samples = outputs.first?.count ?? 0
        for index in outputs.indices { for t in outputs[index].indices { outputs[index][t] = 0 } }
        let fade = (0..<crossfade).map { t -> Float in
            let s = sin(Double(t) / Double(crossfade - 1) * .pi / 2)
            return Float(s * s)
        }
        var tail: [Float]?
        for (index, step) in path.jumps.enumerated() {
            guard goesOn(Double(index) / Double(path.jumps.count)) else { return false }
            let start = Int((Double(step) * grid.step).rounded())
            let next = index + 1 < path.jumps.count ? path.jumps[index + 1] : path.places.count + 1
            let end = max(
                min(Int((Double(next) * grid.step).rounded()), samples) + crossfade,
                start + crossfade + grid.samples(0.001))
            var place = path.places[step] * grid.step
            if let tail { place = aligned(start, place, tail) }
            let places = places(from: start, to: end, place)
            let reader = reader(from: start, places)
            for channel in outputs.indices {
                var piece = read(places, channel, reader)
                if channel == 0 { tail = Array(piece.suffix(crossfade)) }
                for t in 0..<crossfade {
                    if index > 0 { piece[t] *= fade[t] }
                    piece[piece.count - crossfade + t] *= 1 - fade[t]
                }
                for t in 0..<min(piece.count, max(samples - start, 0)) { outputs[channel][start + t] += piece[t] }
            }
        }
        return true
    }

    /// Interpolated, of a place in samples.
    private func styleOctave(_ place: Double) -> Double { interpolated(score.style, place / grid.step) }

    /// Where the style is at samples of the content's time, if it is at a place at the first.
    private func places(from start: Int, to end: Int, _ first: Double) -> [Double] {
        var places: [Double] = []
        places.reserveCapacity(end - start)
        var place = first
        let last = Double(channels[0].count - margin) - 1 + 0.9 * Double(margin)
        for t in stride(from: start, to: end, by: block) {
            let own = styleOctave(place)
            for sample in t..<min(t + block, end) {
                places.append(min(max(place, 0), last - Double(margin)))
                place += score.speed(from: own, to: interpolated(score.content, Double(sample) / grid.step))
            }
        }
        return places
    }

    private func interpolated(_ values: [Double], _ place: Double) -> Double {
        let held = min(max(place, 0), Double(values.count - 1))
        let below = Int(held)
        return values[below] + (held - Double(below)) * (values[min(below + 1, values.count - 1)] - values[below])
    }

    /// For the median speed of a piece.
    private func reader(from start: Int, _ places: [Double]) -> SpeedReader {
        let distances = places.enumerated().map { t, place in
            interpolated(score.content, Double(start + t) / grid.step) - styleOctave(place)
        }.sorted()
        let speed = score.speed(from: 0, to: distances[distances.count / 2])
        return readers[min(max(Int((6 * log2(max(speed, 1))).rounded(.up)), 0), 12)]
    }

    private func read(_ places: [Double], _ channel: Int, _ reader: SpeedReader) -> [Float] {
        var result = [Float](repeating: 0, count: places.count)
        channels[channel].withUnsafeBufferPointer {
            reader.read($0, at: places.map { $0 + Double(margin) }, into: &result)
        }
        return result
    }

    /// The place within half a period where the style agrees best with what it played before.
    private func aligned(_ start: Int, _ place: Double, _ tail: [Float]) -> Double {
        let step = min(Int(place / grid.step), score.style.count - 1)
        let period = score.isPitched ? Double(grid.rate) / exp2(score.style[step]) : 0.005 * Double(grid.rate)
        let power = tail.reduce(0) { $0 + $1 * $1 }
        var (best, offset): (Float, Double) = (-.infinity, 0)
        for index in 0..<25 {
            let shift = (Double(index) / 24 - 0.5) * period
            let places = places(from: start, to: start + crossfade, max(0, place + shift))
            let piece = read(places, 0, reader(from: start, places))
            let product = zip(piece, tail).reduce(Float(0)) { $0 + $1.0 * $1.1 }
            let likeness = product / (piece.reduce(0) { $0 + $1 * $1 } * power + 1e-9).squareRoot()
            if likeness > best { (best, offset) = (likeness, shift) }
        }
        return max(0, place + offset)
    }
}
