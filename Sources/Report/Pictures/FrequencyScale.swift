// SPDX-License-Identifier: Apache-2.0
import Foundation
import Spectrogram

/// How frequencies in hertz are laid out along an axis.
public enum FrequencyScale: String, CaseIterable, Sendable {
    /// Equal distances for equal differences.
    case linear
    /// Equal distances for equal intervals, from 50 Hz.
    case log
    /// Equal distances for equal steps of perceived pitch: ``MelScale``.
    case mel

    /// The axis's lowest frequency, in hertz.
    var lowest: Double { self == .log ? 50 : 0 }

    /// The position of a frequency on an axis without bounds: in hertz, in octaves above 1 Hz, in mel.
    func position(_ hertz: Double) -> Double {
        switch self {
        case .linear: hertz
        case .log: log2(hertz)
        case .mel: MelScale.mel(hertz: hertz)
        }
    }

    /// The frequency at a position: the inverse of ``position(_:)``.
    func hertz(_ position: Double) -> Double {
        switch self {
        case .linear: position
        case .log: exp2(position)
        case .mel: MelScale.hertz(mel: position)
        }
    }
}
