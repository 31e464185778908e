// SPDX-License-Identifier: Apache-2.0

/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014): the same seed gives the same orders on
/// every machine.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Uniform in 0..<bound. What the standard library draws below a bound may change with its version, so we draw
    /// ourselves: again, until the multiple of `bound` below 2^64 is not exceeded.
    mutating func below(_ bound: Int) -> Int {
        let bound = UInt64(bound)
        let excess = (UInt64.max % bound + 1) % bound
        while true {
            let bits = next()
            if bits <= UInt64.max - excess { return Int(bits % bound) }
        }
    }

    /// 0..<count in random order, by Fisher and Yates's shuffle.
    mutating func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) { order.swapAt(last, below(last + 1)) }
        return order
    }
}

/// Orders that are balanced over listeners.
///
/// Listeners come in blocks of as many as a Williams square has rows: k for an even number of things k, 2 k for an odd one (Williams: Experimental
/// Designs Balanced for the Estimation of Residual Effects of Treatments, Aust. J. Sci. Res. A 2, 1949). Over a block, everything has
/// each place equally often, and follows every other thing equally often. Which thing is which of the square's symbols, and which listener
/// gets which row, is drawn anew for each block, so that orders of different pages have nothing to do with each other. In a last block that
/// is not full, a thing has a place at most once (twice for an odd number of things).
struct ListenerOrder {
    /// The listener's place in the order of arrival, from 0.
    let number: Int
    /// Gives a seed for what is drawn.
    let seed: (_ purpose: String) -> UInt64

    /// 0..<count in this listener's order.
    ///
    /// - Parameter purpose: what is ordered. Each purpose has its own order.
    func permutation(of count: Int, for purpose: String) -> [Int] {
        let rows = count.isMultiple(of: 2) ? count : 2 * count
        guard rows > 0 else { return [] }
        var generator = SplitMix64(seed: seed("\(purpose) \(number / rows)"))
        let symbols = generator.permutation(count)
        let row = generator.permutation(rows)[number % rows]
        return Self.williams(row: row, of: count).map { symbols[$0] }
    }

    /// A row of the square: 0, 1, k - 1, 2, k - 2, ... shifted by the row's number; from row k on, backwards.
    static func williams(row: Int, of count: Int) -> [Int] {
        let line = (0..<count).map { ($0.isMultiple(of: 2) ? count - $0 / 2 : $0 / 2 + 1) + row }.map { $0 % count }
        return row < count ? line : line.reversed()
    }
}
