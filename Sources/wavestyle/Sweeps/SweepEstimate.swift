// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Evaluation
import Files
import Foundation
import Matrices
import Report
import Sweeps

/// What the runs of a plan take, from dry runs of some of them, spread evenly over each preset's.
struct SweepEstimate: Codable {
    /// Seconds of a run, by the preset's name; those that were not tried have the mean of the others.
    let seconds: [String: Double]
    /// Seconds of all runs, one after the other.
    let total: Double
    /// The most that a run takes, in bytes.
    let memory: Int
    /// Of all results, in bytes.
    let disk: Int
    /// Dry runs that were made.
    let trials: Int
}

extension SweepEstimate {
    /// Where the runs are that are tried, of each preset.
    private static let sixths = [3, 1, 5]
    /// Seconds that a quick estimate may take: usually it takes one or two.
    static let patience = 15.0
    /// Of a run's record and its scores.
    private static let bytesBeside = 10_000

    /// - Parameters:
    ///   - chosen: for each preset how many runs it has, and some of them.
    ///   - isQuick: whether one of each preset does.
    /// - Returns: nil where nothing could be tried in time.
    /// - Throws: ``Failure`` where none of those that were tried can be: what one says.
    init?(
        _ chosen: [(system: String, runs: Int, some: [Job])], metricsOf pair: PlanPair, _ metrics: [Metric],
        isQuick: Bool = false
    ) throws {
        let end = DispatchTime.now() + Self.patience
        @Sendable func goesOn() -> Bool { !isQuick || DispatchTime.now() < end }
        // Each piece is done up to its first run that can be; one in the middle stands for a preset best.
        let trials = chosen.map { system in
            var seen: Set<Int> = []
            return Self.sixths.map { $0 * system.some.count / 6 }.filter { seen.insert($0).inserted }
                .map { (system: system.system, job: system.some[$0]) }
        }
        let pieces = isQuick ? trials : trials.joined().map { [$0] }
        let endings = Workers(count: ProcessInfo.processInfo.activeProcessorCount).map(pieces: pieces.count) {
            index, _ -> (system: String, ending: JobEnding)? in
            var last: (system: String, ending: JobEnding)?
            for (system, job) in pieces[index] where goesOn() {
                let words = job.arguments + ["--dry-run", "--events", "--quiet"]
                do {
                    last = (system, try JobChild.run(words, while: goesOn) { _ in })
                } catch {
                    last = (system, JobEnding(error))
                }
                if case .estimated? = last?.ending { break }
            }
            return last
        }
        var found: [String: [EstimateReport]] = [:]
        var failure: Failure?
        for case let (system, ending)? in endings {
            switch ending {
            case .estimated(let report): found[system, default: []].append(report)
            case .failed(let code, let reason):
                failure = Failure(
                    Failure.Kind(rawValue: code) ?? .badData, "cannot run \(system)", why: reason)
            default: break
            }
        }
        let all = found.values.joined()
        // A run that cannot be is a row of its own; a sweep of none that can be is not begun.
        guard !all.isEmpty else {
            if let failure { throw failure }
            return nil
        }
        func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(values.count, 1)) }
        let scoring = isQuick ? 0 : try Self.secondsOfScores(pair, metrics)
        let usual = mean(all.map(\.seconds))
        var (seconds, total): ([String: Double], Double) = ([:], 0)
        for system in chosen {
            let own = (found[system.system].map { mean($0.map(\.seconds)) } ?? usual) + scoring
            seconds[system.system] = own
            total += own * Double(system.runs)
        }
        let runs = chosen.reduce(0) { $0 + $1.runs }
        (self.seconds, self.total) = (seconds, total)
        memory = all.map(\.memory).max() ?? 0
        disk = (Int(mean(all.map { Double($0.disk) })) + Self.bytesBeside) * runs
        self.trials = all.count
    }

    private static func secondsOfScores(_ pair: PlanPair, _ metrics: [Metric]) throws -> Double {
        let begin = DispatchTime.now().uptimeNanoseconds
        let (content, style) = (try JudgedSound(pair.content), try JudgedSound(pair.style))
        _ = ScoreTable(
            content: try ScoreTable.Subject("content", pair.content, content),
            style: try ScoreTable.Subject("style", pair.style, style),
            outputs: [try ScoreTable.Subject("output", pair.content, content)], metrics: Set(metrics), threads: 1)
        return Double(DispatchTime.now().uptimeNanoseconds - begin) / 1e9
    }

    /// What a run may take: a quarter more than the largest, in whole 256 MB.
    var memoryOfRun: Int {
        let step = 256_000_000
        return max((memory + memory / 4 + step - 1) / step * step, 2 * step)
    }

    /// For people.
    func text(runs: Int, width: Int) -> String {
        let each = total / Double(max(runs, 1))
        return """
            time: about \(durationText(total / Double(width))) on this machine, \(width) at a time \
            (\(durationText(each)) each, by \(trials) dry run\(trials == 1 ? "" : "s"))
            memory: \(AvailableMemory.text(memory)) for each at a time; disk: \(AvailableMemory.text(disk))

            """
    }
}
