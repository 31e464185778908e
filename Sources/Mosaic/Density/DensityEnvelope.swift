// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices

/// A sound's power per hertz in bands, whatever its pitch: `E(t, b)`.
///
/// A frame's power spectrum is averaged over a width w = max(f0, 150 Hz) around max(f, 0.75 w): over one partial, so that the distance
/// between partials does not show. Below 0.75 w that value is held, or what really is there, averaged over 150 Hz, if it is more.
/// `E = ln(mean over the band + 1e-6)`. Powers are scaled to those of a frame of 512 samples at 16 kHz, so that
/// every rate has the same.
///
/// One thread at a time uses it.
final class DensityEnvelope {
    static let floor: Float = 1e-6
    /// In hertz.
    private static let leastWidth = 150.0

    let grid: Grid
    let scale: BandScale
    /// The transform of the frame that was measured last.
    let transform: FrameTransform
    private let powerScale: Double
    private var sums: [Double]
    private var density: [Float]

    init(_ grid: Grid, _ scale: BandScale) {
        (self.grid, self.scale) = (grid, scale)
        transform = FrameTransform(size: grid.size)
        powerScale = 512 / Double(grid.size) * 16_000 / Double(grid.rate)
        sums = [Double](repeating: 0, count: transform.bins + 1)
        density = [Float](repeating: 0, count: transform.bins)
    }

    /// `E` of each frame of a sound.
    ///
    /// - Parameters:
    ///   - gain: what samples are multiplied by.
    ///   - f0: in hertz for each frame, 0 for none.
    static func measure(
        _ samples: [Float], gain: Float, f0: [Float], _ grid: Grid, _ scale: BandScale, workers: Workers
    ) -> BandEnvelope {
        var envelope = BandEnvelope(frames: grid.frames(samples.count), bands: scale.count)
        let frames = envelope.frames
        envelope.values.withUnsafeMutableBufferPointer { values in
            nonisolated(unsafe) let values = values
            workers.run(pieces: (frames + 255) / 256) { piece, _ in
                let density = DensityEnvelope(grid, scale)
                for frame in piece * 256..<min(piece * 256 + 256, frames) {
                    samples.withUnsafeBufferPointer {
                        density.transform.read($0, centre: frame * grid.hop, isMirrored: true)
                    }
                    guard let row = values.baseAddress else { return }
                    density.measure(gain: gain, f0: f0[frame], into: row + frame * scale.count)
                }
            }
        }
        return envelope
    }

    /// `E` of the transform's frame.
    func measure(gain: Float, f0: Float, into row: UnsafeMutablePointer<Float>) {
        let power = powerScale * Double(gain) * Double(gain)
        let bins = transform.bins
        transform.spectrum.withUnsafeBufferPointer { spectrum in
            sums.withUnsafeMutableBufferPointer { sums in
                density.withUnsafeMutableBufferPointer { density in
                    var sum = 0.0
                    for (k, z) in spectrum.enumerated() {
                        sum += Double((z * z).sum())
                        sums[k + 1] = sum
                    }
                    let sums = UnsafeBufferPointer(sums)
                    let binWidth = Double(grid.rate) / Double(grid.size)
                    let least = Self.leastWidth / binWidth
                    let width = max(Double(f0) / binWidth, least)
                    let held = 0.75 * width
                    let first = min(Int(held.rounded(.up)), bins)
                    let atHeld = Self.mean(sums, around: held, width)
                    for k in 0..<first {
                        density[k] = Float(power * max(atHeld, Self.mean(sums, around: Double(k), least)))
                    }
                    for k in first..<bins { density[k] = Float(power * Self.mean(sums, around: Double(k), width)) }
                }
            }
        }
        density.withUnsafeBufferPointer { density in
            guard let density = density.baseAddress else { return }
            scale.means(density, into: row)
        }
        for band in 0..<scale.count { row[band] = log(row[band] + Self.floor) }
    }

    /// The mean over a width around a place, in bins, of what sums were made of.
    @inline(__always)
    private static func mean(_ sums: UnsafeBufferPointer<Double>, around place: Double, _ width: Double) -> Double {
        let bins = Double(sums.count - 1)
        let low = min(max(place - width / 2, 0), bins - 1)
        let high = min(max(place + width / 2 + 1, 1), bins)
        @inline(__always) func at(_ x: Double) -> Double {
            let below = Int(x)
            let share = x - Double(below)
            return share == 0 ? sums[below] : sums[below] * (1 - share) + sums[below + 1] * share
        }
        return (at(high) - at(low)) / max(high - low, 1e-3)
    }
}
