// SPDX-License-Identifier: Apache-2.0
import HDF5
import Matrices

/// What librosa and SciPy computed of two notes with n_fft 512 and hop 128; what was float64 is stored as
/// float32.
public struct GoldenSpectra {
    /// 512 / 2 + 1.
    public static let bins = 257
    /// Of a note's spectrogram.
    public static let frames = 40
    /// Of the random layer.
    public static let (kernel, filters) = (11, 64)
    private let file: HDF5File

    /// Opens the fixture.
    public init() throws {
        file = try HDF5File(readingFrom: Fixtures.path("stft/golden.h5"))
    }

    /// A dataset's values, row-major.
    public func values(_ name: String) throws -> [Float] {
        try file.readFloats(name).values
    }

    /// A `[bins, frames]` dataset, time-major.
    public func map(_ name: String) throws -> FeatureMap {
        let values = try values(name)
        let map = FeatureMap(rows: Self.frames, columns: Self.bins)
        for frame in 0..<Self.frames {
            for bin in 0..<Self.bins { map.unsafePointer(row: frame)[bin] = values[bin * Self.frames + frame] }
        }
        return map
    }
}
