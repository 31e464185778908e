// SPDX-License-Identifier: Apache-2.0

/// Figures of the sound on the way: what a loss does not say.
///
/// The start is measured, every so many iterations after it, and the last one that is asked for.
public struct SoundMonitor {
    /// Iterations from one measurement to the next, at least 1.
    public var interval: Int
    /// Figures by name of mono samples at the backend's rate. What is not defined for them is left out.
    public var measure: ([Float]) throws -> [String: Double]

    /// A monitor.
    public init(interval: Int, measure: @escaping ([Float]) throws -> [String: Double]) {
        precondition(interval >= 1, "measured less than never")
        (self.interval, self.measure) = (interval, measure)
    }

    /// Rounds of the search for phases before a sound is measured: its distance falls little after them.
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

    /// By how much a line is worth keeping; nil where that is not known.
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
