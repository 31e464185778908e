// SPDX-License-Identifier: Apache-2.0
import HDF5
import TestSupport
import Testing

@testable import Mosaic

/// Values of the method's reference in NumPy (Tools/reference) on a pair of sounds at 16 kHz.
struct MosaicGolden: CustomTestStringConvertible {
    static let pairs = ["voice-flute", "glide-drums"]
    static let grid = Grid(rate: 16_000)

    private let name: String
    private let file: HDF5File
    var testDescription: String { name }

    init(_ name: String) throws {
        self.name = name
        file = try HDF5File(readingFrom: Fixtures.path("mosaic/\(name).h5"))
    }

    /// A dataset's values, row-major.
    func values(_ name: String) throws -> [Float] { try file.readFloats(name).values }
    /// The same as whole numbers.
    func numbers(_ name: String) throws -> [Int] { try values(name).map { Int($0) } }
    /// The same as truth.
    func flags(_ name: String) throws -> [Bool] { try values(name).map { $0 != 0 } }

    /// The pitch of `content` or `style`.
    func pitch(_ sound: String) throws -> PitchTrack {
        PitchTrack(f0: try values("\(sound)/f0"), isVoiced: try flags("\(sound)/voiced"))
    }

    /// An envelope.
    func envelope(_ name: String) throws -> BandEnvelope {
        var envelope = BandEnvelope(frames: 0, bands: 40)
        envelope.values = try values(name)
        return envelope
    }

    /// The style as material.
    func material() throws -> StyleMaterial {
        let (samples, pitch, envelope) = (
            try values("style/samples"), try pitch("style"), try envelope("style/envelope")
        )
        return StyleMaterial(
            channels: [samples], mix: samples, pitch: pitch,
            envelope: envelope.atSteps(pitch.count, of: Self.grid),
            flux: try values("play/flux_style"), steps: [0..<pitch.count], shares: [1],
            statistics: EnvelopeStatistics(envelope))
    }
}

/// The largest difference of two lists.
func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
    a.count == b.count ? zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } : .infinity
}

/// The root mean square.
func level(_ samples: [Float]) -> Float {
    (samples.reduce(0) { $0 + $1 * $1 } / Float(max(samples.count, 1))).squareRoot()
}
