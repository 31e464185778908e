// SPDX-License-Identifier: Apache-2.0
import Matrices

/// Sobol's low-discrepancy sequence in up to 20 dimensions, by gray code (Antonov and Saleev, 1979), with the direction numbers of Joe and
/// Kuo (Constructing Sobol sequences with better two-dimensional projections, SIAM J. Sci. Comput. 30, 2008: new-joe-kuo-6.21201).
///
/// A seed shifts all points digitally (by exclusive or), which keeps their even spread (L'Ecuyer and Lemieux, 2002).
struct Sobol {
    /// Bits of a coordinate.
    static let bits = 30
    /// Dimensions that there are numbers for.
    static var maximumDimension: Int { numbers.count }

    private let directions: [[UInt32]]
    private let shift: [UInt32]
    private var point: [UInt32]
    private var index: UInt32 = 0

    /// - Parameters:
    ///   - dimension: 1 to ``maximumDimension``.
    ///   - seed: of the shift; nil for the sequence itself, whose first point is 0.
    init(dimension: Int, seed: UInt64?) {
        precondition((1...Self.maximumDimension).contains(dimension), "no direction numbers for so many dimensions")
        directions = Self.numbers.prefix(dimension).map(Self.directions)
        var generator = SeededGenerator(seed: seed ?? 0)
        shift = (0..<dimension).map { _ in seed == nil ? 0 : UInt32(generator.next() >> (64 - UInt64(Self.bits))) }
        point = shift
    }

    /// The next point, in [0, 1) in each dimension.
    mutating func next() -> [Double] {
        defer {
            let bit = (~index).trailingZeroBitCount
            for dimension in point.indices { point[dimension] ^= directions[dimension][bit] }
            index += 1
        }
        return point.map { Double($0) / Double(1 << Self.bits) }
    }

    /// The direction numbers of a dimension, for each bit: with the polynomial `x^s + a_1 x^(s-1) + ... + 1`,
    /// `m_k = 2 a_1 m_(k-1) ^ ... ^ 2^s m_(k-s) ^ m_(k-s)`.
    private static func directions(_ own: (polynomial: Int, initial: [UInt32])) -> [UInt32] {
        let degree = own.initial.count
        var m = own.initial
        if own.polynomial == 1 { m = [UInt32](repeating: 1, count: bits) }
        while m.count < bits {
            let k = m.count
            var next = m[k - degree] ^ (m[k - degree] << UInt32(degree))
            for term in stride(from: 1, to: degree, by: 1) where own.polynomial >> (degree - term) & 1 == 1 {
                next ^= m[k - term] << UInt32(term)
            }
            m.append(next)
        }
        return m.prefix(bits).enumerated().map { $1 << UInt32(bits - 1 - $0) }
    }

    /// A polynomial's coefficients as bits, and the first numbers m, for each dimension.
    private static let numbers: [(polynomial: Int, initial: [UInt32])] = [
        (1, [1]), (3, [1]), (7, [1, 3]), (11, [1, 3, 1]), (13, [1, 1, 1]), (19, [1, 1, 3, 3]), (25, [1, 3, 5, 13]),
        (37, [1, 1, 5, 5, 17]), (41, [1, 1, 5, 5, 5]), (47, [1, 1, 7, 11, 19]), (55, [1, 1, 5, 1, 1]),
        (59, [1, 1, 1, 3, 11]), (61, [1, 3, 5, 5, 31]), (67, [1, 3, 3, 9, 7, 49]), (91, [1, 1, 1, 15, 21, 21]),
        (97, [1, 3, 1, 13, 27, 49]), (103, [1, 1, 1, 15, 7, 5]), (109, [1, 3, 1, 15, 13, 25]),
        (115, [1, 1, 5, 5, 19, 61]), (131, [1, 3, 7, 11, 23, 15, 103]),
    ]
}
