// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import Testing

@testable import Evaluation

@Suite struct PitchTrackerTests {
    /// Every voicing flag and every bin of librosa's: nothing here hangs on a last bit. Frequencies agree within 1e-6
    /// cents, rounding of 2^x.
    @Test(arguments: PitchReference.names) func theTrackIsLibrosas(name: String) throws {
        let expected = try #require(PitchReference.load().sounds[name])
        let track = PitchTracker().track(try PitchReference.samples(name), threads: 2)
        #expect(track.voiced == expected.voiced)
        for (frame, f0) in track.f0.enumerated() {
            guard track.voiced[frame] else {
                #expect(f0.isNaN)
                continue
            }
            #expect(abs(1_200 * log2(f0 / expected.f0[frame])) < 1e-6, "frame \(frame)")
        }
        // Sums of a hundred shares, in another order.
        let probabilities = PitchTracker().observations(of: try PitchReference.samples(name), threads: 2).map(\.voiced)
        #expect(probabilities.count == expected.voicedProbability.count)
        for (ours, librosas) in zip(probabilities, expected.voicedProbability) {
            #expect(abs(ours - librosas) < 1e-12)
        }
        #expect(track.voicing == expected.voicing)
        let median = track.medianF0
        #expect((median == nil) == (expected.medianF0 == nil))
        if let median, let wanted = expected.medianF0 { #expect(abs(median - wanted) < 1e-9 * wanted) }
    }

    /// Within 10 cents, the grid's step: half of it is rounding, the rest the parabola's through a few samples of a
    /// short period and the difference function's slope at a long one.
    @Test(arguments: [66, 98, 130.81, 196, 440, 1_046.5, 2_000, 2_093]) func aSineHasItsFrequency(frequency: Double)
        throws
    {
        let track = PitchTracker().track(sine(frequency))
        #expect(track.voicing == 1)
        #expect(abs(1_200 * log2(try #require(track.medianF0) / frequency)) < 10)
    }

    @Test func silenceHasNoPitch() {
        let track = PitchTracker().track([Float](repeating: 0, count: 5_000))
        #expect(track.voiced == [Bool](repeating: false, count: 20))
        #expect(track.f0.allSatisfy { $0.isNaN })
        #expect(track.medianF0 == nil && track.voicing == 0)
    }

    @Test(arguments: [0, 1, 255, 256, 2_049]) func framesAreCentredOnMultiplesOfTheHop(samples: Int) {
        #expect(PitchTracker().track(sine(440, samples: samples)).f0.count == 1 + samples / 256)
    }

    @Test func threadsDontChangeTheResult() throws {
        let samples = try PitchReference.samples("speech")
        let (one, three) = (PitchTracker().track(samples), PitchTracker().track(samples, threads: 3))
        #expect(one.voiced == three.voiced)
        // NaN differs from itself.
        #expect(one.f0.filter { !$0.isNaN } == three.f0.filter { !$0.isNaN })
    }

    @Test func theMedianIsOfVoicedFrames() {
        let even = PitchTrack(
            f0: [400, .nan, 100, 300, 200], voiced: [true, false, true, true, true])
        #expect(even.medianF0 == 250 && even.voicing == 0.8)
        let odd = PitchTrack(f0: [400, 100, 300], voiced: [true, true, true])
        #expect(odd.medianF0 == 300)
        #expect(PitchTrack(f0: [], voiced: []).voicing == nil)
    }
}
