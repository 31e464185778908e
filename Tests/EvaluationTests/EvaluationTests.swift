// SPDX-License-Identifier: Apache-2.0
import Matrices
import Spectrogram
import TestSupport
import Testing

@testable import Evaluation

@Suite struct EvaluationTests {
    private let reference: EvaluationReference

    init() throws { reference = try EvaluationReference() }

    private static let distances = Set<Metric>([
        .styleDistance, .styleCovariance, .styleGram, .convergenceContent, .convergenceStyle, .logSpectralContent,
        .logSpectralStyle, .multiResolutionContent, .multiResolutionStyle,
    ])
    private static let correlations = Set<Metric>([.contentEnvelope, .contentWaveform, .contentOnsets])
    private static let comparisons = distances.union(correlations)

    @Test(arguments: ["note", "chord", "speech", "noise"]) func aSoundIsAtNoDistanceFromItself(name: String) throws {
        let sound = try reference.sound(name)
        let scores = Evaluation(content: sound, style: sound, metrics: Self.comparisons).scores(of: sound)
        #expect(Set(scores.keys) == Self.comparisons)
        for (metric, score) in scores {
            // Rounding in float64; the distance of distributions is a difference of traces of some 1e3.
            #expect(abs(score - (Self.correlations.contains(metric) ? 1 : 0)) < 1e-5, "\(metric)")
        }
    }

    /// 1e-3: a factor that float32 rounds leaves values as far from the floors as before, but for some 1e-7 of them.
    @Test(arguments: [Float(1e-3), 0.3, 7]) func howLoudASoundIsDoesNotMatter(gain: Float) throws {
        let (note, speech, chord) = (
            try reference.sound("note"), try reference.sound("speech"), try reference.sound("chord")
        )
        let metrics = Set(Metric.allCases).subtracting([.clipping])
        let plain = Evaluation(content: note, style: chord, metrics: metrics).scores(of: speech)
        let scaled = Evaluation(
            content: note.map { $0 * gain }, style: chord.map { $0 / gain }, metrics: metrics
        ).scores(of: speech.map { $0 * gain })
        #expect(plain.keys == scaled.keys)
        for (metric, score) in plain {
            #expect(abs((scaled[metric] ?? .nan) - score) <= 1e-3 * abs(score), "\(metric)")
        }
    }

    @Test func moreNoiseIsFurtherFromTheContent() throws {
        let (speech, noise) = (try reference.sound("speech"), try reference.sound("noise"))
        let evaluation = Evaluation(content: speech, style: noise)
        let scores = [Float(0.001), 0.01, 0.1, 1].map { share in
            evaluation.scores(of: zip(speech, noise).map { $0 + share * $1 })
        }
        for (less, more) in zip(scores, scores.dropFirst()) {
            for metric in Self.comparisons {
                let (before, after) = (try #require(less[metric]), try #require(more[metric]))
                let isFromContent = metric.group == .content || metric.rawValue.hasSuffix("-content")
                let rises = isFromContent == Self.distances.contains(metric)
                #expect(rises ? after > before : after < before, "\(metric)")
            }
            let (before, after) = (try #require(less[.flatness]), try #require(more[.flatness]))
            #expect(after > before)
        }
    }

    /// What the three style metrics are for: other parts of the same sound are nearer than any other sound.
    @Test(arguments: ["note", "chord", "speech", "noise"]) func partsOfASoundHaveOneStyle(name: String) throws {
        /// Every other eighth of a second, from the first or the second.
        func part(_ index: Int, _ name: String) throws -> [Float] {
            let sound = try reference.sound(name)
            return (0..<4).flatMap { sound[(2 * $0 + index) * 2_000..<(2 * $0 + index + 1) * 2_000] }
        }
        let metrics: Set<Metric> = [.styleDistance, .styleCovariance, .styleGram]
        let style = try part(0, name)
        let evaluation = Evaluation(content: style, style: style, metrics: metrics)
        let own = evaluation.scores(of: try part(1, name))
        for other in ["note", "chord", "speech", "noise"] where other != name {
            let scores = evaluation.scores(of: try part(1, other))
            for metric in metrics {
                let (near, far) = (try #require(own[metric]), try #require(scores[metric]))
                #expect(near < far, "\(metric)")
            }
        }
    }

    @Test func soundsAreComparedOverTheLengthThatBothHave() throws {
        let (note, speech) = (try reference.analysed("note"), try reference.analysed("speech"))
        let metrics = Self.comparisons.filter { $0.group != .style }
        let short = note.beginning(9_999)
        let equal = Evaluation(
            content: speech.beginning(9_999), style: speech.beginning(9_999), metrics: metrics, threads: 1)
        let expected = equal.scores(of: short)
        #expect(Set(expected.keys) == metrics)
        #expect(equal.scores(of: note) == expected)
        let longer = Evaluation(content: speech, style: speech, metrics: metrics, threads: 1)
        #expect(longer.scores(of: short) == expected)
        #expect(longer.scores(of: note) != expected)
        #expect(longer.scores(of: short) == expected)
    }

    @Test(arguments: [0, 1, 2, 255, 512, 513, 1_024, 1_025])
    func soundsOfAnyLengthAreMeasured(count: Int) throws {
        let (speech, noise) = (try reference.sound("speech"), try reference.sound("noise"))
        let short = Array(speech[4_000..<4_000 + count])
        for (content, output) in [(speech, short), (short, speech), (short, short)] {
            let scores = Evaluation(content: content, style: noise).scores(of: output)
            #expect(scores.values.allSatisfy { $0.isFinite })
            #expect((scores[.contentWaveform] != nil) == (count >= 2))
            #expect((scores[.convergenceContent] != nil) == (count >= 1))
            #expect((scores[.multiResolutionContent] != nil) == (count > 1_024))
        }
        let scores = Evaluation(content: speech, style: noise).scores(of: short)
        #expect((scores[.clipping] != nil) == (count >= 1))
        // A frame for each 256 samples; two for a covariance, five for a feature.
        #expect((scores[.styleDistance] != nil) == (count >= 256))
        #expect((scores[.styleGram] != nil) == (count >= 1_024))
        #expect(scores[.styleCovariance] == nil)
    }

    @Test(arguments: [Float.nan, .infinity]) func whatIsNotFiniteHasNoScores(value: Float) throws {
        let note = try reference.sound("note")
        var broken = note
        broken[100] = value
        #expect(Evaluation(content: note, style: note).scores(of: broken).isEmpty)
        let scores = Evaluation(content: broken, style: broken, metrics: Self.comparisons).scores(of: note)
        #expect(scores.isEmpty)
    }

    @Test func onlyWhatIsAskedForIsMeasured() throws {
        let (note, speech) = (try reference.sound("note"), try reference.sound("speech"))
        let all = Evaluation(content: note, style: speech, threads: 3).scores(of: speech)
        for (metric, score) in all {
            let scores = Evaluation(content: note, style: speech, metrics: [metric], threads: 1).scores(of: speech)
            #expect(scores == [metric: score])
        }
    }

    @Test func flatnessKnowsTonesClicksAndSilence() throws {
        func flatness(_ samples: [Float]) -> Double? {
            Evaluation(content: samples, style: samples, metrics: [.flatness]).scores(of: samples)[.flatness]
        }
        let silence = [Float](repeating: 0, count: 16_384)
        #expect(flatness(silence) == nil)
        // Clicks at the middle of frames that don't overlap: each is seen as constant power by the four frames that it lies in.
        var clicks = silence
        for click in 0..<8 { clicks[2_048 * click + 1_024] = 1 }
        let clicked = try #require(flatness(clicks))
        #expect(abs(clicked - 1) < 1e-6)
        let noise = try reference.sound("noise")
        let (alone, padded) = (try #require(flatness(noise)), try #require(flatness(noise + silence)))
        // The last frames that see the noise see its end.
        #expect(abs(padded - alone) < 0.02)
    }

    @Test func flatnessRatioComparesWithTheNoisierOne() throws {
        func ratio(_ output: [Float], content: [Float], style: [Float]) -> Double? {
            Evaluation(content: content, style: style, metrics: [.flatnessRatio]).scores(of: output)[.flatnessRatio]
        }
        let (note, noise) = (try reference.sound("note"), try reference.sound("noise"))
        let silence = try reference.sound("silence")
        #expect(ratio(noise, content: note, style: noise) == 1)
        #expect(ratio(noise, content: noise, style: note) == 1)
        let (noisier, cleaner) = (ratio(noise, content: note, style: note), ratio(note, content: note, style: noise))
        #expect(try #require(noisier) > 1)
        #expect(try #require(cleaner) < 1)
        // Silence has no flatness: the other sound is what there is.
        #expect(ratio(note, content: silence, style: note) == 1)
        #expect(ratio(note, content: silence, style: silence) == nil)
        #expect(ratio(silence, content: note, style: note) == nil)
    }

    /// Content and style are measured as outputs are.
    @Test func contentAndStyleHaveScores() throws {
        let (note, speech) = (try reference.sound("note"), try reference.sound("speech"))
        let evaluation = Evaluation(content: note, style: speech, threads: 2)
        #expect(evaluation.contentScores() == evaluation.scores(of: note))
        #expect(evaluation.styleScores() == evaluation.scores(of: speech))
        #expect(evaluation.contentScores(clipping: 0.25)[.clipping] == 0.25)
        #expect(evaluation.styleScores(clipping: 0.5)[.clipping] == 0.5)
    }

    /// Over more than one stretch of the judge's frames, features and Gram matrices are those of the whole.
    @Test func longSoundsAreJudgedAsAWhole() throws {
        // 1,601 frames; a stretch has 1,024.
        let sound = (0..<20).flatMap { _ in reference.sounds["speech"] ?? [] }
        let features = try #require(JudgedFeatures(of: sound, threads: 2))
        let spectra = LogSpectrogram.compressed(JudgeNetwork.transform.transform(sound))
        let map = try #require(JudgeNetwork.network.activations(of: spectra, at: [.layer(1)])[.layer(1)])
        let whole = RealMatrix(map)
        #expect(whole.rows == 1_596)
        let gram = whole.transposed(times: whole).mapValues { $0 / Double(whole.rows) }
        // Features are float32, summed in another order.
        #expect(largestError(features.gram.values, gram.values) < 1e-5 * gram.frobeniusNorm)
        let covariance = try #require(Gaussian(whole.firstColumns(JudgedFeatures.channels))?.covariance)
        #expect(largestError(try #require(features.covariance).values, covariance.values) < 1e-5 * covariance.trace)
    }

    @Test func clippingIsThatOfTheFileWhereItIsGiven() throws {
        let note = try reference.sound("note")
        let evaluation = Evaluation(content: note, style: note, metrics: [.clipping])
        #expect(evaluation.scores(of: note, clipping: 0.125) == [.clipping: 0.125])
        let other = Evaluation(content: note, style: note, metrics: [.contentWaveform])
        #expect(other.scores(of: note, clipping: 0.125)[.clipping] == nil)
        #expect(evaluation.scores(of: [], clipping: 0.125).isEmpty)
        // Left and right are never clipped at once: mixed, nothing would be.
        #expect(Clipping.share(of: [[1, 0, 0.5, 0], [0, -1, 0.5, 0.999]]) == 3.0 / 8)
        #expect(Clipping.share(of: []) == nil && Clipping.share(of: [[], []]) == nil)
    }

    @Test func clippingCountsTheSoundAsItIs() {
        let samples: [Float] = [0.5, 1, -1, 0.9990, -1.7, 0.998, 0, 0.25]
        let scores = Evaluation(content: samples, style: samples, metrics: [.clipping]).scores(of: samples)
        #expect(scores == [.clipping: 0.5])
    }
}
