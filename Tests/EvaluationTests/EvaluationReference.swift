// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Foundation
import TestSupport

@testable import Evaluation

/// The bundled sounds, and what librosa, SciPy, auraloss and pyloudnorm compute of them (`Tools/reference/evaluation.py`).
struct EvaluationReference {
    /// Mono, 16 kHz, one second each.
    let sounds: [String: [Float]]
    private let file: File

    static let names = ["note", "chord", "speech", "noise", "silence"]

    private struct File: Decodable {
        var sounds: [String: Alone]
        var pairs: [String: [String: Double?]]
        var channels: [Channels]
    }

    /// What is known of one sound.
    struct Alone: Decodable {
        var flatness: Double?
        /// By how many times louder the sound was when it was clipped.
        var clipping: [String: Double]
        /// In LUFS, by case.
        var loudness: [String: Double?]
    }

    /// Sounds side by side.
    struct Channels: Decodable {
        var names: [String]
        /// In LUFS.
        var loudness: Double
    }

    var channels: [Channels] { file.channels }

    init() throws {
        sounds = try Dictionary(
            uniqueKeysWithValues: Self.names.map { name in
                (name, try AudioFile.read(Fixtures.path("evaluation/\(name).flac")).channels[0])
            })
        let url = URL(fileURLWithPath: Fixtures.path("evaluation/reference.json"))
        file = try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
    }

    func alone(_ name: String) throws -> Alone {
        guard let alone = file.sounds[name] else { throw Missing(name: name) }
        return alone
    }

    /// A distance or a correlation; nil where it is not defined.
    func value(_ name: String, of output: String, and reference: String) throws -> Double? {
        guard let value = file.pairs["\(output)/\(reference)"]?[name] else { throw Missing(name: name) }
        return value
    }

    func sound(_ name: String) throws -> [Float] {
        guard let sound = sounds[name] else { throw Missing(name: name) }
        return sound
    }

    /// A sound at its own loudness, as the script takes it.
    func analysed(_ name: String) throws -> AnalysedSound {
        let samples = try sound(name)
        return AnalysedSound(samples, clipping: Clipping.share(of: [samples]), threads: 2)
    }

    private struct Missing: Error {
        var name: String
    }
}
