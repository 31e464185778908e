// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Evaluation
import Foundation
import TestSupport

/// What `Tools/reference/pitch.py` wrote: librosa's, mir_eval's, NumPy's and SciPy's numbers for the sounds beside it.
struct PitchReference: Decodable {
    struct Track: Decodable {
        /// 0 where nothing is voiced.
        let f0: [Double]
        let voiced: [Bool]

        var track: PitchTrack { PitchTrack(f0: f0, voiced: voiced) }
    }

    struct Sound: Decodable {
        let f0: [Double]
        let voiced: [Bool]
        let voicedProbability: [Double]
        let medianF0: Double?
        let voicing: Double
        let pitchClasses: [Double]?
        let harmonicity: Double?

        var track: PitchTrack { PitchTrack(f0: f0, voiced: voiced) }
    }

    struct Agreement: Decodable {
        let pitch: Double
        let chroma: Double
    }

    struct Melodies: Decodable {
        let reference: Track
        let estimate: Track
        let agreement: Agreement
    }

    static let names = ["note", "chord", "speech", "noise", "silence"]

    let sounds: [String: Sound]
    /// By the reference, then by the estimate.
    let agreement: [String: [String: Agreement?]]
    let melodies: Melodies
    /// Praat's harmonic-to-noise ratios in decibels: of sounds, and of a tone so many decibels above the noise.
    let praat: [String: Double]

    static func load() throws -> PitchReference {
        let data = try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("evaluation/pitch.json")))
        return try JSONDecoder().decode(PitchReference.self, from: data)
    }

    /// The samples of a sound, 16 kHz mono.
    static func samples(_ name: String) throws -> [Float] {
        try AudioFile.read(Fixtures.path("evaluation/\(name).flac")).channels[0]
    }
}

/// `samples` of a tone of equal, phase-shifted harmonics, its energy spread evenly over them.
func harmonicTone(_ frequency: Double, harmonics: Int, samples: Int = 16_000, amplitude: Double = 0.1) -> [Double] {
    (0..<samples).map { t in
        (1...harmonics).reduce(0) { sum, harmonic in
            let phase = 2 * Double.pi * Double(harmonic) * frequency * Double(t) / 16_000
            return sum + amplitude * sin(phase + Double(harmonic * harmonic))
        }
    }
}

/// A second of a sine at 16 kHz.
func sine(_ frequency: Double, samples: Int = 16_000) -> [Float] {
    harmonicTone(frequency, harmonics: 1, samples: samples, amplitude: 0.5).map(Float.init)
}
