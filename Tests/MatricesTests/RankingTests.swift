// SPDX-License-Identifier: Apache-2.0
import Matrices
import Testing

@Suite struct RankingTests {
    /// Against the standard library's stable order, with many equal values, of both signs and of all sizes.
    @Test(arguments: [0, 1, 2, 1_000, 5_000]) func placesAreThoseOfASort(_ count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        let ranking = Ranking(count: count)
        for kind in 0..<4 {
            let values: [Float] = (0..<count).map { _ in
                switch kind {
                case 0: max(generator.uniform(), 0)
                case 1: Float(generator.next() % 7) - 3
                case 2: Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()) & 0xBFFF_FFFF)
                default:
                    [-.infinity, -.leastNonzeroMagnitude, 0, .leastNonzeroMagnitude, .greatestFiniteMagnitude][
                        Int(generator.next() % 5)]
                }
            }
            let expected = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
            let (places, sorted) = ranking.rank(values) { ranks in
                (values.indices.map { ranks.place($0) }, values.indices.map { ranks.value($0) })
            }
            #expect(places == expected)
            #expect(sorted.map(\.bitPattern) == expected.map { values[$0].bitPattern })
        }
    }

    /// What is no number stays in its place among the ranks.
    @Test func everyPlaceIsRankedOnce() {
        let values: [Float] = [.nan, 1, -.nan, 0, -0.0, .nan]
        let places = Ranking(count: 6).rank(values) { ranks in (0..<6).map { ranks.place($0) } }
        #expect(places == [2, 4, 3, 1, 0, 5])
    }
}
