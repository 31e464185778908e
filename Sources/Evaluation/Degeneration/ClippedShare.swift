// SPDX-License-Identifier: Apache-2.0

/// The share of samples at full scale, of the sound as it came.
enum ClippedShare {
    /// 33 steps of 16 bits below full scale: what limiting and a lossy codec leave of a clipped sample.
    private static let limit: Float = 0.999

    @Sendable static func of(_ sound: AnalysedSound) -> Double? {
        let clipped = sound.original.reduce(0) { $0 + (abs($1) >= Self.limit ? 1 : 0) }
        return Double(clipped) / Double(sound.original.count)
    }
}
