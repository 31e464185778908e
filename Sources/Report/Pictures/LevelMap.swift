// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import Spectrogram

/// Power over time and frequency, `[columns, bins]`, a column for each column of a picture: 1 is the power of
/// a sine of amplitude 1.
///
/// Each value is the largest of the frames in its column, so that a short sound keeps its level however long the picture's
/// time is.
struct LevelMap {
    /// Columns of the picture that the sound fills.
    let columns: Int
    /// From one bin to the next, in hertz.
    let binWidth: Double
    /// The largest power.
    let loudest: Float
    private let powers: FeatureMap

    /// - Parameters:
    ///   - sound: not empty.
    ///   - seconds: of the whole axis.
    ///   - count: the axis's columns.
    init(_ sound: PicturedSound, seconds: Double, columns count: Int) {
        let size = Self.transformSize(rate: sound.sampleRate)
        let samplesOfColumn = seconds * Double(sound.sampleRate) / Double(count)
        // At least one frame for each column, and frames that overlap by three quarters.
        let hop = min(max(Int(samplesOfColumn), 1), size / 4)
        let transform = ShortTimeFourierTransform(size: size, hop: hop)
        let spectra = FrameSpectra(transform, of: sound.samples)
        // If a column is shorter than a sample, columns without a frame of their own repeat the one before.
        func columns(of frame: Int) -> Range<Int> {
            let first = Int(Double(frame * hop) / samplesOfColumn)
            return first..<max(first + 1, Int(Double((frame + 1) * hop) / samplesOfColumn))
        }
        let reached = Int((Double(sound.samples.count) / samplesOfColumn).rounded(.up))
        let columnCount = min(count, reached, columns(of: spectra.frames - 1).upperBound)
        let powers = FeatureMap(rows: columnCount, columns: transform.bins)
        let amplitudeOfSine = transform.window.reduce(0, +) / 2
        let scale = 1 / (amplitudeOfSine * amplitudeOfSine)
        for frame in 0..<spectra.frames {
            spectra.withSpectrum(frame) { spectrum in
                for column in columns(of: frame) where column < columnCount {
                    let row = powers.unsafePointer(row: column)
                    for bin in 0..<transform.bins {
                        row[bin] = max(row[bin], scale * (spectrum[bin] * spectrum[bin]).sum())
                    }
                }
            }
        }
        self.columns = columnCount
        self.powers = powers
        binWidth = Double(sound.sampleRate) / Double(size)
        loudest = (0..<columnCount).reduce(0) { loudest, column in
            let row = powers.unsafePointer(row: column)
            return (0..<transform.bins).reduce(loudest) { max($0, row[$1]) }
        }
    }

    /// About 60 ms: harmonics of low voices are separate, and consonants are visible.
    static func transformSize(rate: Int) -> Int {
        max(16, Int(exp2(log2(0.06 * Double(rate)).rounded())))
    }

    /// Levels of some bands of frequencies in one column, in decibels against a power, not below `-range`.
    ///
    /// A band's level is the largest that the straight lines from bin to bin reach in it: bins wider than a band are
    /// interpolated, and narrow ones are not missed.
    ///
    /// - Parameter bands: in hertz; those that reach above half the sample rate have no level.
    func levels(column: Int, of bands: [ClosedRange<Double>], against reference: Float, range: Float) -> [Float?] {
        let row = powers.unsafePointer(row: column)
        let decibels = (0..<powers.columns).map { bin in
            row[bin] > 0 ? max(10 * log10(row[bin] / reference), -range) : -range
        }
        func level(_ position: Double) -> Float {
            let bin = min(Int(position), decibels.count - 2)
            let weight = Float(position - Double(bin))
            return (1 - weight) * decibels[bin] + weight * decibels[bin + 1]
        }
        // Slightly more, so that the band that ends at half the rate is included.
        let last = Double(decibels.count - 1) + 1e-6
        return bands.map { band in
            let (low, high) = (band.lowerBound / binWidth, band.upperBound / binWidth)
            guard high <= last else { return nil }
            let ends = max(level(low), level(high))
            let (first, end) = (Int(low.rounded(.up)), min(Int(high), decibels.count - 1))
            return first <= end ? decibels[first...end].reduce(ends, max) : ends
        }
    }
}
