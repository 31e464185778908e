// SPDX-License-Identifier: Apache-2.0

/// The outcomes of the systems on one pair.
struct ComparisonResult {
    let pair: ComparedPair
    let jobs: JobResults
    let runs: [(name: String, run: FinishedRun)]
    /// nil where no system has a result.
    let sideBySide: SideBySide?

    /// Reads and measures what there is; nil where Ctrl-C came before the pair.
    ///
    /// - Parameters:
    ///   - control: the path of the control, which no system made.
    ///   - pitchClasses: 0 for C; nil for the style's own.
    init?(
        _ pair: ComparedPair, _ jobs: JobResults, control: String?, pitchClasses: Set<Int>?, threads: Int
    ) throws {
        guard jobs.all.contains(where: { $0.ending != .notBegun }) else { return nil }
        var jobs = jobs
        runs = jobs.runs()
        (self.pair, self.jobs) = (pair, jobs)
        sideBySide =
            runs.isEmpty
            ? nil : try SideBySide(runs, control: control, pitchClasses: pitchClasses, threads: threads)
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
            systems: runs.map { .init(name: $0.name, record: $0.run.record) },
            failures: Dictionary(uniqueKeysWithValues: jobs.failures.map { ($0.job.name, $0.reason) }))
    }
}
