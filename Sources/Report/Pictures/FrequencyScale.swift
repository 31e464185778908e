// SPDX-License-Identifier: Apache-2.0
import Foundation

/// How frequencies in hertz are laid out along an axis.
public enum FrequencyScale: String, CaseIterable, Sendable {
    /// Equal distances for equal differences.
    case linear
    /// Equal distances for equal intervals, from 50 Hz.
    case log
    /// Equal distances for equal steps of perceived pitch, as in librosa: Slaney, Auditory Toolbox (1998).
    case mel

    /// The axis's lowest frequency, in hertz.
    var lowest: Double { self == .log ? 50 : 0 }

    /// The place of a frequency on an axis without bounds: in hertz, in octaves above 1 Hz, in mel.
    func position(_ hertz: Double) -> Double {
        switch self {
        case .linear: hertz
        case .log: log2(hertz)
        case .mel: hertz < 1_000 ? 3 * hertz / 200 : 15 + Foundation.log(hertz / 1_000) / Self.melStep
        }
    }

    /// The frequency at a place: the inverse of ``position(_:)``.
    func hertz(_ position: Double) -> Double {
        switch self {
        case .linear: position
        case .log: exp2(position)
        case .mel: position < 15 ? 200 * position / 3 : 1_000 * exp((position - 15) * Self.melStep)
        }
    }

    /// Above 1 kHz, where 15 mel are reached, 27 mel are a factor of 6.4.
    private static let melStep = Foundation.log(6.4) / 27
}
