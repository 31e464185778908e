// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation

/// The lines of a run's trace file, each a JSON object.
///
///     {"iteration":0,"loss":2.5,"style":2,"content":0.5,"seconds":0.1,"metrics":{"flatness":0.1}}
///     {"phases-of":300,"phase-iteration":1,"distance":0.3}
///
/// Lines of a sound whose channels were processed one by one begin with `"channel"`. Unknown members that are not numbers
/// are skipped.
public struct Trace: Sendable {
    /// The values of an iterate.
    public struct Point: Equatable, Sendable {
        /// From 0: the start.
        public var iteration: Int
        /// From 1, for a sound whose channels were processed one by one.
        public var channel: Int?
        /// By name: `loss`, `style`, `content`, `seconds`, and the members of `metrics`.
        public var values: [String: Double]
    }

    /// A phase iteration.
    public struct PhaseStep: Equatable, Sendable {
        /// The iterate whose phases were estimated.
        public var iteration: Int
        /// From 1, as in ``Point/channel``.
        public var channel: Int?
        /// From 1.
        public var step: Int
        /// The distance between the spectrogram and that of the signal, relative to the former.
        public var distance: Double
    }

    /// The file's name, for legends and errors.
    public let name: String
    /// In the file's order.
    public private(set) var points: [Point] = []
    /// In the file's order.
    public private(set) var phaseSteps: [PhaseStep] = []

    /// Reads the lines of a trace; empty ones are skipped.
    ///
    /// - Throws: ``Failure`` of kind `badData`, which names the first line that does not belong in a trace.
    public init(jsonLines text: String, name: String) throws(Failure) {
        self.name = name
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            guard line.contains(where: { !$0.isWhitespace }) else { continue }
            func cannot(_ why: String) -> Failure {
                Failure(.badData, "cannot read the trace", at: name, why: "line \(index + 1) \(why)")
            }
            let object: [String: Member]
            do {
                object = try JSONDecoder().decode([String: Member].self, from: Data(line.utf8))
            } catch {
                throw cannot("is not a JSON object")
            }
            let channel = object["channel"]?.number.flatMap { Int(exactly: $0) }
            if let iteration = object["iteration"]?.number.flatMap({ Int(exactly: $0) }) {
                points.append(Point(iteration: iteration, channel: channel, values: Self.values(of: object)))
            } else if let iteration = object["phases-of"]?.number.flatMap({ Int(exactly: $0) }),
                let step = object["phase-iteration"]?.number.flatMap({ Int(exactly: $0) }),
                let distance = object["distance"]?.number
            {
                phaseSteps.append(PhaseStep(iteration: iteration, channel: channel, step: step, distance: distance))
            } else {
                throw cannot("is neither an iteration nor a phase iteration")
            }
        }
        guard !points.isEmpty || !phaseSteps.isEmpty else {
            throw Failure(.badData, "cannot read the trace", at: name, why: "it is empty")
        }
    }

    /// The loss's terms, before they are weighted.
    public static let terms = [
        "style", "content", "mean-spectrum", "spectral-style", "texture", "energy", "frequency-energy",
    ]

    /// The names of the points' values: the loss and its terms first, then in alphabetical order.
    public var valueNames: [String] {
        let known = ["loss"] + Self.terms
        let names = Set(points.flatMap(\.values.keys))
        return known.filter(names.contains) + names.subtracting(known).sorted()
    }

    /// A value over the iterations, a curve for each channel.
    ///
    /// - Parameter value: one of ``valueNames``, or `distance` for the phases, over phase iterations.
    /// - Returns: no curve if the trace has no such value.
    public func curves(of value: String) -> [Chart.Curve] {
        if value == Self.distance { return distanceCurves }
        return channels(points.map(\.channel)).compactMap { channel in
            let points = points.filter { $0.channel == channel }.compactMap { point in
                point.values[value].map { (x: Double(point.iteration), y: $0) }
            }
            guard !points.isEmpty else { return nil }
            return Chart.Curve(name: value + Self.suffix(channel), points: points)
        }
    }

    /// The name of the phases' distance among values.
    public static let distance = "distance"

    private var distanceCurves: [Chart.Curve] {
        channels(phaseSteps.map(\.channel)).flatMap { channel in
            let steps = phaseSteps.filter { $0.channel == channel }
            return Set(steps.map(\.iteration)).sorted().map { iteration in
                Chart.Curve(
                    name: "\(Self.distance) after iteration \(iteration)" + Self.suffix(channel),
                    points: steps.filter { $0.iteration == iteration }.map { (Double($0.step), $0.distance) })
            }
        }
    }

    /// Each channel once, lines without a channel first.
    private func channels(_ all: [Int?]) -> [Int?] { Set(all).sorted { ($0 ?? 0) < ($1 ?? 0) } }

    private static func suffix(_ channel: Int?) -> String { channel.map { ", channel \($0)" } ?? "" }

    private static func values(of object: [String: Member]) -> [String: Double] {
        var values = object["metrics"]?.members ?? [:]
        for (name, member) in object where name != "iteration" && name != "channel" {
            if let number = member.number { values[name] = number }
        }
        return values
    }

    /// A member of a line's object.
    private enum Member: Decodable {
        case number(Double)
        case numbers([String: Double])
        case other

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let number = try? value.decode(Double.self) {
                self = .number(number)
            } else if let members = try? value.decode([String: Member].self) {
                self = .numbers(members.compactMapValues(\.number))
            } else {
                self = .other
            }
        }

        var number: Double? { if case .number(let number) = self { number } else { nil } }
        var members: [String: Double]? { if case .numbers(let members) = self { members } else { nil } }
    }
}

extension Chart {
    /// Values of traces over the iterations, or `distance` over phase iterations.
    ///
    /// - Parameter values: names; by default the loss and its terms, or `distance` if there are none.
    /// - Throws: ``Failure`` of kind `usage` for a value that no trace has, or for `distance` together with other values.
    public init(
        of traces: [Trace], values: [String] = [], title: String = "", isLogarithmic: Bool = true
    ) throws(Failure) {
        let known = Set(traces.flatMap(\.valueNames))
        let hasPhases = traces.contains { !$0.phaseSteps.isEmpty }
        let usual = (["loss"] + Trace.terms).filter(known.contains)
        let shown = !values.isEmpty ? values : usual.isEmpty && hasPhases ? [Trace.distance] : usual
        for value in shown where value == Trace.distance ? !hasPhases : !known.contains(value) {
            let choices = known.sorted() + (hasPhases ? [Trace.distance] : [])
            throw Failure(
                .usage, "cannot draw the value", at: value, why: "no trace contains it",
                remedy: "choose from \(choices.joined(separator: ", "))")
        }
        guard shown.count == 1 || !shown.contains(Trace.distance) else {
            throw Failure(
                .usage, "cannot draw the value", at: Trace.distance,
                why: "it is plotted over phase iterations", remedy: "draw it alone")
        }
        let curves = traces.flatMap { trace in
            shown.flatMap { value in
                trace.curves(of: value).map { curve in
                    traces.count == 1 ? curve : Curve(name: "\(trace.name): \(curve.name)", points: curve.points)
                }
            }
        }
        self.init(
            title: title, xLabel: shown == [Trace.distance] ? "phase iteration" : "iteration",
            yLabel: shown.count == 1 ? shown[0] : "value", isLogarithmic: isLogarithmic, curves: curves)
    }
}
