// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Evaluation

/// That each metric of pitch is what `Tools/reference/pitch.py` computed for it, between the right sounds.
@Suite struct EvaluationPitchTests {
    private let sounds: EvaluationReference
    private let pitch: PitchReference

    init() throws {
        sounds = try EvaluationReference()
        pitch = try PitchReference.load()
    }

    /// 1e-4: shares of frames and of float32 energies, and pitches on a grid of 10 cents; decibels as their own test says.
    @Test(arguments: EvaluationReference.names, EvaluationReference.names)
    func pitchIsAsTheLibrariesSay(output: String, content: String) throws {
        let names = EvaluationReference.names
        let style = names[((names.firstIndex(of: content) ?? 0) + 1) % names.count]
        let metrics = Set(Metric.allCases.filter { $0.group == .pitch || $0 == .harmonicity })
        let evaluation = Evaluation(
            content: try sounds.analysed(content), style: try sounds.analysed(style), metrics: metrics, threads: 2)
        let scores = evaluation.scores(of: try sounds.analysed(output))

        let own = try #require(pitch.sounds[output])
        let classes = (try #require(pitch.sounds[style])).pitchClasses.map { shares in
            shares.indices.filter { shares[$0] >= 0.1 }
        }
        #expect(evaluation.pitchClasses == Set(classes ?? []))
        var expected: [Metric: Double] = [.voicing: own.voicing]
        expected[.pitch] = own.medianF0
        expected[.harmonicity] = own.harmonicity
        for (reference, metric, chroma) in [
            (content, Metric.pitchContent, Metric.chromaContent), (style, .pitchStyle, .chromaStyle),
        ] {
            let agreement = pitch.agreement[reference]?[output] ?? nil
            expected[metric] = agreement?.pitch
            expected[chroma] = agreement?.chroma
        }
        if let classes, let shares = own.pitchClasses {
            expected[.chroma] = classes.reduce(0) { $0 + shares[$1] }
        }
        #expect(scores.keys == expected.keys)
        for (metric, value) in expected {
            let tolerance = metric == .harmonicity ? 0.1 : 1e-4 * max(abs(value), 1)
            #expect(abs((scores[metric] ?? .nan) - value) <= tolerance, "\(metric.rawValue) of \(output)")
        }
    }

    @Test func whatIsShorterThanAFrameHasNoPitch() throws {
        let note = try sounds.sound("note")
        let evaluation = Evaluation(content: note, style: note, metrics: [.pitch, .voicing, .pitchContent])
        #expect(evaluation.scores(of: Array(note.prefix(2_047))).isEmpty)
        #expect(evaluation.scores(of: Array(note.prefix(4_096))).count == 3)
    }

    @Test func pitchClassesCanBeGiven() throws {
        let (note, chord) = (try sounds.sound("note"), try sounds.sound("chord"))
        let given = Evaluation(content: note, style: chord, pitchClasses: [9], metrics: [.chroma])
        #expect(given.pitchClasses == [9])
        // An A of 440 Hz.
        #expect(try #require(given.scores(of: note)[.chroma]) > 0.8)
        let others = Evaluation(content: note, style: chord, pitchClasses: Set(0..<9), metrics: [.chroma])
        #expect(try #require(others.scores(of: note)[.chroma]) < 0.2)
    }
}
