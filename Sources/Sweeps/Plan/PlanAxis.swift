// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Transfer
import Yams

/// A setting with the values that a sweep gives it.
public struct PlanAxis: Sendable {
    /// The setting.
    public let setting: Setting
    /// Distinct values: of the grid in the plan's order, or one for each sample.
    public let values: [SettingValues.Value]
    /// Whether all sampled axes move together, sample by sample.
    public let isSampled: Bool
    /// Its file, line and column, for messages.
    let place: String
}

/// A range that is sampled or divided evenly: `{from: 0.1, to: 10, scale: log}`.
struct PlanRange {
    let from: Double
    let to: Double
    let isLogarithmic: Bool
    /// Whether the setting takes whole numbers only.
    let isWhole: Bool
    /// Evenly spaced values; nil where it is sampled.
    let count: Int?

    init(_ node: Node, _ setting: Setting, isWhole: Bool, in text: PlanText) throws(Failure) {
        var (from, to, isLogarithmic, count): (Double?, Double?, Bool, Int?) = (nil, nil, false, nil)
        guard setting.kind == .number else {
            throw text.mistake(
                at: node, "\(setting.name) takes no numbers, and so it has no range", remedy: "list its values")
        }
        for (name, _, value) in try text.members(of: node, "a range", names: ["from", "to", "scale", "count"]) {
            switch name {
            case "from": from = try text.number(value, "from")
            case "to": to = try text.number(value, "to")
            case "count": count = try text.whole(value, "count", in: 2...1_000_000)
            default:
                let scale = try text.text(value, "scale")
                guard ["linear", "log"].contains(scale) else {
                    throw text.mistake(at: value, "scale must be linear or log")
                }
                isLogarithmic = scale == "log"
            }
        }
        guard let from, let to, from < to else {
            throw text.mistake(at: node, "a range needs from and to, from below to")
        }
        guard !isLogarithmic || from > 0 else {
            throw text.mistake(at: node, "a logarithmic range must be above 0", remedy: "write scale: linear")
        }
        (self.from, self.to, self.isLogarithmic, self.isWhole, self.count) = (from, to, isLogarithmic, isWhole, count)
    }

    /// The value at a place, 0 for `from` and 1 for `to`. Whole numbers have equal shares of the range.
    func value(at place: Double) -> SettingValues.Value {
        if isWhole {
            let value = isLogarithmic ? scaled(place) : (from + place * (to - from + 1)).rounded(.down)
            let whole = min(max(value.rounded(), from), to)
            return UInt64(exactly: whole).map { .whole($0) } ?? .number(whole)
        }
        return .number(min(max(scaled(place), from), to))
    }

    private func scaled(_ place: Double) -> Double {
        let value = isLogarithmic ? from * pow(to / from, place) : from + place * (to - from)
        // Six digits: short to read, and what is read is what was run.
        return Double(String(format: "%.6g", value)) ?? value
    }
}
