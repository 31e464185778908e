// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import AudioIO
import Evaluation
import Files
import Transfer

/// What is measured of the sound on the way, and which iterate that makes the result.
struct MonitorOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Measure the sound on the way and add the figures to trace and record, as in flatness,chroma,style-distance; see \
            'wavestyle evaluate --explain'. Over spectra, phases are sought for 30 rounds each time.
            """, valueName: "metrics"))
    var monitor: MetricList?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Iterations from one measurement to the next. (default: 5)", valueName: "count"))
    var every: Int?

    @OptionGroup var pitchClasses: PitchClassOptions

    @Option(
        help: ArgumentHelp(
            """
            Which iterate becomes the result: last, best:loss, or best:METRIC among those measured, as best:chroma.
            """, valueName: "which"))
    var keep = KeepRule.last

    /// What is measured: what was asked for, and what decides.
    var metrics: Set<Metric> {
        let wanted = Set(monitor?.metrics ?? [])
        if case .best(let metric) = keep { return wanted.union([metric]) }
        return wanted
    }

    /// Checks that nothing was given in vain.
    ///
    /// - Throws: ``Failure`` of kind `usage`.
    func check(styles: Int) throws(Failure) {
        if let every, every < 1 {
            throw Failure(.usage, "cannot use", at: "--every \(every)", why: "it must be 1 or more iterations")
        }
        guard metrics.isEmpty else {
            guard styles == 1 else {
                throw Failure(
                    .usage, "cannot use", at: monitor == nil ? "--keep \(keep)" : "--monitor",
                    why: "with several --style it is not clear beside which to measure", remedy: "give one style")
            }
            if pitchClasses.pitchClasses != nil, !metrics.contains(.chroma) {
                throw Failure(
                    .usage, "cannot use", at: "--pitch-classes", why: "chroma is not among the metrics",
                    remedy: "add it to --monitor")
            }
            return
        }
        for (option, isGiven) in [("--every", every != nil), ("--pitch-classes", pitchClasses.pitchClasses != nil)]
        where isGiven {
            throw Failure(
                .usage, "cannot use", at: option, why: "nothing is measured", remedy: "add --monitor or leave it out")
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

/// Measures the sounds of a transfer on their way.
struct MonitorPlan: Sendable {
    let metrics: Set<Metric>
    let interval: Int
    let pitchClasses: Set<Int>?
    let keep: KeepRule

    /// Nothing is measured, and the last iterate is the result.
    static let none = MonitorPlan(metrics: [], interval: 1, pitchClasses: nil, keep: .last)

    /// Bytes to measure an output, for the seconds of it, of content and of style: 0.23 MB for each when all metrics were
    /// measured of ten minutes.
    func memoryNeeded(seconds: Double) -> Int {
        metrics.isEmpty ? 0 : Int(0.3e6 * seconds)
    }

    /// What measures beside a content and a style, mono at a rate; nil where nothing is to be measured.
    ///
    /// - Parameter styles: one, where anything is to be measured.
    func monitor(content: [Float], styles: [StyleSignal], rate: Int, threads: Int) throws -> SoundMonitor? {
        guard !metrics.isEmpty, let style = styles.first else { return nil }
        func judged(_ samples: [Float]) throws -> [Float] {
            try Waveform(mono: samples, sampleRate: rate).judged()
        }
        let evaluation = Evaluation(
            content: try judged(content), style: try judged(style.samples), pitchClasses: pitchClasses,
            metrics: metrics,
            threads: threads)
        return SoundMonitor(interval: interval) { samples in
            Dictionary(
                uniqueKeysWithValues: evaluation.scores(of: try judged(samples)).map { ($0.key.rawValue, $0.value) })
        }
    }
}

/// Metrics, as `flatness,chroma`.
struct MetricList: ExpressibleByArgument {
    let metrics: [Metric]

    init?(argument: String) {
        let names = argument.split(separator: ",", omittingEmptySubsequences: false)
        metrics = names.compactMap { Metric(rawValue: String($0)) }
        if metrics.count != names.count { return nil }
    }

    static var allValueStrings: [String] { Metric.allCases.map(\.rawValue) }
}

/// Which iterate is kept: `last`, `best:loss` or `best:METRIC`.
enum KeepRule: ExpressibleByArgument, CustomStringConvertible, Equatable {
    case last
    case lowestLoss
    case best(Metric)

    init?(argument: String) {
        switch argument {
        case "last": self = .last
        case "best:loss": self = .lowestLoss
        default:
            guard argument.hasPrefix("best:"), let metric = Metric(rawValue: String(argument.dropFirst(5))),
                metric.direction != .neither
            else { return nil }
            self = .best(metric)
        }
    }

    var description: String {
        switch self {
        case .last: "last"
        case .lowestLoss: "best:loss"
        case .best(let metric): "best:\(metric.rawValue)"
        }
    }

    static var allValueStrings: [String] {
        ["last", "best:loss"] + Metric.allCases.filter { $0.direction != .neither }.map { "best:\($0.rawValue)" }
    }

    var iterate: KeptIterate {
        switch self {
        case .last: .last
        case .lowestLoss: .lowestLoss
        case .best(let metric): .best(metric.rawValue, lowerIsBetter: metric.direction == .lower)
        }
    }
}
