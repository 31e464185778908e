// SPDX-License-Identifier: Apache-2.0
import Matrices

/// A filter's gains at a transform's frequencies, from the first one where they may not be 0.
struct BandGains: Sendable {
    let first: Int
    let count: Int
    let gains: AlignedBuffer<Double>

    /// - Parameter gain: at a bin.
    init(_ bins: Range<Int>, gain: (Int) -> Double) {
        (first, count) = (bins.lowerBound, bins.count)
        gains = AlignedBuffer(count: bins.count) { values in
            for bin in bins { values[bin - bins.lowerBound] = gain(bin) }
        }
    }

    /// Bins and gains.
    func forEach(_ body: (_ bin: Int, _ gain: Double) -> Void) {
        gains.withUnsafePointer { values in
            for index in 0..<count { body(first + index, values[index]) }
        }
    }
}
