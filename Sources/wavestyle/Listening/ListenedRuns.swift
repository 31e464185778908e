// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Foundation
import Listening

/// Finished runs, grouped by what was given to them: those of one content and one style are a trial.
struct ListenedRuns {
    /// Runs that are compared with each other, each with its system's name.
    struct Group {
        let runs: [(name: String, run: FinishedRun)]

        /// The trial without its sounds.
        var outline: Trial {
            func original(_ input: RunRecord.Input) -> Trial.Original {
                Trial.Original(name: FinishedRun.name(input.path), path: "", lowAnchor: "")
            }
            let record = runs[0].run.record
            return Trial(
                content: original(record.content), style: original(record.styles[0].sound),
                systems: runs.map { Trial.System(name: $0.name, path: "") })
        }
    }

    let trials: [Group]

    /// - Parameter places: outputs of runs, and folders, which are searched with the folders in them.
    /// - Throws: ``Failure``, of kind `noInput` where there is no finished run.
    init(_ places: [String]) throws(Failure) {
        var runs: [FinishedRun] = []
        for place in places {
            guard Folder.exists(place) else {
                runs.append(try FinishedRun(place))
                continue
            }
            runs += Self.records(in: place).compactMap { try? FinishedRun($0) }
        }
        var seen = Set<[UInt8]>()
        runs = runs.filter { run in
            guard run.place == nil, fileExists(run.output), let identity = OutputFile.identity(of: run.output) else {
                return false
            }
            return seen.insert(identity).inserted
        }
        guard !runs.isEmpty else {
            throw Failure(
                .noInput, "cannot make a listening test", at: places.first,
                why: "there is no finished run in it, with the .json file that was written next to it")
        }
        var groups: [[FinishedRun]] = []
        for run in runs {
            if let index = groups.firstIndex(where: { Self.belong($0[0], run) }) {
                groups[index].append(run)
            } else {
                groups.append([run])
            }
        }
        trials = groups.map { Group(runs: zip(Self.names($0), $0).map { ($0, $1) }) }
    }

    /// Paths of records in a folder and those in it, in the order of their names.
    private static func records(in folder: String) -> [String] {
        (Folder.names(in: folder) ?? []).sorted().flatMap { name in
            let path = "\(folder)/\(name)"
            return Folder.exists(path) ? records(in: path) : name.hasSuffix(".json") ? [path] : []
        }
    }

    private static func belong(_ one: FinishedRun, _ other: FinishedRun) -> Bool {
        one.record.content.isSame(as: other.record.content) && one.record.styles.count == other.record.styles.count
            && zip(one.record.styles, other.record.styles).allSatisfy { $0.isSame(as: $1) }
    }

    /// A system is known by its preset; where that is not enough, by what was changed on it, too; or by the names of its outputs.
    private static func names(_ runs: [FinishedRun]) -> [String] {
        let presets = runs.map { $0.record.preset ?? "" }
        let changed = runs.map { run in
            let changes = run.record.changed?.without(\.duration, \.styleDuration).arguments ?? []
            return ([run.record.preset ?? ""] + changes).joined(separator: " ")
        }
        return [presets, changed].first { Set($0).count == runs.count && !$0.contains("") }
            ?? runs.map { FinishedRun.name($0.output) }
    }
}
