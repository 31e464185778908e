// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices

/// The modulation filters at an envelope's frequencies, as in McDermott and Simoncelli's Sound Texture Synthesis Toolbox (2012).
struct ModulationBanks: Sendable {
    /// The highest modulation, in hertz: there envelopes end.
    static let highest = 200.0
    private static let lowest = 0.5
    static let powerBands = 20
    /// The octave bands; C1 leaves out the lowest.
    static let octaveBands = 7

    /// Squared gains of 20 bands of constant quality, `Q = c / b = 2`, with centres c evenly spaced on a logarithmic scale from 0.5 to 200 Hz:
    /// `cos(pi (f - c) / 2b)` within `c +- b`. Divided by the mean of the squares' sum between the fourth centre and the fourth last.
    let power: [BandGains]
    /// Gains of octave bands, `cos(pi / 2 log2(f / c))` within an octave of c: 1.5625, 3.125, ... 100 Hz.
    let octaves: [BandGains]

    /// - Parameters:
    ///   - bins: of the envelopes' spectra.
    ///   - seconds: the sounds' length.
    init(bins: Int, seconds: Double) {
        func range(_ low: Double, _ high: Double) -> Range<Int> {
            let first = max(Int((low * seconds + 1e-6).rounded(.down)) + 1, 1)
            return first..<max(min(Int((high * seconds - 1e-6).rounded(.up)), bins), first)
        }
        let scale = Self.meanPower
        power = Self.centres.map { centre in
            BandGains(range(centre / 2, centre * 1.5)) { bin in
                let gain = cos((Double(bin) / seconds - centre) / centre * .pi)
                return gain * gain / scale
            }
        }
        octaves = (0..<Self.octaveBands).map { band in
            let centre = Self.highest / pow(2, Double(Self.octaveBands - band))
            return BandGains(range(centre / 2, centre * 2)) { cos(log2(Double($0) / seconds / centre) / 2 * .pi) }
        }
    }

    private static let centres = (0..<powerBands).map {
        lowest * pow(highest / lowest, Double($0) / Double(powerBands - 1))
    }

    /// The integral of each squared cosine where it is not 0, between the fourth centre and the fourth last, over the distance of the two.
    private static let meanPower: Double = {
        let (from, to) = (centres[3], centres[powerBands - 4])
        let sum = centres.reduce(0.0) { sum, centre in
            let (low, high) = (max(from, centre / 2), min(to, centre * 1.5))
            guard low < high else { return sum }
            func primitive(_ hertz: Double) -> Double {
                let angle = (hertz - centre) / centre * .pi
                return centre / .pi * (angle / 2 + sin(2 * angle) / 4)
            }
            return sum + primitive(high) - primitive(low)
        }
        return sum / (to - from)
    }()
}
