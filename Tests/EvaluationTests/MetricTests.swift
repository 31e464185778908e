// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Testing

@Suite struct MetricTests {
    @Test(arguments: Metric.allCases) func aMetricIsDescribed(metric: Metric) {
        for text in [metric.title, metric.formula, metric.range, metric.source] {
            #expect(!text.isEmpty && !text.contains("\n") && text.last != ".")
        }
        #expect(["", "Hz", "dB"].contains(metric.unit))
        #expect(metric.title.count <= 45)
    }

    @Test func titlesTellMetricsApart() {
        #expect(Set(Metric.allCases.map(\.title)).count == Metric.allCases.count)
    }

    /// Tables run in the cases' order.
    @Test func groupsFollowOneAnother() {
        let order = Metric.allCases.map { Metric.Group.allCases.firstIndex(of: $0.group) ?? -1 }
        #expect(order == order.sorted())
        #expect(Set(order) == Set(Metric.Group.allCases.indices))
    }

    @Test func valuesAreWrittenToWhatMatters() {
        #expect(Metric.pitch.format(440.06) == "440.1")
        #expect(Metric.styleDistance.format(1_451.23) == "1451.2")
        #expect(Metric.contentWaveform.format(-0.03228) == "-0.032")
        #expect(Metric.logSpectralStyle.format(19.567) == "19.57")
        #expect(Metric.flatness.format(0.000122) == "0.0001")
        #expect(Metric.clipping.format(0.00001) == "0.00001")
    }
}
