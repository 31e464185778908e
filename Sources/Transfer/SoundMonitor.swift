// SPDX-License-Identifier: Apache-2.0

/// Metrics of the sound during a run, which a loss does not show.
///
/// The start is measured, then every ``interval`` iterations, and the last one.
public struct SoundMonitor {
    /// Iterations from one measurement to the next, at least 1.
    public var interval: Int
    /// Figures by name of mono samples at the backend's rate. Metrics that are not defined are left out.
    public var measure: ([Float]) throws -> [String: Double]

    /// A monitor.
    public init(interval: Int, measure: @escaping ([Float]) throws -> [String: Double]) {
        precondition(interval >= 1, "measured less than never")
        (self.interval, self.measure) = (interval, measure)
    }

    /// Phase iterations before a sound is measured: its distance falls little after them.
    static let phaseRounds = 30
}

/// Which iterate becomes the result.
public enum KeptIterate: Equatable, Sendable {
    /// The last one.
    case last
    /// The one of lowest loss.
    case lowestLoss
    /// Among those that a ``SoundMonitor`` measured, the one with the best figure; the last where none has one, or, in a run
    /// that is stopped, the one of lowest loss.
    case best(String, lowerIsBetter: Bool)

    /// How good a line is; nil if unknown.
    func merit(of line: TraceLine) -> Double? {
        switch self {
        case .last: return Double(line.iteration)
        case .lowestLoss: return -line.losses.total
        case .best(let name, let lowerIsBetter):
            guard let value = line.metrics[name], value.isFinite else { return nil }
            return lowerIsBetter ? -value : value
        }
    }
}
