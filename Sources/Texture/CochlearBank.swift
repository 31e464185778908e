// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices

/// The cochlear filters: 30 half-cosine bands, evenly spaced on the scale of equivalent rectangular bandwidths between 20 Hz and 10 kHz, or half
/// the sample rate where that is less, each from its lower neighbour's centre to its upper one's, and two for the edges. The squares of
/// all gains sum to 1.
///
/// The scale is Glasberg and Moore's, `9.265 ln(1 + f / (24.7 9.265))`; the bands are those of McDermott and Simoncelli's Sound Texture
/// Synthesis Toolbox (2012).
struct CochlearBank: Sendable {
    /// With the edges.
    static let count = 32
    private static let lowest = 20.0
    private static let highest = 10_000.0

    /// At frequencies `bin / seconds`.
    let filters: [BandGains]

    /// - Parameters:
    ///   - bins: frequencies, from 0 to half the sample rate.
    ///   - seconds: the sounds' length.
    init(bins: Int, seconds: Double, sampleRate: Int) {
        let (low, high) = (Self.erb(Self.lowest), Self.erb(min(Self.highest, Double(sampleRate) / 2)))
        let step = (high - low) / Double(Self.count - 1)
        // The corners' places among bins; one that lies on a bin has gain 0 there.
        let corners = (0..<Self.count).map { Self.hertz(erb: low + Double($0) * step) * seconds }
        func above(_ corner: Int) -> Int { min(Int((corners[corner] + 1e-6).rounded(.down)) + 1, bins - 1) }
        func below(_ corner: Int) -> Int { min(Int((corners[corner] - 1e-6).rounded(.up)) - 1, bins - 1) }
        /// The half cosine around a corner.
        func cosine(_ corner: Int, _ bin: Int) -> Double {
            let place = (Self.erb(Double(bin) / seconds) - low) / step - Double(corner)
            return abs(place) < 1 ? cos(place * .pi / 2) : 0
        }
        func complement(_ corner: Int, _ bin: Int) -> Double {
            max(1 - cosine(corner, bin) * cosine(corner, bin), 0).squareRoot()
        }
        filters = (0..<Self.count).map { band in
            let first = band == 0 ? 0 : above(band - 1)
            let last = max(band == Self.count - 1 ? bins - 1 : below(band + 1), first)
            return BandGains(first..<last + 1) { bin in
                switch band {
                case 0: complement(1, bin)
                case Self.count - 1: complement(Self.count - 2, bin)
                default: cosine(band, bin)
                }
            }
        }
    }

    private static let scale = 24.7 * 9.265
    private static func erb(_ hertz: Double) -> Double { 9.265 * log1p(hertz / scale) }
    private static func hertz(erb: Double) -> Double { scale * expm1(erb / 9.265) }
}
