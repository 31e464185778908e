// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Evaluation

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
