// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Grains of the style at the content's pitch marks, overlapping: TD-PSOLA (Moulines and Charpentier: Pitch-synchronous waveform
/// processing techniques, 1990) along a path.
///
/// A grain is a Hann window of half-width w around the style's mark nearest to the path, w the shorter of both periods, times sqrt(T / w) with the
/// content's period T. Where only the content has a pitch the same grain is repeated for 40 ms, which gives a style without pitch the content's.
struct GrainSynthesis {
    /// A grain: where it is cut from the style, where it is laid, and its half-width, in samples.
    struct Grain: Equatable {
        var source: Int
        var place: Int
        var width: Int
        var gain: Float
    }

    /// Seconds for which one grain stands for an unpitched style.
    private static let hold = 0.04

    /// The grains for a content, in time.
    ///
    /// - Parameters:
    ///   - path: the style's step for each of the content's.
    ///   - pitch: the content's, moved by the octave.
    static func grains(
        path: [Int], pitch: PitchTrack, marks: PitchMarks, samples: Int, _ grid: Grid
    ) -> [Grain] {
        let unvoiced = PitchMarks.unvoicedPeriod(grid)
        var grains: [Grain] = []
        var place = unvoiced
        var held: (source: Int, since: Double)?
        while place < Double(samples) {
            let step = min(Int(place / grid.step + 0.5), pitch.count - 1)
            let target = Double(path[step]) * grid.step + (place - Double(step) * grid.step)
            let mark = marks.nearest(to: target)
            let period = pitch.isVoiced[step] ? Double(grid.rate) / Double(pitch.f0[step]) : unvoiced
            var (width, source) = (period, Int(target))
            if pitch.isVoiced[step] {
                if let mark, marks.isVoiced[mark] {
                    (width, source, held) = (min(marks.periods[mark], period), marks.positions[mark], nil)
                } else {
                    // The same grain for a while: it makes the pitch.
                    let fresh = mark.map { marks.positions[$0] } ?? Int(target)
                    if let last = held, place - last.since <= hold * Double(grid.rate) {
                        source = last.source
                    } else {
                        held = (fresh, place)
                        source = fresh
                    }
                }
            } else {
                held = nil
                if let mark, !marks.isVoiced[mark] { source = marks.positions[mark] }
            }
            let half = Int(width.rounded(.toNearestOrEven))
            grains.append(
                Grain(
                    source: source, place: Int(place.rounded(.toNearestOrEven)), width: half,
                    gain: Float((period / Double(max(half, 1))).squareRoot())))
            place += period
        }
        return grains
    }

    /// Adds grains to a sound.
    static func lay(_ grains: [Grain], from style: [Float], gain: Float = 1, onto samples: inout [Float]) {
        var windows: [Int: [Float]] = [:]
        style.withUnsafeBufferPointer { style in
            samples.withUnsafeMutableBufferPointer { samples in
                for grain in grains {
                    let width = grain.width
                    let window = windows[width] ?? hann(2 * width)
                    windows[width] = window
                    let first = max(0, width - grain.place, width - grain.source)
                    let end = min(2 * width, samples.count - grain.place + width, style.count - grain.source + width)
                    let (from, to) = (grain.source - width, grain.place - width)
                    for t in first..<max(first, end) {
                        samples[to + t] += style[from + t] * window[t] * grain.gain * gain
                    }
                }
            }
        }
    }
}
