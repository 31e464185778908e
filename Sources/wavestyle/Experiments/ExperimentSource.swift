// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files

/// Where one of the two sounds comes from.
struct ExperimentSource {
    private enum Origin {
        case files([String])
        case sine
    }
    private let origin: Origin
    /// What is read.
    var files: [String] { if case .files(let paths) = origin { paths } else { [] } }
    /// Where they are known, 0 for C.
    let pitchClasses: Set<Int>?

    /// Finds what was given, or else the experiment's own.
    ///
    /// - Parameter given: files, or notes where there is a library.
    init(_ given: [String], _ role: ExperimentSound, _ library: NoteLibrary?) throws(Failure) {
        var (files, pitches) = ([String](), [Int]())
        if !given.isEmpty {
            for text in given {
                guard let library, let query = NoteLibrary.Query(text) else {
                    files.append(text)
                    continue
                }
                let note = try library.note(query)
                files.append(note.path)
                pitches.append(note.pitch)
            }
        } else if let library, let dataset = role.dataset, let query = NoteLibrary.Query(dataset.query) {
            let chord = try library.chord(query, intervals: dataset.intervals)
            (files, pitches) = (chord.map(\.path), chord.map(\.pitch))
        } else {
            switch role.bundled {
            case .sine:
                (origin, pitchClasses) = (.sine, nil)
                return
            case .voice: files = [try BundledSounds.pair().content]
            case .flute: (files, pitches) = ([try BundledSounds.pair().style], [69])
            case .notes(let notes):
                for note in notes { files.append(try BundledSounds.note(note.name)) }
                pitches = notes.map(\.pitch)
            }
        }
        origin = .files(files)
        pitchClasses = !pitches.isEmpty && pitches.count == files.count ? Set(pitches.map { $0 % 12 }) : nil
    }

    /// Reads it.
    func waveform() throws(Failure) -> Waveform {
        switch origin {
        case .sine: SoundStack.sine()
        case .files(let paths): try SoundStack.stacked(paths)
        }
    }
}
