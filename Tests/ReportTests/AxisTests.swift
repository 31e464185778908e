// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Report

@Suite struct AxisTests {
    /// An axis's ends, how many ticks have room, and the labels that it has.
    typealias TickCase = (low: Double, high: Double, most: Int, labels: [String])

    /// librosa 0.11's `hz_to_mel`; float64 both, some roundings apart.
    @Test(
        arguments: zip(
            [0, 100, 440, 999, 1_000, 1_001, 2_000, 6_400, 8_000, 22_050] as [Double],
            [
                0, 1.5, 6.6, 14.985, 15, 15.014537810811255, 25.08188015730832, 42, 45.245640471924965,
                59.99247463746737,
            ] as [Double]))
    func melIsLibrosas(hertz: Double, mel: Double) {
        #expect(abs(FrequencyScale.mel.position(hertz) - mel) < 1e-12 * 60)
    }

    @Test(arguments: FrequencyScale.allCases)
    func frequenciesComeBack(_ scale: FrequencyScale) {
        let axis = Axis(scale.lowest...8_000, .frequencies(scale))
        #expect(axis.share(scale.lowest) == 0 && axis.share(8_000) == 1)
        for hertz in [50.0, 440, 999, 1_000, 1_001, 7_999] {
            // Some roundings of float64.
            #expect(abs(axis.value(axis.share(hertz)) - hertz) < 1e-12 * 8_000)
        }
        // Octaves have equal lengths where the axis is logarithmic, and there only.
        let octaves = [100.0, 1_600].map { axis.share(2 * $0) - axis.share($0) }
        #expect((abs(octaves[0] - octaves[1]) < 1e-12) == (scale == .log))
    }

    @Test(
        arguments: [
            (0.0, 2.2, 5, ["0.0", "0.5", "1.0", "1.5", "2.0"]), (0, 3, 3, ["0", "1", "2", "3"]),
            (-1.05, 1.05, 5, ["−1.0", "−0.5", "0.0", "0.5", "1.0"]), (0, 180, 4, ["0", "50", "100", "150"]),
            (0.1, 0.3, 4, ["0.10", "0.15", "0.20", "0.25", "0.30"]), (0, 1e-7, 2, ["0", "5e−08", "1e−07"]),
        ] as [TickCase])
    func linearTicksAreRound(low: Double, high: Double, most: Int, labels: [String]) {
        let ticks = Axis(low...high).ticks(length: Double(most) * 10, spacing: 10)
        #expect(ticks.map(\.label) == labels)
    }

    @Test(
        arguments: [
            (0.5, 2_000.0, 6, ["1", "10", "100", "1000"]), (2e-7, 3e-4, 9, ["2·10⁻⁷", "10⁻⁶", "10⁻⁵", "10⁻⁴"]),
            (12.1, 12.9, 4, ["12.2", "12.4", "12.6", "12.8"]), (0.9, 11, 20, ["1", "2", "5", "10"]),
            (1e-9, 1e9, 5, ["10⁻⁸", "10⁻⁴", "1", "10000", "10⁸"]), (4e5, 3e6, 9, ["5·10⁵", "10⁶", "2·10⁶"]),
        ] as [TickCase])
    func logarithmicTicksAreRound(low: Double, high: Double, most: Int, labels: [String]) {
        let ticks = Axis(low...high, .decades).ticks(length: Double(most) * 10, spacing: 10)
        #expect(ticks.map(\.label) == labels)
    }

    @Test func frequencyTicksAreRoundAndApart() {
        let linear = Axis(0...8_000, .frequencies(.linear)).ticks(length: 100, spacing: 20).map(\.label)
        #expect(linear == ["0", "2k", "4k", "6k", "8k"])
        let mel = Axis(0...8_000, .frequencies(.mel)).ticks(length: 130, spacing: 20).map(\.label)
        #expect(mel == ["0", "500", "1k", "2k", "5k"])
        let log = Axis(50...11_025, .frequencies(.log)).ticks(length: 300, spacing: 20).map(\.label)
        #expect(log == ["50", "100", "200", "500", "1k", "2k", "5k", "10k"])
        for scale in FrequencyScale.allCases {
            let axis = Axis(scale.lowest...22_050, .frequencies(scale))
            let places = axis.ticks(length: 200, spacing: 20).map { axis.share($0.value) * 200 }
            #expect(zip(places, places.dropFirst()).allSatisfy { $1 - $0 >= 20 })
            #expect(places.count >= 4)
        }
    }
}
