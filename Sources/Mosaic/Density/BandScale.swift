// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Triangular bands evenly spaced on the mel scale, `2595 log10(1 + f / 700)`: 40 from 50 Hz to 8 kHz, and at the same distance as many
/// more as fit below half of the rate.
struct BandScale: Sendable {
    let count: Int
    /// For each bin of a transform the band below it, and the share of the band above that one: what interpolates between bands.
    let below: [Int]
    let share: [Float]
    /// What each band's sum over its triangle is divided by.
    private let sums: [Float]
    /// Bands narrower than a bin, with the bin nearest to them.
    private let narrow: [(band: Int, bin: Int)]

    init(_ grid: Grid) {
        func mel(_ f: Double) -> Double { 2_595 * log10(1 + f / 700) }
        let (low, step) = (mel(50), (mel(8_000) - mel(50)) / 39)
        let nyquist = Double(grid.rate) / 2
        count = max(Int(((mel(nyquist) - low) / step + 1e-9).rounded(.down)) + 1, 2)
        let bins = grid.size / 2 + 1
        var (below, share) = ([Int](), [Float]())
        var sums = [Double](repeating: 0, count: count)
        let centres = (0..<count).map { 700 * (pow(10, (low + Double($0) * step) / 2_595) - 1) }
        for bin in 0..<bins {
            let frequency = Double(bin * grid.rate) / Double(grid.size)
            // Linear in frequency between two centres, as a triangle is.
            let above = centres.firstIndex { $0 > frequency } ?? count
            let band = min(max(above - 1, 0), count - 2)
            let part = min(max((frequency - centres[band]) / (centres[band + 1] - centres[band]), 0), 1)
            below.append(band)
            share.append(Float(part))
            sums[band] += 1 - part
            sums[band + 1] += part
        }
        (self.below, self.share) = (below, share)
        self.sums = sums.map { Float(max($0, 1e-6)) }
        narrow = (0..<count).filter { sums[$0] < 0.8 }.map { band in
            (
                band,
                min(Int((centres[band] * Double(grid.size) / Double(grid.rate)).rounded(.toNearestOrEven)), bins - 1)
            )
        }
    }

    /// The mean of a density over each band.
    func means(_ density: UnsafePointer<Float>, into means: UnsafeMutablePointer<Float>) {
        for band in 0..<count { means[band] = 0 }
        for (bin, (band, share)) in zip(below, share).enumerated() {
            means[band] += (1 - share) * density[bin]
            means[band + 1] += share * density[bin]
        }
        for band in 0..<count { means[band] /= sums[band] }
        for (band, bin) in narrow { means[band] = density[bin] }
    }
}
