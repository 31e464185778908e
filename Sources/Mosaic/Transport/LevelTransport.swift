// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Where a content's level goes by itself, and how far an envelope that is carried over band by band may stray from that: 4 dB above, 12 dB below. What
/// lies in bands that the style hardly has would vanish otherwise, and a click in a smooth sound would drown it.
struct LevelTransport {
    private static let (above, below) = (Float(4 * log(10.0) / 10), Float(12 * log(10.0) / 10))
    private let from: Float
    private let to: Float
    private let factor: Float

    /// Means over loud frames; the spread is the style's, within a half and the whole of the content's.
    init(from content: BandEnvelope, to style: BandEnvelope) {
        let (own, other) = (Self.statistics(content), Self.statistics(style))
        (from, to) = (own.mean, other.mean)
        factor = min(max((other.deviation + 0.3) / (own.deviation + 0.3), 0.5), 1)
    }

    /// Brings an envelope's levels within reach of where those of the content go.
    func bound(_ wanted: inout BandEnvelope, of content: BandEnvelope) {
        for frame in 0..<wanted.frames {
            let usual = to + factor * (log(content.power(frame)) - from)
            let level = log(wanted.power(frame))
            let shift = min(max(level, usual - Self.below), usual + Self.above) - level
            guard shift != 0 else { continue }
            for place in frame * wanted.bands..<(frame + 1) * wanted.bands { wanted.values[place] += shift }
        }
    }

    private static func statistics(_ envelope: BandEnvelope) -> (mean: Float, deviation: Float) {
        let loud = envelope.loudFrames
        let levels = loud.indices.filter { loud[$0] }.map { log(envelope.power($0)) }
        let count = Float(max(levels.count, 1))
        let mean = levels.reduce(0, +) / count
        return (mean, (levels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot())
    }
}
