// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import Evaluation

/// Every metric of every pair of sounds beside what the field's libraries compute.
@Suite struct ReferenceTests {
    private let reference: EvaluationReference

    init() throws { reference = try EvaluationReference() }

    /// The metrics that `reference.json` knows.
    private static let metrics = Metric.allCases.filter { $0.group != .pitch && $0 != .harmonicity }

    /// As a share of the value, but of 1 where that is smaller. Our spectra are float32, some 1e-7 of a frame's largest value,
    /// and logarithms and ratios of sums enlarge that: 3e-6 at most. SciPy's distance of a sound from itself is 2e-6: it takes
    /// the root of a singular product, whose zeros of 1e-16 become 1e-8.
    private static let tolerance = 1e-5

    @Test(arguments: EvaluationReference.names, EvaluationReference.names)
    func everyPairIsAsTheLibrariesSay(output: String, content: String) throws {
        // Content and style differ, so that none is taken for the other.
        let names = EvaluationReference.names
        let style = names[((names.firstIndex(of: content) ?? 0) + 1) % names.count]
        let evaluation = Evaluation(
            content: try reference.analysed(content), style: try reference.analysed(style),
            metrics: Set(Self.metrics), threads: 2)
        let scores = evaluation.scores(of: try reference.analysed(output))
        for metric in Self.metrics {
            let expected = try expected(metric, output: output, content: content, style: style)
            let (score, about) = (scores[metric], "\(metric.rawValue) of \(output) beside \(content) and \(style)")
            guard let score, let expected else {
                #expect(score == expected, "\(about)")
                continue
            }
            #expect(
                abs(score - expected) <= Self.tolerance * max(abs(expected), 1),
                "\(about): \(score), expected \(expected)")
        }
    }

    /// Equal: samples of 16 bits times powers of two are exact, and so are counts.
    @Test(arguments: EvaluationReference.names, [1, 4, 32]) func clippingIsNumPys(name: String, gain: Int) throws {
        let clipped = try reference.sound(name).map { min(max(Float(gain) * $0, -1), 1) }
        let expected = try #require(try reference.alone(name).clipping["\(gain)"])
        let share = try #require(Clipping.share(of: [clipped]))
        // The file has twelve digits.
        #expect(abs(share - expected) < 1e-12)
        #expect(gain < 32 || name == "silence" || share > 0.01)
        let evaluation = Evaluation(content: clipped, style: clipped, metrics: [.clipping])
        #expect(evaluation.scores(of: clipped) == [.clipping: share])
    }

    private func expected(_ metric: Metric, output: String, content: String, style: String) throws -> Double? {
        switch metric {
        case .flatness: return try reference.alone(output).flatness
        case .flatnessRatio:
            let largest = try [content, style].compactMap { try reference.alone($0).flatness }.max()
            return try reference.alone(output).flatness.flatMap { flatness in largest.map { flatness / $0 } }
        case .clipping: return try reference.alone(output).clipping["1"]
        default: break
        }
        for (suffix, sound) in [("-content", content), ("-style", style)] where metric.rawValue.hasSuffix(suffix) {
            return try reference.value(String(metric.rawValue.dropLast(suffix.count)), of: output, and: sound)
        }
        return try reference.value(metric.rawValue, of: output, and: metric.group == .style ? style : content)
    }
}
