// SPDX-License-Identifier: Apache-2.0

/// ``Flatness`` of an output over the largest of those of the sounds that it was made of: above 1 it is noisier than any of
/// them.
struct FlatnessRatio: Measure {
    private let largest: Double

    /// nil where all are silence.
    init?(to sounds: [AnalysedSound]) {
        guard let largest = sounds.compactMap(\.flatness).max() else { return nil }
        self.largest = largest
    }

    /// nil for silence.
    func score(_ output: AnalysedSound) -> Double? { output.flatness.map { $0 / largest } }
}
