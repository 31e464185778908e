// SPDX-License-Identifier: Apache-2.0

/// ``Flatness`` of an output divided by the largest of those of the sounds that it was made from: above 1 it is noisier than
/// all of them.
struct FlatnessRatio: Measure {
    private let largest: Double

    /// nil if all are silent.
    init?(to sounds: [AnalysedSound]) {
        guard let largest = sounds.compactMap(\.flatness).max() else { return nil }
        self.largest = largest
    }

    /// nil for silence.
    func score(_ output: AnalysedSound) -> Double? { output.flatness.map { $0 / largest } }
}
