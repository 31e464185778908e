// SPDX-License-Identifier: Apache-2.0
import Files
import Transfer
import Yams

/// What is left out: runs that have all of some values, as `{preset: clean, alpha: {from: 1}, layers: [relu1, relu2]}`.
struct PlanExclusion: Sendable {
    /// Whether a pair, a system is meant, by their numbers.
    private let pairs: [Bool]
    private let systems: [Bool]
    /// For each axis that is named, whether a value is meant, by its number.
    private let axes: [(axis: Int, isMeant: [Bool])]

    /// Whether it leaves out a run.
    ///
    /// - Parameter values: the number of each axis' value, -1 where it has no place.
    func covers(system: Int, values: [Int], pair: Int) -> Bool {
        systems[system] && pairs[pair]
            && axes.allSatisfy { axis, isMeant in values[axis] >= 0 && isMeant[values[axis]] }
    }

    static func all(
        _ node: Node?, axes: [PlanAxis], pairs: [PlanPair], systems: [SweepPlan.System], in text: PlanText
    ) throws(Failure) -> [PlanExclusion] {
        guard let node else { return [] }
        var all: [PlanExclusion] = []
        for element in try text.list(node, "exclude") {
            all.append(try PlanExclusion(element, axes: axes, pairs: pairs, systems: systems, in: text))
        }
        return all
    }

    private init(
        _ node: Node, axes: [PlanAxis], pairs: [PlanPair], systems: [SweepPlan.System], in text: PlanText
    ) throws(Failure) {
        var meantPairs = pairs.map { _ in true }
        var meantSystems = systems.map { _ in true }
        var meantAxes: [(Int, [Bool])] = []
        for (name, key, value) in try text.members(of: node, "an exclusion") {
            func chosen(_ names: [String]) throws(Failure) -> [Bool] {
                let wanted = try Self.texts(value, name, text)
                guard let stray = wanted.first(where: { !names.contains($0.text) }) else {
                    return names.map { name in wanted.contains { $0.text == name } }
                }
                throw text.mistake(at: stray.node, "no \(name) of this plan is '\(stray.text)'")
            }
            switch name {
            case "preset": meantSystems = try chosen(systems.map(\.name))
            case "pair": meantPairs = zip(meantPairs, try chosen(pairs.map(\.name))).map { $0 && $1 }
            case "content": meantPairs = zip(meantPairs, try chosen(pairs.map(\.content.lastName))).map { $0 && $1 }
            case "style": meantPairs = zip(meantPairs, try chosen(pairs.map(\.style.lastName))).map { $0 && $1 }
            default:
                guard let index = axes.firstIndex(where: { $0.setting.name == name }) else {
                    throw text.mistake(
                        at: key, "'\(name)' is neither preset, pair, content or style nor a setting of this plan")
                }
                meantAxes.append((index, try Self.meant(value, axes[index], text)))
            }
        }
        (self.pairs, self.systems, self.axes) = (meantPairs, meantSystems, meantAxes)
    }

    private static func texts(
        _ node: Node, _ name: String, _ text: PlanText
    ) throws(Failure) -> [(text: String, node: Node)] {
        var texts: [(String, Node)] = []
        for element in try text.list(node, name) {
            texts.append((try text.text(element, "a value of \(name)"), element))
        }
        return texts
    }

    private static func meant(_ node: Node, _ axis: PlanAxis, _ text: PlanText) throws(Failure) -> [Bool] {
        let name = axis.setting.name
        if node.mapping != nil {
            var (from, to) = (-Double.infinity, Double.infinity)
            for (bound, _, value) in try text.members(of: node, "a range to leave out", names: ["from", "to"]) {
                if bound == "from" { from = try text.number(value, bound) } else { to = try text.number(value, bound) }
            }
            guard axis.setting.kind == .number, from <= to else {
                throw text.mistake(at: node, "a range to leave out has numbers, from up to to")
            }
            return axis.values.map { value in value.double.map { (from...to).contains($0) } ?? false }
        }
        var meant = axis.values.map { _ in false }
        for (plain, element) in try texts(node, name, text) {
            let value = SettingValues.Value(plain == ".inf" ? "inf" : plain, of: axis.setting.kind)
            let hits = axis.values.indices.filter { axis.values[$0] == value }
            guard !hits.isEmpty else {
                throw text.mistake(
                    at: element, "\(name) never has the value \(plain) in this plan",
                    remedy: axis.isSampled ? "leave out a range: {from: 1, to: 2}" : nil)
            }
            for hit in hits { meant[hit] = true }
        }
        return meant
    }
}
