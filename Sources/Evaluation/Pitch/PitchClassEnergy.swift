// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import Spectrogram

/// The distribution of a sound's energy over the twelve pitch classes, 0 for C, in equal temperament with A4 at 440 Hz.
///
/// Each bin of the power spectrogram counts for the class of the semitone that is nearest on a logarithmic scale;
/// frames are summed. Frames of 4,096 samples under a Hann window, 1,024 apart: at 16 kHz a bin is 3.9 Hz wide, a frame
/// is 256 ms.
///
/// C3 to B7 count, five whole octaves (127 to 4,066 Hz). Within them a tempered sine has at least 88 % of its energy in
/// its own class. An octave lower a semitone is as narrow as two bins, and that share falls to 58 %: notes below C3
/// count by their harmonics, and one without any by its spectral leakage. Longer frames would reach lower, and spread a
/// gliding note over more classes.
///
/// Semitones grow wider with frequency, so that white noise has nearly twice as much in B (11 %) as in C (6 %).
public struct PitchClassEnergy: Sendable {
    /// The notes that count, in semitones from A4.
    private static let notes = -21...38

    private let transform = ShortTimeFourierTransform(size: 4_096, hop: 1_024)
    /// The class of each bin; nil outside C3 to B7.
    private let classes: [Int?]

    /// For sounds at ``Evaluation/sampleRate``.
    public init() {
        let width = Double(Evaluation.sampleRate) / Double(transform.size)
        classes = (0..<transform.bins).map { bin in
            guard bin > 0 else { return nil }
            let note = Int((12 * log2(Double(bin) * width / 440)).rounded())
            // A is class 9; three octaves more keep the number positive.
            return Self.notes.contains(note) ? (note + 9 + 36) % 12 : nil
        }
    }

    /// The shares of the twelve classes, which sum to 1.
    ///
    /// - Parameters:
    ///   - samples: `[T]`, mono.
    ///   - threads: at least 1.
    /// - Returns: nil if there is no energy, as in silence.
    public func profile(of samples: [Float], threads: Int = 1) -> [Double]? {
        guard !samples.isEmpty else { return nil }
        let workers = Workers(count: threads)
        let spectra = FrameSpectra(transform, of: samples, workers: workers.count)
        let frames = workers.map(pieces: spectra.frames) { frame, worker in
            var energies = [Double](repeating: 0, count: 12)
            for (power, pitchClass) in zip(spectra.power(frame, worker: worker), classes) {
                if let pitchClass { energies[pitchClass] += Double(power) }
            }
            return energies
        }
        let energies = (0..<12).map { pitchClass in frames.reduce(0) { $0 + $1[pitchClass] } }
        let total = energies.reduce(0, +)
        return total > 0 ? energies.map { $0 / total } : nil
    }

    /// The energy in given classes, in 0...1.
    ///
    /// - Parameter profile: of ``profile(of:threads:)``.
    public static func share(of classes: Set<Int>, in profile: [Double]) -> Double {
        profile.indices.filter(classes.contains).reduce(0) { $0 + profile[$1] }
    }

    /// The classes that have at least a tenth of the energy: at most ten, and at least one except for a nearly even
    /// profile.
    public static func prominent(in profile: [Double]) -> Set<Int> {
        Set(profile.indices.filter { profile[$0] >= 0.1 })
    }
}
