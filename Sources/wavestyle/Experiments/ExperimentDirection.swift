// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Foundation

/// One of the two sounds, as it was written.
struct ExperimentEnd {
    let role: ExperimentSound
    let path: String
    let pitchClasses: Set<Int>?
}

/// One run of an experiment: which of the two sounds is the content.
struct ExperimentDirection {
    let from: ExperimentEnd
    let to: ExperimentEnd

    /// As `low-to-high`: its folder's.
    var name: String { Self.name(from.role, to.role) }

    /// As `Low to high`.
    var title: String { "\(from.role.title) to \(to.role.title.lowercased())" }

    static func name(_ from: ExperimentSound, _ to: ExperimentSound) -> String { "\(from.name)-to-\(to.name)" }

    /// Sounds, metrics, and where there are iterations snapshots at the paper's (of 100) and a trace.
    ///
    /// - Parameter iterations: nil for a method without any.
    func arguments(to result: String, iterations: Int?) -> [String] {
        [
            "--content=\(from.path)", "--style=\(to.path)", "--output=\(result)",
            "--monitor=style-distance,content-waveform,chroma,flatness",
        ] + (iterations.map { course(of: $0, beside: result) } ?? [])
            + (to.pitchClasses.map { $0.isEmpty ? [] : ["--pitch-classes=\(PitchClass.list($0))"] } ?? [])
    }

    private func course(of iterations: Int, beside result: String) -> [String] {
        let steps = ExperimentKind.snapshots.map { Int((Double($0 * iterations) / 100).rounded()) }
        let trace = ((result as NSString).deletingLastPathComponent as NSString).appendingPathComponent("trace.jsonl")
        return [
            "--trace=\(trace)", "--snapshots=\(Set(steps).sorted().map { "\($0)" }.joined(separator: ","))",
            "--every=\(max(iterations / 20, 1))",
        ]
    }
}
