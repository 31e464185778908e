// SPDX-License-Identifier: Apache-2.0

/// How much of a reference's melody the output has: an accuracy by ``PitchAgreement``.
struct MelodyAgreement: Measure {
    private let reference: PitchTrack
    private let accuracy: @Sendable (PitchAgreement) -> Double

    /// nil where no frame of the reference is voiced.
    init?(with reference: AnalysedSound, _ accuracy: @escaping @Sendable (PitchAgreement) -> Double) {
        self.reference = reference.pitchTrack
        self.accuracy = accuracy
        guard self.reference.voiced.contains(true) else { return nil }
    }

    func score(_ output: AnalysedSound) -> Double? {
        PitchAgreement(of: output.pitchTrack, with: reference).map(accuracy)
    }
}

/// The share of energy in some pitch classes, by ``PitchClassEnergy``.
struct ChromaShare: Measure {
    /// 0 for C.
    let pitchClasses: Set<Int>

    func score(_ output: AnalysedSound) -> Double? {
        output.pitchClassProfile.map { PitchClassEnergy.share(of: pitchClasses, in: $0) }
    }
}
