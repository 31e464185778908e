// SPDX-License-Identifier: Apache-2.0
import CVectorKernels
import Foundation
import Matrices

/// Logarithmic magnitudes, `x = log(1 + |X|)`, and their inverse, `|X| = e^x - 1`: what networks on spectrograms see.
public enum LogSpectrogram {
    /// `[frames, bins]`.
    public static func compressed(_ spectrogram: ComplexSpectrogram, threads: Int = 1) -> FeatureMap {
        let map = FeatureMap(rows: spectrogram.frames, columns: spectrogram.bins)
        compress(spectrogram, into: map, threads: threads)
        return map
    }

    /// The same into an existing map.
    public static func compress(_ spectrogram: ComplexSpectrogram, into map: FeatureMap, threads: Int) {
        Workers(count: threads).run(pieces: map.rows) { frame, _ in
            let (values, row) = (spectrogram.unsafePointer(frame: frame), map.unsafePointer(row: frame))
            values.withMemoryRebound(to: Float.self, capacity: 2 * map.columns) {
                vk_magnitude($0, row, Int64(map.columns))
            }
            for bin in 0..<map.columns { row[bin] = log1p(row[bin]) }
        }
    }

    /// Magnitudes; values below 0 count as 0.
    ///
    /// - Parameter x: `[frames, bins]`, row-major.
    public static func magnitudes(of x: [Float], frames: Int, bins: Int, threads: Int = 1) -> FeatureMap {
        precondition(x.count == frames * bins, "values of another spectrogram")
        let map = FeatureMap(rows: frames, columns: bins)
        Workers(count: threads).run(pieces: frames) { frame, _ in
            let row = map.unsafePointer(row: frame)
            for bin in 0..<bins { row[bin] = expm1(max(x[frame * bins + bin], 0)) }
        }
        return map
    }
}
