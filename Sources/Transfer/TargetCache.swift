// SPDX-License-Identifier: Apache-2.0
import Matrices
import Synchronization
import WaveEncoder

/// Targets that several runs have in common: a style's Gram matrices, which are small, and as many whole maps as there is
/// room for.
public final class TargetCache: Sendable {
    private struct Key: Hashable {
        let x: [Float]
        let taps: [Tap]
    }

    private struct Contents {
        var grams: [Key: [[Double]]] = [:]
        var maps: [(key: Key, maps: [FeatureMap])] = []
        var bytes = 0
    }

    private let contents = Mutex(Contents())
    private let capacity: Int

    /// - Parameter capacity: bytes that whole maps may take; the oldest make room for new ones.
    public init(capacity: Int = 0) {
        self.capacity = capacity
    }

    /// The Gram matrices of a companded clip at some taps, computed if they are not known.
    func grams(of x: [Float], at taps: [Tap], compute: () -> [[Double]]) -> [[Double]] {
        let key = Key(x: x, taps: taps)
        if let known = contents.withLock({ $0.grams[key] }) { return known }
        let grams = compute()
        contents.withLock { $0.grams[key] = grams }
        return grams
    }

    /// The activations of a companded clip at some taps, computed if they are not at hand.
    func maps(of x: [Float], at taps: [Tap], compute: () -> [FeatureMap]) -> [FeatureMap] {
        let key = Key(x: x, taps: taps)
        if let known = contents.withLock({ $0.maps.first { $0.key == key } }) { return known.maps }
        let maps = compute()
        let bytes = Self.bytes(maps)
        guard bytes <= capacity else { return maps }
        contents.withLock { contents in
            while contents.bytes + bytes > capacity, !contents.maps.isEmpty {
                contents.bytes -= Self.bytes(contents.maps.removeFirst().maps)
            }
            contents.maps.append((key, maps))
            contents.bytes += bytes
        }
        return maps
    }

    private static func bytes(_ maps: [FeatureMap]) -> Int {
        maps.reduce(0) { $0 + $1.rows * $1.columns * MemoryLayout<Float>.size }
    }
}
