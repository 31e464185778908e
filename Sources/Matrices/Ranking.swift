// SPDX-License-Identifier: Apache-2.0

/// The order of float32 values: a radix sort of their bits along with their places, in time that grows with their number alone.
///
/// Used by one caller at a time.
public final class Ranking: @unchecked Sendable {
    /// Of so many values.
    public let count: Int
    /// Pairs of a key and a place, and room for as many.
    private let pairs: AlignedBuffer<UInt64>
    /// For each of three digits, how many keys have each value of it.
    private let counts: AlignedBuffer<UInt32>

    private static let digitBits: UInt64 = 11
    private static let digits = 3
    private static var digitValues: Int { 1 << Int(digitBits) }

    /// Room for `count` values, fewer than 2^32.
    public init(count: Int) {
        self.count = count
        pairs = AlignedBuffer(count: 2 * count)
        counts = AlignedBuffer(count: Self.digits * Self.digitValues)
    }

    /// Sorts, and lends the values by their rank, the smallest first, equal values in their order. -0 comes before 0, NaN after all
    /// numbers or, with the sign bit, before them.
    public func rank<Result>(
        _ values: UnsafePointer<Float>, _ body: (_ ranks: Ranks) throws -> Result
    ) rethrows -> Result {
        try pairs.withUnsafePointer { try body(Ranks(pairs: sort(values, $0))) }
    }

    /// Values by their rank.
    public struct Ranks {
        fileprivate let pairs: UnsafePointer<UInt64>

        /// Where the value of this rank is.
        public func place(_ rank: Int) -> Int { Int(pairs[rank] & 0xFFFF_FFFF) }

        /// The value of this rank.
        public func value(_ rank: Int) -> Float {
            let key = UInt32(pairs[rank] >> 32)
            return Float(bitPattern: key ^ (key >> 31 == 1 ? 1 << 31 : .max))
        }
    }

    private func sort(_ values: UnsafePointer<Float>, _ pairs: UnsafeMutablePointer<UInt64>) -> UnsafePointer<UInt64> {
        let (counts, mask) = (counts.unsafePointer, UInt64(Self.digitValues - 1))
        counts.update(repeating: 0, count: Self.digits * Self.digitValues)
        for place in 0..<count {
            let bits = values[place].bitPattern
            // Ordered like the values: negative ones are turned round.
            let key = UInt64(bits ^ (bits >> 31 == 1 ? .max : 1 << 31))
            pairs[place] = key << 32 | UInt64(place)
            for digit in 0..<Self.digits {
                counts[digit * Self.digitValues + Int(key >> (UInt64(digit) * Self.digitBits) & mask)] &+= 1
            }
        }
        var (from, to) = (pairs, pairs + count)
        for digit in 0..<Self.digits {
            let (places, shift) = (counts + digit * Self.digitValues, 32 + UInt64(digit) * Self.digitBits)
            var sum: UInt32 = 0
            for value in 0..<Self.digitValues { (places[value], sum) = (sum, sum &+ places[value]) }
            for index in 0..<count {
                let pair = from[index]
                let value = Int(pair >> shift & mask)
                to[Int(places[value])] = pair
                places[value] &+= 1
            }
            (from, to) = (to, from)
        }
        return UnsafePointer(from)
    }
}
