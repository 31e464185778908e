// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What play looks at, every 10 ms.
struct Score {
    /// log2 of hertz, straight over gaps, moved by the octave.
    let content: [Double]
    /// The same of the style.
    let style: [Double]
    /// The rise of the content's bands: see ``flux(of:_:steps:)``.
    let contentFlux: [Float]
    let styleFlux: [Float]
    /// Steps where the content's flux has a peak above 0.35.
    let onsets: Set<Int>
    /// Whether pitches decide the speed; else it is 1.
    let isPitched: Bool

    /// - Parameters:
    ///   - envelope: the content's, at the grid's frames.
    ///   - material: the style's, whose envelope has a row for each step.
    init(_ pitch: PitchTrack, _ envelope: BandEnvelope, _ material: StyleMaterial, octave: Int, _ grid: Grid) {
        self.init(
            pitch, contentFlux: Self.flux(of: envelope, grid, steps: pitch.count), material,
            styleFlux: material.flux, octave: octave)
    }

    init(_ pitch: PitchTrack, contentFlux: [Float], _ material: StyleMaterial, styleFlux: [Float], octave: Int) {
        content = pitch.contour.map { $0 + Double(octave) }
        style = material.pitch.contour
        (self.contentFlux, self.styleFlux) = (contentFlux, styleFlux)
        onsets = Set(
            contentFlux.indices.filter { step in
                let near = contentFlux[max(step - 4, 0)...min(step + 4, contentFlux.count - 1)]
                return contentFlux[step] > 0.35 && contentFlux[step] == near.max()
            })
        isPitched = material.pitch.voicedShare > 0.25 && pitch.voicedShare > 0.15
    }

    /// Of the style, between 1/8 and 4.
    func speed(from own: Double, to wanted: Double) -> Double {
        isPitched ? exp2(min(max(wanted - own, -3), 2)) : 1
    }

    /// The mean rise of bands within three frames, for each step; what is 39 dB below the loudest does not count.
    static func flux(of envelope: BandEnvelope, _ grid: Grid, steps: Int) -> [Float] {
        let (frames, bands) = (envelope.frames, envelope.bands)
        let floor = (envelope.values.max() ?? 0) - 9
        let rises = (0..<frames).map { frame -> Float in
            // Centred: from one frame before to two frames after.
            guard frame >= 2, frame + 1 < frames else { return 0 }
            let sum = (0..<bands).reduce(Float(0)) { sum, band in
                let now = max(envelope.values[(frame + 1) * bands + band], floor)
                return sum + max(now - max(envelope.values[(frame - 2) * bands + band], floor), 0)
            }
            return sum / Float(bands)
        }
        // As many steps as whole frames give.
        let count = Int(Double(frames * grid.hop) / grid.step)
        return (0..<steps).map { step in
            guard step < count else { return 0 }
            let place = min(Double(step) * grid.step / Double(grid.hop), Double(frames - 1))
            let (below, share) = (Int(place), Float(place - place.rounded(.down)))
            return rises[below] + share * (rises[min(below + 1, frames - 1)] - rises[below])
        }
    }
}

extension PitchTrack {
    /// log2 of hertz, straight over gaps, smoothed by a median of 5 whose ends are mirrored; that of 200 Hz where there is hardly any pitch.
    var contour: [Double] {
        let places = isVoiced.indices.filter { isVoiced[$0] }
        guard places.count >= 3 else { return [Double](repeating: log2(200), count: count) }
        var line = [Double](repeating: 0, count: count)
        var next = 0
        for step in 0..<count {
            while next < places.count, places[next] < step { next += 1 }
            let after = places[min(next, places.count - 1)]
            let before = next > 0 && after > step ? places[next - 1] : after
            let (low, high) = (log2(Double(f0[before])), log2(Double(f0[after])))
            let share = after > before ? Double(step - before) / Double(after - before) : 0
            line[step] = low + min(max(share, 0), 1) * (high - low)
        }
        return line.indices.map { step in
            (step - 2...step + 2).map { place in
                let folded = place < 0 ? -1 - place : place
                return line[min(max(folded < count ? folded : 2 * count - 1 - folded, 0), count - 1)]
            }.sorted()[2]
        }
    }
}
