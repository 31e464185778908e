// SPDX-License-Identifier: Apache-2.0
import Files
import Transfer

/// A run of a plan, by numbers.
public struct PlannedRun: Sendable {
    /// Of ``SweepPlan/systems``.
    public let system: Int
    /// For each of ``SweepPlan/axes`` the number of its value; -1 where the setting has no place beside the others.
    public let values: [Int]
    /// Of ``SweepPlan/pairs``.
    public let pair: Int
}

extension SweepPlan {
    /// Calls `body` for each run, in the plan's order: preset by preset, the last setting fastest, and for each combination all pairs.
    ///
    /// A setting that has no place with a preset or beside other settings is left out there, so that combinations which differ in it alone
    /// are one run. What cannot be is a mistake: each combination of values that decide about places is checked as a run would check it, and
    /// with each of these every other value.
    ///
    /// - Returns: runs, and the combinations that were left out, by an exclusion or for they are the same as others.
    /// - Throws: ``Failure`` with line and column, and what `body` throws.
    @discardableResult
    public func forEachRun(_ body: (PlannedRun) throws -> Void = { _ in }) throws -> (
        runs: Int, excluded: Int, same: Int
    ) {
        var (runs, excluded, same) = (0, 0, 0)
        var isPlaced = axes.map { _ in false }
        let grid = axes.indices.filter { !axes[$0].isSampled }
        let sampled = axes.indices.filter { axes[$0].isSampled }
        var firstSamples = FirstSamples(self)
        for system in systems.indices {
            var places = Placements(self, system: system)
            var values = axes.map { _ in 0 }
            repeat {
                for sample in 0..<samples {
                    for axis in sampled { values[axis] = sample }
                    let places = try places.of(values)
                    // Of those that are the same the first one counts.
                    let placedSamples = sampled.filter { places[$0] }
                    let isFirst =
                        grid.allSatisfy { places[$0] || values[$0] == 0 }
                        && firstSamples.of(placedSamples)[sample]
                    guard isFirst else {
                        same += pairs.count
                        continue
                    }
                    let placed = values.indices.map { places[$0] ? values[$0] : -1 }
                    for axis in axes.indices where places[axis] { isPlaced[axis] = true }
                    for pair in pairs.indices {
                        if exclusions.contains(where: { $0.covers(system: system, values: placed, pair: pair) }) {
                            excluded += 1
                        } else {
                            runs += 1
                            try body(PlannedRun(system: system, values: placed, pair: pair))
                        }
                    }
                }
            } while advance(&values, grid)
        }
        if let idle = isPlaced.firstIndex(of: false) {
            throw Failure(
                .badData, "cannot use the plan", at: axes[idle].place,
                why:
                    "\(axes[idle].setting.name) changes nothing with \(systems.count == 1 ? "this preset" : "any of these presets")",
                remedy: "leave it out, or add a preset that has it")
        }
        guard runs > 0 else {
            throw Failure(.badData, "cannot use the plan", at: path, why: "all of its runs are excluded")
        }
        return (runs, excluded, same)
    }

    /// The next combination of the grid; false after the last.
    private func advance(_ values: inout [Int], _ grid: [Int]) -> Bool {
        for axis in grid.reversed() {
            values[axis] += 1
            if values[axis] < axes[axis].values.count { return true }
            values[axis] = 0
        }
        return false
    }

    /// The settings that a run gives its preset.
    public func settings(of run: PlannedRun) -> SettingValues {
        zip(axes, run.values).reduce(into: SettingValues()) { settings, own in
            if own.1 >= 0 { settings[own.0.setting] = own.0.values[own.1] }
        }
    }
}

/// Which samples are not the same as an earlier one: whole numbers are drawn again, and axes may have no place.
private struct FirstSamples {
    private let plan: SweepPlan
    private var known: [[Int]: [Bool]] = [:]

    init(_ plan: SweepPlan) { self.plan = plan }

    /// - Parameter axes: the sampled ones that count.
    mutating func of(_ axes: [Int]) -> [Bool] {
        if let found = known[axes] { return found }
        var seen: Set<[String]> = []
        let first = (0..<plan.samples).map { sample in
            seen.insert(axes.map { plan.axes[$0].values[sample].plain }).inserted
        }
        known[axes] = first
        return first
    }
}

/// Which settings of a plan have a place, for each combination of their values under one preset.
private struct Placements {
    private let plan: SweepPlan
    private let system: SweepPlan.System
    /// Axes whose values decide about others' places or limits, each value by itself; of the others only whether it is 0, or none, may.
    private let decides: [Bool]
    /// The class of each axis' values: those of one class have the same effect on others.
    private let classes: [[Int]]
    private var known: [[Int]: Known] = [:]

    private struct Known {
        let isPlaced: [Bool]
        /// By axis, the values that were checked beside these.
        var checked: [Set<Int>]
    }

    init(_ plan: SweepPlan, system: Int) {
        self.plan = plan
        self.system = plan.systems[system]
        decides = plan.axes.map { $0.setting.kind != .number || $0.setting.isFraming }
        classes = zip(plan.axes, decides).map { axis, decides in
            axis.values.indices.map { index in
                if decides { return index }
                guard let number = axis.values[index].double else { return 2 }
                return number == 0 ? 0 : number.isFinite ? 1 : 2
            }
        }
    }

    mutating func of(_ values: [Int]) throws(Failure) -> [Bool] {
        let key = values.indices.map { classes[$0][values[$0]] }
        if let known = known[key], values.indices.allSatisfy({ isChecked(values[$0], of: $0, known) }) {
            return known.isPlaced
        }
        let isPlaced = try place(values)
        if known[key] == nil { try placeEnds(values) }
        var checked = known[key]?.checked ?? values.map { _ in [] }
        for axis in values.indices where !decides[axis] { checked[axis].insert(values[axis]) }
        known[key] = Known(isPlaced: isPlaced, checked: checked)
        return isPlaced
    }

    private func isChecked(_ value: Int, of axis: Int, _ known: Known) -> Bool {
        decides[axis] || plan.axes[axis].isSampled || known.checked[axis].contains(value)
    }

    /// Samples lie between the least and the largest, which stand for them.
    private func placeEnds(_ values: [Int]) throws(Failure) {
        var (least, largest) = (values, values)
        for (index, axis) in plan.axes.enumerated() where axis.isSampled && !decides[index] {
            let numbers = axis.values.map { $0.double ?? 0 }
            least[index] = numbers.indices.min { numbers[$0] < numbers[$1] } ?? 0
            largest[index] = numbers.indices.max { numbers[$0] < numbers[$1] } ?? 0
        }
        guard least != largest else { return }
        _ = try place(least)
        _ = try place(largest)
    }

    private func place(_ values: [Int]) throws(Failure) -> [Bool] {
        var given: SettingValues = [:]
        for (axis, value) in zip(plan.axes, values) { given[axis.setting] = axis.values[value] }
        do {
            // As a part of the base a setting may lack its place.
            let settings = try MethodSettings(SettingValues(), over: given.over(system.base.settings))
            let isPlaced = plan.axes.map { settings.hasPlace(for: $0.setting) }
            // As given each must be taken: that refuses what has a place and is no value of it.
            var placed = given
            for (axis, isPlaced) in zip(plan.axes, isPlaced) where !isPlaced { placed[axis.setting] = nil }
            _ = try MethodSettings(placed, over: system.base.settings)
            return isPlaced
        } catch {
            let option = error.location?.split(separator: " ").first.map { String($0.dropFirst(2)) }
            let axis = plan.axes.first { $0.setting.name == option }
            throw Failure(
                .badData, "cannot use the plan", at: axis?.place ?? system.place,
                why: "\(error.location ?? error.what): \(error.why) (preset \(system.name))", remedy: error.remedy)
        }
    }
}
