// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices
import WaveEncoder

/// Whether a session and its maps fit into memory.
struct EncoderMemory {
    let engine: WaveEncoder
    let points: [LayerPoint]
    let samples: Int
    /// What is encoded, and what helps where it does not fit: for the refusal.
    let location: String
    let remedy: String

    /// - Throws: ``Failure`` of kind `badData` for an input without samples.
    init(
        _ engine: WaveEncoder, points: [LayerPoint], samples: Int, of location: String = "x",
        remedy: String = "use a shorter sound or fewer layers"
    ) throws(Failure) {
        guard samples > 0 else {
            throw Failure(
                .badData, "cannot encode", at: location, why: "it has no samples", remedy: "give one sample or more")
        }
        (self.engine, self.points, self.samples) = (engine, points, samples)
        (self.location, self.remedy) = (location, remedy)
    }

    /// The first mode that fits.
    ///
    /// - Throws: ``Failure`` of kind `badData` where none does.
    @discardableResult
    func require(_ modes: [EncoderSession.Mode]) throws(Failure) -> EncoderSession.Mode {
        let free = AvailableMemory.bytes ?? .max
        let needs = modes.map { ($0, needed($0)) }
        if let fitting = needs.first(where: { $0.1 <= free }) { return fitting.0 }
        throw Failure(
            .badData, "cannot encode", at: location,
            why: "\(AvailableMemory.text(needs.map(\.1).min() ?? 0)) of memory is needed, and "
                + "\(AvailableMemory.text(free)) is free",
            remedy: remedy)
    }

    private func needed(_ mode: EncoderSession.Mode) -> Int {
        let (_, ledger) = MemoryLedger.planning {
            let session = engine.session(samples: samples, points: Set(points), mode: mode)
            // A gradient's cotangents are there already.
            let maps = (mode == .reading ? points : []).map { point in
                let shape = point.shape(samples: samples, in: engine.architecture)
                return FeatureMap(rows: shape.rows, columns: shape.columns)
            }
            withExtendedLifetime((session, maps)) {}
        }
        return ledger.peak
    }
}
