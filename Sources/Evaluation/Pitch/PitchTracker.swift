// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices

/// Follows the fundamental frequency of a sound by pYIN (Mauch and Dixon: pYIN, a fundamental frequency estimator using
/// probabilistic threshold distributions, 2014), as `librosa.pyin` 0.11 defines it with its defaults.
///
/// Pitches from C2 to C7 in steps of a tenth of a semitone; frames of 2,048 samples, centred on multiples of 256, the
/// sound extended by zeros. At 16 kHz a frame is 128 ms, eight periods of C2: the difference function favours
/// short periods by the longest period's share of the frame (12 %), so half a frame would favour them twice as much. A
/// hop is 16 ms.
///
/// Sums are float64; between two equally likely paths through the frames, the last bits decide. It shares librosa's known
/// weaknesses: white noise counts as voiced in a sixth of its frames or more, at pitches close to C2, and a chord
/// as a note whose harmonics its notes could be.
public struct PitchTracker: Sendable {
    /// C2, the lowest pitch, in hertz.
    public static let lowest = 65.406_391_325_149_66
    /// C7, the highest pitch, in hertz.
    public static let highest = 32 * lowest
    /// Samples of a frame.
    public static let frameLength = 2_048
    /// Samples from one frame to the next.
    public static let hop = 256

    private static let binsOfOctave = 120
    /// Five octaves and the last note.
    private static let bins = 5 * binsOfOctave + 1
    /// In octaves a second.
    private static let fastestChange = 35.92

    /// From C7 to C2, in whole samples.
    static let periods = Int((sampleRate / highest).rounded(.down))...Int((sampleRate / lowest).rounded(.up))
    private static let sampleRate = Double(Evaluation.sampleRate)

    private let candidates = PeriodCandidates()
    private let decoder: PitchDecoder

    /// A tracker of sounds at ``Evaluation/sampleRate``.
    public init() {
        let semitonesOfFrame = (12 * Self.fastestChange * Double(Self.hop) / Self.sampleRate).rounded(.toNearestOrEven)
        decoder = PitchDecoder(bins: Self.bins, reach: Int(semitonesOfFrame) * Self.binsOfOctave / 24)
    }

    /// The track of a sound `[T]`, mono: `1 + T / 256` frames.
    ///
    /// - Parameter threads: at least 1; the result does not depend on it.
    public func track(_ samples: [Float], threads: Int = 1) -> PitchTrack {
        let states = decoder.states(of: observations(of: samples, threads: threads))
        return PitchTrack(
            f0: states.map { state in
                state.voiced ? Self.lowest * exp2(Double(state.bin) / Double(Self.binsOfOctave)) : .nan
            },
            voiced: states.map(\.voiced))
    }

    /// The estimate from each frame by itself.
    func observations(of samples: [Float], threads: Int = 1) -> [PitchObservation] {
        Workers(count: threads).map(pieces: 1 + samples.count / Self.hop) { frame, _ in
            observation(in: samples, around: frame * Self.hop)
        }
    }

    /// The estimate from the frame around a sample.
    private func observation(in samples: [Float], around centre: Int) -> PitchObservation {
        let start = centre - Self.frameLength / 2
        let frame = (start..<start + Self.frameLength).map { samples.indices.contains($0) ? Double(samples[$0]) : 0 }
        let difference = normalisedDifference(of: frame, periods: Self.periods)
        // Pitches above C7 are dropped; those below C2 become C2. Of two candidates in one bin the longer period's counts.
        return PitchObservation(
            candidates(difference, shortest: Self.periods.lowerBound).compactMap { candidate in
                let octaves = log2(Self.sampleRate / candidate.period / Self.lowest)
                let bin = Int((Double(Self.binsOfOctave) * octaves).rounded(.toNearestOrEven))
                return bin < Self.bins ? (max(bin, 0), candidate.probability) : nil
            })
    }
}
