// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A range of values along an axis, and its ticks.
struct Axis {
    /// How values are laid out.
    enum Layout: Equatable {
        case linear
        /// Powers of ten at equal distances.
        case decades
        case frequencies(FrequencyScale)
    }

    /// A value and its label.
    struct Tick: Equatable {
        var value: Double
        var label: String
    }

    /// Its ends, in the values' unit.
    let range: ClosedRange<Double>
    let layout: Layout
    private let start: Double
    private let end: Double

    /// - Precondition: the range has a length, and is above 0 for decades.
    init(_ range: ClosedRange<Double>, _ layout: Layout = .linear) {
        (self.range, self.layout) = (range, layout)
        start = Self.position(range.lowerBound, layout)
        end = Self.position(range.upperBound, layout)
        precondition(start < end, "an axis without length")
    }

    /// A value's position: 0 at the lower end, 1 at the upper.
    func share(_ value: Double) -> Double { (Self.position(value, layout) - start) / (end - start) }

    /// The value at a position: the inverse of ``share(_:)``.
    func value(_ share: Double) -> Double {
        let position = start + share * (end - start)
        switch layout {
        case .linear: return position
        case .decades: return pow(10, position)
        case .frequencies(let scale): return scale.hertz(position)
        }
    }

    private static func position(_ value: Double, _ layout: Layout) -> Double {
        switch layout {
        case .linear: value
        case .decades: log10(value)
        case .frequencies(let scale): scale.position(value)
        }
    }

    /// Round values inside the range, from low to high, no nearer to each other than `spacing` points on an axis of `length`.
    func ticks(length: Double, spacing: Double) -> [Tick] {
        let most = max(2, Int(length / spacing))
        switch layout {
        case .linear: return linearTicks(most)
        case .decades:
            let ticks = chosen(decades(step: 1, of: [1]) + decades(step: 1, of: [5, 2]), length, spacing)
            let powers = Int(log10(range.upperBound).rounded(.down)) - Int(log10(range.lowerBound).rounded(.up)) + 1
            if powers > most { return decades(step: (powers + most - 1) / most, of: [1]).map(Self.powerTick) }
            return ticks.count < 2 ? linearTicks(most) : ticks.map(Self.powerTick)
        case .frequencies(.linear): return linearTicks(most).map { Self.hertzTick($0.value) }
        case .frequencies:
            let lowest = [range.lowerBound, 50, 100].filter { range.contains($0) }
            let candidates = lowest + decades(step: 1, of: [1, 5, 2], from: 100) + [range.upperBound]
            return chosen(candidates, length, spacing).map(Self.hertzTick)
        }
    }

    /// Multiples of 1, 2 or 5 times a power of ten.
    private func linearTicks(_ most: Int) -> [Tick] {
        let step = Self.roundStep(range.upperBound - range.lowerBound, most: most)
        let digits = max(0, -Int(log10(step).rounded(.down)))
        // A fraction of a step, so that a bound that is nearly a multiple counts as one.
        let hair = 1e-6
        let first = Int((range.lowerBound / step - hair).rounded(.up))
        let last = Int((range.upperBound / step + hair).rounded(.down))
        guard first <= last else { return [] }
        let isLong = digits > 4 || range.upperBound.magnitude >= 1e6
        return (first...last).map { index in
            let value = Double(index) * step
            let label = isLong ? String(format: "%.4g", value) : String(format: "%.\(digits)f", value)
            return Tick(value: value, label: label.replacing("-", with: "−"))
        }
    }

    /// The smallest of 1, 2 and 5 times powers of ten that fits into a length at most `count - 1` times.
    static func roundStep(_ length: Double, most: Int) -> Double {
        // A step that float64 represents with all its digits.
        let rough = max(length / Double(most), .leastNormalMagnitude)
        let power = pow(10, log10(rough).rounded(.down))
        return ([1, 2, 5].first { $0 * power >= rough * (1 - 1e-9) } ?? 10) * power
    }

    /// Digits times powers of ten inside the range, digit by digit.
    private func decades(step: Int, of digits: [Double], from least: Double = 0) -> [Double] {
        let lowest = max(range.lowerBound, least)
        let first = Int(log10(lowest).rounded(.down))
        let last = Int(log10(range.upperBound).rounded(.down))
        let powers = (first...max(first, last)).filter { $0 % step == 0 }.map { pow(10, Double($0)) }
        let values: [Double] = digits.flatMap { digit in powers.map { digit * $0 } }
        return values.filter { $0 >= lowest * (1 - 1e-9) && $0 <= range.upperBound * (1 + 1e-9) }
    }

    /// As many candidates as have room, the first ones first.
    private func chosen(_ candidates: [Double], _ length: Double, _ spacing: Double) -> [Double] {
        candidates.reduce(into: [Double]()) { chosen, candidate in
            if chosen.allSatisfy({ abs(share($0) - share(candidate)) * length >= spacing }) { chosen.append(candidate) }
        }.sorted()
    }

    private static func hertzTick(_ hertz: Double) -> Tick {
        Tick(
            value: hertz,
            label: hertz >= 1_000 ? String(format: "%gk", hertz / 1_000) : String(format: "%g", hertz))
    }

    private static func powerTick(_ value: Double) -> Tick {
        if value >= 0.999e-3, value < 1e5 { return Tick(value: value, label: String(format: "%g", value)) }
        let exponent = Int((log10(value) + 1e-9).rounded(.down))
        let digit = Int((value / pow(10, Double(exponent))).rounded())
        let power = "10" + String(exponent).map { superscripts[$0] ?? String($0) }.joined()
        return Tick(value: value, label: digit == 1 ? power : "\(digit)·\(power)")
    }

    private static let superscripts: [Character: String] = [
        "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹",
    ]
}
