// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation

/// A folder of the NSynth dataset (Engel et al., Neural Audio Synthesis of Musical Notes with WaveNet Autoencoders, 2017): an
/// `examples.json` that describes notes, and each as `audio/NAME.wav`.
public struct NoteLibrary {
    /// What a note is asked for by, as `flute:60`, `vocal-acoustic:48` or `flute-synthetic:67:100`.
    public struct Query: Equatable {
        /// `flute`, `vocal`, ...
        public var family: String
        /// `acoustic`, `electronic` or `synthetic`; nil for any.
        public var source: String?
        /// As MIDI counts, 60 for middle C.
        public var pitch: Int
        /// 1 to 127; the nearest one is taken.
        public var velocity = 100

        /// - Returns: nil for text of another form.
        public init?(_ text: String) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            let name = parts[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            let numbers = parts.dropFirst().compactMap { Int($0) }
            guard (2...3).contains(parts.count), numbers.count == parts.count - 1,
                numbers.allSatisfy((0...127).contains),
                !name[0].isEmpty, name[0].allSatisfy({ $0.isLetter || $0 == "_" })
            else { return nil }
            family = String(name[0])
            source = name.count == 2 ? String(name[1]) : nil
            pitch = numbers[0]
            if numbers.count == 2 { velocity = numbers[1] }
        }
    }

    /// A note of the dataset.
    public struct Note: Equatable {
        /// Of its file.
        public let path: String
        /// As a MIDI number.
        public let pitch: Int
    }

    private struct Example: Decodable {
        let pitch: Int
        let velocity: Int
        let family: String
        let source: String
        let instrument: String

        enum CodingKeys: String, CodingKey {
            case pitch, velocity
            case family = "instrument_family_str"
            case source = "instrument_source_str"
            case instrument = "instrument_str"
        }
    }

    /// The folder.
    public let path: String
    private let examples: [(name: String, example: Example)]

    /// Reads the descriptions.
    ///
    /// - Throws: ``Failure`` of kind `noInput` where there are none, `badData` where they are of another form.
    public init(_ path: String) throws(Failure) {
        self.path = path
        let file = "\(path)/examples.json"
        let json = try contents(
            ofFile: file, or: "cannot read the notes",
            remedy: "give a folder of the NSynth dataset: examples.json with audio/*.wav next to it")
        do {
            // By name, so that a choice among equals is always the same.
            examples = try JSONDecoder().decode([String: Example].self, from: Data(json))
                .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        } catch {
            throw Failure(
                .badData, "cannot read the notes", at: file,
                why:
                    "it does not give pitch, velocity, instrument_str, instrument_family_str and instrument_source_str "
                    + "for each note")
        }
        guard !examples.isEmpty else {
            throw Failure(.badData, "cannot read the notes", at: file, why: "there are none")
        }
        if let odd = examples.first(where: { $0.name.isEmpty || $0.name.contains("/") || $0.name.hasPrefix(".") }) {
            throw Failure(.badData, "cannot read the notes", at: file, why: "'\(odd.name)' is not a valid name")
        }
        let midi = 0...127
        if let odd = examples.first(where: { !midi.contains($0.example.pitch) || !midi.contains($0.example.velocity) })
        {
            throw Failure(
                .badData, "cannot read the notes", at: file,
                why: "pitch or velocity of '\(odd.name)' is not between 0 and 127")
        }
    }

    /// The note asked for.
    ///
    /// - Throws: ``Failure`` of kind `noInput` where there is none, with the pitches that there are.
    public func note(_ query: Query) throws(Failure) -> Note {
        let family = candidates(query)
        guard let best = nearest(family.filter { $0.example.pitch == query.pitch }, velocity: query.velocity) else {
            throw missing(query, family)
        }
        return note(best)
    }

    /// The pitches of a chord by one instrument, as near to the pitches asked for as there are: all are moved alike.
    ///
    /// - Parameter intervals: in semitones above the query's pitch.
    /// - Throws: ``Failure`` of kind `noInput` where no instrument of the family has such pitches.
    public func chord(_ query: Query, intervals: [Int]) throws(Failure) -> [Note] {
        let family = candidates(query)
        let instruments = Dictionary(grouping: family, by: \.example.instrument)
        for distance in 0...127 {
            for root in Set([query.pitch - distance, query.pitch + distance]).sorted() {
                for (_, examples) in instruments.sorted(by: { $0.key < $1.key }) {
                    let notes = intervals.compactMap { interval in
                        nearest(examples.filter { $0.example.pitch == root + interval }, velocity: query.velocity)
                    }
                    if notes.count == intervals.count { return notes.map(note) }
                }
            }
        }
        throw missing(query, family)
    }

    private func candidates(_ query: Query) -> [(name: String, example: Example)] {
        examples.filter { $0.example.family == query.family && $0.example.source == query.source ?? $0.example.source }
    }

    private func nearest(
        _ examples: [(name: String, example: Example)], velocity: Int
    ) -> (name: String, example: Example)? {
        examples.min { abs($0.example.velocity - velocity) < abs($1.example.velocity - velocity) }
    }

    private func note(_ found: (name: String, example: Example)) -> Note {
        Note(path: "\(path)/audio/\(found.name).wav", pitch: found.example.pitch)
    }

    private func missing(_ query: Query, _ family: [(name: String, example: Example)]) -> Failure {
        let name = query.family + (query.source.map { "-\($0)" } ?? "")
        let pitches = Set(family.map(\.example.pitch)).sorted()
        let families = Set(examples.map { "\($0.example.family)-\($0.example.source)" }).sorted()
        return Failure(
            .noInput, "cannot find the note", at: "\(name):\(query.pitch)",
            why: pitches.isEmpty
                ? "in \(path) there are \(families.joined(separator: ", "))"
                : "its pitches are \(pitches.map { "\($0)" }.joined(separator: ", "))",
            remedy: "choose one of them")
    }
}
