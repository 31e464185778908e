// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Files
import Foundation
import Testing

@Suite struct PitchClassTests {
    /// 1e-5: the transform is float32, SciPy's float64.
    @Test(arguments: PitchReference.names) func theProfileIsSciPys(name: String) throws {
        let expected = try #require(PitchReference.load().sounds[name]).pitchClasses
        let profile = PitchClassEnergy().profile(of: try PitchReference.samples(name), threads: 2)
        #expect((profile == nil) == (expected == nil))
        guard let profile, let expected else { return }
        #expect(profile.count == 12 && abs(profile.reduce(0, +) - 1) < 1e-12)
        for (share, wanted) in zip(profile, expected) { #expect(abs(share - wanted) < 1e-5) }
    }

    /// From C3 to B7. The lowest leak most, a tenth of D#3 to E.
    @Test(arguments: -21...38) func aTemperedSineHasItsClass(note: Int) throws {
        // A4 is note 0, and its class is 9.
        let profile = try #require(PitchClassEnergy().profile(of: sine(440 * exp2(Double(note) / 12))))
        #expect(PitchClassEnergy.share(of: [(note + 45) % 12], in: profile) > 0.88)
        #expect(PitchClassEnergy.prominent(in: profile).contains((note + 45) % 12))
    }

    @Test func aChordHasItsClasses() throws {
        let notes = [261.63, 329.63, 392.0].map { sine($0) }
        let chord = (0..<16_000).map { t in notes.reduce(0) { $0 + $1[t] } }
        let profile = try #require(PitchClassEnergy().profile(of: chord))
        // What is missing leaks where the sound begins and ends.
        #expect(PitchClassEnergy.share(of: [0, 4, 7], in: profile) > 0.98)
        #expect(PitchClassEnergy.prominent(in: profile) == [0, 4, 7])
        for note in [0, 4, 7] { #expect(abs(profile[note] - 1.0 / 3) < 0.01) }
    }

    @Test func sharesOfAProfile() {
        let profile = [0.5, 0.1, 0.09, 0.31] + [Double](repeating: 0, count: 8)
        #expect(PitchClassEnergy.prominent(in: profile) == [0, 1, 3])
        #expect(PitchClassEnergy.share(of: [], in: profile) == 0)
        #expect(PitchClassEnergy.share(of: [0, 1, 11], in: profile) == 0.6)
        #expect(abs(PitchClassEnergy.share(of: Set(0..<12), in: profile) - 1) < 1e-12)
    }

    @Test func whatHasNoEnergyHasNoProfile() {
        #expect(PitchClassEnergy().profile(of: []) == nil)
        #expect(PitchClassEnergy().profile(of: [Float](repeating: 0, count: 20_000)) == nil)
        #expect(PitchClassEnergy().profile(of: [0.5]) != nil)
    }

    @Test func namesOfClasses() throws {
        #expect(try PitchClass.parse("C,E,G") == [0, 4, 7])
        #expect(try PitchClass.parse("c#,Db,eB,B,bb,F#,gb,aB") == [1, 3, 11, 10, 6, 8])
        #expect(try PitchClass.parse("B#,Cb,E#,Fb") == [0, 11, 5, 4])
        let sharps = "C,C#,D,D#,E,F,F#,G,G#,A,A#,B"
        #expect(PitchClass.list(Set(0..<12)) == sharps)
        #expect(try PitchClass.parse(sharps) == Set(0..<12))
        #expect(PitchClass.list([7, 0, 4]) == "C,E,G" && PitchClass.list([]).isEmpty)
    }

    @Test(arguments: ["", ",", "C,", "H", "C##", "Cbb", "C4", "C E", " C", "c\u{301}", "0", "#"])
    func unusableNames(list: String) {
        let failure = #expect(throws: Failure.self) { try PitchClass.parse(list) }
        #expect(failure?.kind == .usage && failure?.location == list && failure?.remedy == PitchClass.grammar)
    }
}
