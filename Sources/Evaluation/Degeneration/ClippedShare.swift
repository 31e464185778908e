// SPDX-License-Identifier: Apache-2.0

/// The share of samples at full scale, of the sound as it came; nil where there is none.
struct ClippedShare: Measure {
    /// 33 steps of 16 bits below full scale: what limiting and a lossy codec leave of a clipped sample.
    private static let limit: Float = 0.999

    func score(_ output: AnalysedSound) -> Double? {
        guard !output.original.isEmpty else { return nil }
        let clipped = output.original.reduce(0) { $0 + (abs($1) >= Self.limit ? 1 : 0) }
        return Double(clipped) / Double(output.original.count)
    }
}
