// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Evaluation
import Files

/// The metrics of the sound during a run, and the iterate that becomes the result.
struct MonitorOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Measure the sound during the run, or a mosaic once it is there, and add the metrics to trace and record, as in flatness,chroma,style-distance; see \
            'wavestyle evaluate --explain'. With spectrograms, phases are estimated by 30 iterations each time.
            """, valueName: "metrics"))
    var monitor: MetricList?

    @Option(
        parsing: .unconditional,
        help: .text("Iterations from one measurement to the next. (default: 5)", value: "count"))
    var every: Int?

    @OptionGroup var pitchClasses: PitchClassOptions

    /// What is measured: what was asked for, and what decides.
    func metrics(_ keep: KeepRule?) -> Set<Metric> {
        let wanted = Set(monitor?.metrics ?? [])
        if case .best(let metric) = keep { return wanted.union([metric]) }
        return wanted
    }

    /// The words that measure the same of another result.
    var arguments: [String] {
        argument("--monitor", monitor?.metrics.map(\.rawValue).sorted().joined(separator: ","))
            + argument("--pitch-classes", pitchClasses.pitchClasses.map(PitchClass.list))
    }

    /// Checks that every option has an effect.
    ///
    /// - Throws: ``Failure`` of kind `usage`.
    func check(styles: Int, keep: KeepRule?) throws(Failure) {
        let metrics = metrics(keep)
        if let every, every < 1 {
            throw Failure.unusable("--every \(every)", "it must be 1 or more iterations")
        }
        guard metrics.isEmpty else {
            guard styles == 1 else {
                throw Failure.unusable(
                    monitor == nil ? "--keep \(keep ?? .last)" : "--monitor",
                    "with several --style there is no single style to compare with", remedy: "give one style")
            }
            if pitchClasses.pitchClasses != nil, !metrics.contains(.chroma) {
                throw Failure.unusable(
                    "--pitch-classes", "chroma is not among the metrics", remedy: "add it to --monitor")
            }
            return
        }
        for (option, isGiven) in [("--every", every != nil), ("--pitch-classes", pitchClasses.pitchClasses != nil)]
        where isGiven {
            throw Failure.unusable(option, "nothing is measured", remedy: "add --monitor or leave it out")
        }
    }
}
