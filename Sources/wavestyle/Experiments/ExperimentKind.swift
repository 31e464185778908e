// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Transfer

/// The experiments of Boemer, Gong and Homma, Audio Transfer Learning with Voices (2018), section 5.
enum ExperimentKind: String, CaseIterable, ExpressibleByArgument {
    case pitchToPitch = "pitch-to-pitch"
    case pitchToChord = "pitch-to-chord"
    case chordToPitch = "chord-to-pitch"
    case voiceToInstrument = "voice-to-instrument"

    /// Iterations whose sounds the paper shows.
    static let snapshots = [0, 30, 50, 75, 99]

    /// The preset that the paper's settings are.
    var preset: String {
        switch self {
        case .pitchToPitch: "nsynth-pitch"
        case .pitchToChord, .chordToPitch: "nsynth-chord"
        case .voiceToInstrument: "nsynth-voice"
        }
    }

    /// What is given first, and what second: content and style of the first run.
    var roles: (content: ExperimentSound, style: ExperimentSound) {
        let pitch = ExperimentSound(name: "pitch", title: "Pitch", bundled: .sine)
        let chord = ExperimentSound(
            name: "chord", title: "Chord", bundled: .notes([("flute-c", 60), ("flute-e", 64), ("flute-g", 67)]),
            dataset: .init(query: "flute-synthetic:60", intervals: [0, 4, 7]))
        return switch self {
        case .pitchToPitch:
            (
                ExperimentSound(
                    name: "low", title: "Low", bundled: .notes([("voice-low", 48)]),
                    dataset: .init(query: "vocal-acoustic:48", intervals: [0])),
                ExperimentSound(
                    name: "high", title: "High", bundled: .notes([("voice-high", 69)]),
                    dataset: .init(query: "vocal-acoustic:69", intervals: [0]))
            )
        case .pitchToChord: (pitch, chord)
        case .chordToPitch: (chord, pitch)
        case .voiceToInstrument:
            (
                ExperimentSound(name: "voice", title: "Voice", bundled: .voice),
                ExperimentSound(
                    name: "instrument", title: "Instrument", bundled: .flute,
                    dataset: .init(query: "flute-synthetic:69", intervals: [0]))
            )
        }
    }

    /// Whether the other direction is run too.
    var goesBothWays: Bool { self != .voiceToInstrument }

    /// Whether settings are the paper's, but for weights and random numbers: then its losses can be compared.
    ///
    /// - Throws: never in fact: the preset is there.
    func isPublished(_ settings: MethodSettings) throws(Failure) -> Bool {
        let published = try MethodSettings(preset: preset)
        return settings.values.without(\.weights, \.seed) == published.values.without(\.weights, \.seed)
    }

    /// The paper's losses at iterations 0, 50 and 99 (its table 1); nil where it gives none.
    func published(from content: String, to style: String) -> [Double]? {
        switch (content, style) {
        case ("low", "high"): [8_286_706, 4_409_072, 4_399_098]
        case ("high", "low"): [10_242_564, 4_323_082, 4_302_873]
        case ("pitch", "chord"): [34_289_436, 2_726_922.75, 2_539_626]
        case ("chord", "pitch"): [11_554_859, 7_192_789, 7_180_529]
        default: nil
        }
    }

    /// What the paper says was heard.
    var finding: String {
        switch self {
        case .pitchToPitch:
            "The paper: a blend of both pitches at iteration 50, the style's pitch at 99, 'with a considerably noisier timbre'."
        case .pitchToChord, .chordToPitch:
            "The paper: towards the chord it is learned within 30 iterations, 'but degenerates to white noise in further "
                + "iterations'; from the chord to the pitch the end 'is white noise'."
        case .voiceToInstrument:
            "The paper: 'the content is temporally preserved and is still understandable, but the frequencies are distorted "
                + "and blurred'."
        }
    }
}

/// One of an experiment's two sounds, and where it comes from when the user gives none.
struct ExperimentSound {
    /// Notes of the dataset: a chord, or one.
    struct Dataset {
        let query: String
        let intervals: [Int]
    }

    /// What comes with the program.
    enum Bundled {
        /// The paper's sine: low, silence, high.
        case sine
        /// Files of `notes`, one over the other, and their pitches as MIDI counts.
        case notes([(name: String, pitch: Int)])
        /// The bundled pair's: the flute plays A4.
        case voice, flute
    }

    /// Of its file, and in a run's name.
    let name: String
    /// For people.
    let title: String
    let bundled: Bundled
    var dataset: Dataset?
}
