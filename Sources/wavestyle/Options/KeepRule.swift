// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Evaluation
import Transfer

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

    /// Of a run.
    var iterate: KeptIterate {
        switch self {
        case .last: .last
        case .lowestLoss: .lowestLoss
        case .best(let metric): .best(metric.rawValue, lowerIsBetter: metric.direction == .lower)
        }
    }
}

/// What `--keep` takes: a share, which is a mosaic's setting, or the iterate that an optimisation keeps.
enum KeepOption: ExpressibleByArgument {
    case share(Double)
    case iterate(KeepRule)

    init?(argument: String) {
        if let share = Double(argument) {
            self = .share(share)
        } else if let rule = KeepRule(argument: argument) {
            self = .iterate(rule)
        } else {
            return nil
        }
    }

    static var allValueStrings: [String] { ["0.5"] + KeepRule.allValueStrings }

    /// The setting's value; nil of a rule.
    var share: SettingValues.Value? { if case .share(let share) = self { .number(share) } else { nil } }

    /// nil of a share.
    var rule: KeepRule? { if case .iterate(let rule) = self { rule } else { nil } }
}
