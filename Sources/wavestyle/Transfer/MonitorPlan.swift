// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Evaluation
import Transfer

/// Measures the sounds of a transfer during the run.
struct MonitorPlan: Sendable {
    let metrics: Set<Metric>
    /// Iterations from one measurement to the next; nil where only the result is measured.
    let interval: Int?
    let pitchClasses: Set<Int>?
    /// nil where there are no iterates.
    let keep: KeepRule?

    /// For the record: what is measured, and when; nil of nothing.
    var description: String? {
        guard !metrics.isEmpty else { return nil }
        let times = interval.map { " every \($0)" } ?? ""
        let classes = pitchClasses.map { ", pitch classes \(PitchClass.list($0))" } ?? ""
        return "\(metrics.map(\.rawValue).sorted().joined(separator: ","))\(times)\(classes)"
    }

    /// Bytes to measure an output, for the seconds of it, of content and of style: 0.23 MB for each when all metrics were
    /// measured of ten minutes.
    func memoryNeeded(seconds: Double) -> Int {
        metrics.isEmpty ? 0 : Int(0.3e6 * seconds)
    }

    /// Measures relative to a content and a style; nil where nothing is to be measured.
    func judge(content: Waveform, style: Waveform, threads: Int) throws -> ((Waveform) throws -> [String: Double])? {
        guard !metrics.isEmpty else { return nil }
        let evaluation = Evaluation(
            content: try content.judged(), style: try style.judged(), pitchClasses: pitchClasses, metrics: metrics,
            threads: threads)
        return { sound in
            Dictionary(
                uniqueKeysWithValues: evaluation.scores(of: try sound.judged()).map { ($0.key.rawValue, $0.value) })
        }
    }
}

extension MonitorPlan {
    /// - Parameter hasIterations: whether the method has any.
    init(_ options: MonitorOptions, keep: KeepRule?, hasIterations: Bool) {
        self.init(
            metrics: options.metrics(keep), interval: hasIterations ? options.every ?? 5 : nil,
            pitchClasses: options.pitchClasses.pitchClasses, keep: hasIterations ? keep ?? .last : nil)
    }
}
