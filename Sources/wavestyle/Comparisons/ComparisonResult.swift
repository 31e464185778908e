// SPDX-License-Identifier: Apache-2.0

/// What became of the systems on one pair.
struct ComparisonResult {
    let pair: ComparedPair
    let series: RunSeries
    /// nil where no system has a result.
    let sideBySide: SideBySide?

    /// Reads and measures what there is.
    ///
    /// - Parameters:
    ///   - control: the path of one more sound, which no system made.
    ///   - pitchClasses: 0 for C; nil for the style's own.
    /// - Throws: ``Failure``.
    init(
        _ pair: ComparedPair, _ series: RunSeries, control: String?, pitchClasses: Set<Int>?, threads: Int
    ) throws {
        (self.pair, self.series) = (pair, series)
        sideBySide =
            series.finished.isEmpty
            ? nil : try SideBySide(series.finished, control: control, pitchClasses: pitchClasses, threads: threads)
    }

    /// For programs.
    struct Summary: Encodable {
        struct System: Encodable {
            let name: String
            let record: RunRecord
        }
        let name: String?
        let description: String?
        let content: String?
        let style: String?
        let figures: ScoreTable?
        let systems: [System]
        let failures: [String: String]
    }

    var summary: Summary {
        let isNamed = !pair.name.isEmpty
        return Summary(
            name: isNamed ? pair.name : nil, description: isNamed ? pair.description : nil,
            content: isNamed ? pair.content : nil, style: isNamed ? pair.style : nil, figures: sideBySide?.scores,
            systems: series.finished.map { .init(name: $0.name, record: $0.run.record) },
            failures: Dictionary(uniqueKeysWithValues: series.failures.map { ($0.name, $0.ending.reason) }))
    }
}
