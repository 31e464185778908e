// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import MuLaw

@Suite struct MuLawTests {
    @Test func everyCodeSurvivesTheRoundTrip() {
        for code in Int8.min...Int8.max {
            #expect(MuLaw.code(of: MuLaw.expand(code: code)) == code)
        }
    }

    @Test func compandedSoundsAreMagentas() throws {
        let golden = try Golden()
        for name in ["content", "style"] {
            #expect(MuLaw.companded(try golden.values(name)) == (try golden.values("\(name)_companded")))
        }
    }

    /// The codes beside zero: `sgn(v) (256^|v| - 1) / 255` at v = -0.5 / 128 and 1.5 / 128.
    @Test func codesBesideZeroAreNotSymmetric() {
        #expect(MuLaw.expand(code: 0) == 0)
        #expect(abs(MuLaw.expand(code: -1) + 8.587_1e-5) < 1e-9)
        #expect(abs(MuLaw.expand(code: 1) - 2.632_96e-4) < 1e-9)
    }

    @Test func fullScaleSaturates() {
        #expect(MuLaw.code(of: 1) == 127)
        #expect(MuLaw.code(of: -1) == -128)
        #expect(MuLaw.code(of: 7) == 127)
        #expect(MuLaw.code(of: -.infinity) == -128)
        #expect(MuLaw.code(of: .nan) == 0)
        #expect(MuLaw.code(of: 0) == 0)
        #expect(MuLaw.code(of: -0.0) == 0)
        // Just below zero lies in the bin whose lower edge is -1 / 128.
        #expect(MuLaw.code(of: -1e-9) == -1)
    }

    @Test func compandingFollowsItsFormula() {
        // ln(1 + 255 / 2) / ln 256, worked out by hand: ln 128.5 = 4.85592..., ln 256 = 5.54518...
        #expect(abs(MuLaw.compand(0.5) - 4.855_928_9 / 5.545_177_4) < 1e-6)
        #expect(MuLaw.compand(-0.5) == -MuLaw.compand(0.5))
        #expect(MuLaw.compand(1) == 1)
    }

    /// But at 0 itself, which is silence by decree: its neighbours expand to the middle of its bin.
    @Test func expansionRisesBetweenCodes() {
        let units = stride(from: Float(-1), through: 127.0 / 128, by: 1.0 / 1_024).filter { $0 != 0 }
        let values = units.map { MuLaw.expand($0) }
        #expect(zip(values, values.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(values.allSatisfy { abs($0) <= 1 })
    }

    @Test func roundingGoesToTheNearestCode() {
        #expect(MuLaw.rounded(0.4 / 128) == 0)
        #expect(MuLaw.rounded(-0.6 / 128) == -1.0 / 128)
        #expect(MuLaw.rounded(1) == 127.0 / 128)
        #expect(MuLaw.rounded(-2) == -1)
    }

    @Test func buffersAreScalarsInARow() {
        let samples: [Float] = [-1, -0.3, 0, 1e-4, 0.7, 1]
        #expect(MuLaw.companded(samples) == samples.map { MuLaw.companded($0) })
        #expect(MuLaw.expand(samples) == samples.map { MuLaw.expand($0) })
    }
}
