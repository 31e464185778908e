// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Foundation
import Testing

@Suite struct PitchAgreementTests {
    /// Counts over counts: equal but for the last bit.
    private static let rounding = 1e-12

    private func track(_ f0: [Double]) -> PitchTrack {
        PitchTrack(f0: f0, voiced: f0.map { $0 > 0 })
    }

    @Test(arguments: PitchReference.names) func librosasTracksAgreeAsInMirEval(name: String) throws {
        let reference = try PitchReference.load()
        let sound = try #require(reference.sounds[name])
        for estimate in PitchReference.names {
            let other = try #require(reference.sounds[estimate])
            let ours = PitchAgreement(of: other.track, with: sound.track)
            let expected = try #require(reference.agreement[name]?[estimate])
            #expect((ours == nil) == (expected == nil))
            guard let ours, let expected else { continue }
            #expect(abs(ours.pitch - expected.pitch) < Self.rounding)
            #expect(abs(ours.chroma - expected.chroma) < Self.rounding)
        }
    }

    @Test func melodiesAgreeAsInMirEval() throws {
        let melodies = try PitchReference.load().melodies
        let ours = try #require(PitchAgreement(of: melodies.estimate.track, with: melodies.reference.track))
        #expect(abs(ours.pitch - melodies.agreement.pitch) < Self.rounding)
        #expect(abs(ours.chroma - melodies.agreement.chroma) < Self.rounding)
        // Both say something.
        #expect(ours.pitch > 0.1 && ours.chroma > ours.pitch + 0.1 && ours.chroma < 0.9)
    }

    @Test func lessThanHalfASemitoneAgrees() {
        let reference = track([440, 440, 440, 440])
        func moved(_ cents: Double) -> Double { 440 * exp2(cents / 1_200) }
        let near = track([moved(49), moved(-49), moved(50), moved(-51)])
        #expect(PitchAgreement(of: near, with: reference).map { [$0.pitch, $0.chroma] } == [0.5, 0.5])
        let octaves = track([moved(1_240), moved(-2_449), moved(-1_250), moved(600)])
        #expect(PitchAgreement(of: octaves, with: reference).map { [$0.pitch, $0.chroma] } == [0, 0.5])
    }

    @Test func onlyFramesVoicedInTheReferenceCount() {
        let reference = track([440, 0, 440, 0])
        #expect(PitchAgreement(of: track([440, 300, 300, 0]), with: reference)?.pitch == 0.5)
        // An unvoiced frame of the estimate agrees with nothing.
        #expect(PitchAgreement(of: track([0, 300, 440, 0]), with: reference)?.pitch == 0.5)
        #expect(PitchAgreement(of: reference, with: track([0, 0, 0, 0])) == nil)
    }

    @Test func tracksOfDifferentLengthsShareTheirFirstFrames() {
        #expect(PitchAgreement(of: track([440, 300]), with: track([440, 440, 440]))?.pitch == 0.5)
        #expect(PitchAgreement(of: track([440, 300, 440]), with: track([440]))?.pitch == 1)
        #expect(PitchAgreement(of: track([]), with: track([440])) == nil)
    }
}
