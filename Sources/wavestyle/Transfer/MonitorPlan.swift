// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Evaluation
import Transfer

/// Measures the sounds of a transfer during the run.
struct MonitorPlan: Sendable {
    let metrics: Set<Metric>
    let interval: Int
    let pitchClasses: Set<Int>?
    let keep: KeepRule

    /// For the record: what is measured, and when; nil of nothing.
    var description: String? {
        guard !metrics.isEmpty else { return nil }
        let classes = pitchClasses.map { ", pitch classes \(PitchClass.list($0))" } ?? ""
        return "\(metrics.map(\.rawValue).sorted().joined(separator: ",")) every \(interval)\(classes)"
    }

    /// Bytes to measure an output, for the seconds of it, of content and of style: 0.23 MB for each when all metrics were
    /// measured of ten minutes.
    func memoryNeeded(seconds: Double) -> Int {
        metrics.isEmpty ? 0 : Int(0.3e6 * seconds)
    }

    /// Measures relative to a content and a style, mono at a rate; nil where nothing is to be measured.
    ///
    /// - Parameter styles: one, where anything is to be measured.
    func monitor(content: [Float], styles: [StyleSignal], rate: Int, threads: Int) throws -> SoundMonitor? {
        guard !metrics.isEmpty, let style = styles.first else { return nil }
        func judged(_ samples: [Float]) throws -> [Float] {
            try Waveform(mono: samples, sampleRate: rate).judged()
        }
        let evaluation = Evaluation(
            content: try judged(content), style: try judged(style.samples), pitchClasses: pitchClasses,
            metrics: metrics, threads: threads)
        return SoundMonitor(interval: interval) { samples in
            Dictionary(
                uniqueKeysWithValues: evaluation.scores(of: try judged(samples)).map { ($0.key.rawValue, $0.value) })
        }
    }
}

extension MonitorPlan {
    init(_ options: MonitorOptions) {
        self.init(
            metrics: options.metrics, interval: options.every ?? 5, pitchClasses: options.pitchClasses.pitchClasses,
            keep: options.keep)
    }
}
