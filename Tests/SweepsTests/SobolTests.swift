// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import Sweeps

/// That the sequence is SciPy's, exactly: whole numbers of 2^-30.
@Suite struct SobolTests {
    private let reference: [Int: [Int]]

    init() throws {
        let json = try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("sweeps/sobol.json")))
        let named = try JSONDecoder().decode([String: [Int]].self, from: json)
        reference = Dictionary(uniqueKeysWithValues: named.map { (Int($0.key) ?? -1, $0.value) })
    }

    @Test func pointsAreSciPys() {
        var sequence = Sobol(dimension: Sobol.maximumDimension, seed: nil)
        var compared = 0
        for index in 0...4_095 {
            let point = sequence.next().map { Int($0 * Double(1 << Sobol.bits)) }
            guard let expected = reference[index] else { continue }
            #expect(point == expected, "point \(index)")
            compared += 1
        }
        #expect(compared == 66)
    }

    /// A shift keeps a net: 2^k points have one in each of 2^k equal intervals, in every dimension.
    @Test(arguments: [0, 1, 12_345] as [UInt64]) func aShiftedSequenceStaysEven(seed: UInt64) {
        var sequence = Sobol(dimension: 20, seed: seed)
        let points = (0..<64).map { _ in sequence.next() }
        for dimension in 0..<20 {
            #expect(Set(points.map { Int($0[dimension] * 64) }).count == 64, "dimension \(dimension)")
        }
    }

    @Test func seedsShiftDifferently() {
        var (one, other) = (Sobol(dimension: 3, seed: 1), Sobol(dimension: 3, seed: 2))
        #expect(one.next() != other.next())
    }
}
