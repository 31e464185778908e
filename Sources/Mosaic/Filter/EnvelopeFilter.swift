// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Lays a wanted envelope over what plays: each frame's bands get the gain `(L_want - L_y) + keep (shape_want - shape_y)` in
/// log power, within 20 dB, where L is the level, the log of the sum over bands, and the shape is what E has beside it. Gains are
/// interpolated linearly between the bands' centres. A second pass corrects the level, and with a keep of 1 the shape too.
struct EnvelopeFilter {
    let grid: Grid
    let scale: BandScale
    /// The content's pitch at each frame, moved by the octave; in hertz, 0 for none.
    let f0: [Float]
    let keep: Float
    /// Whether levels are laid on; what plays has its own otherwise.
    var setsLevel = true
    /// The largest gain, in log power: 20 dB.
    private static let largest = Float(20 * log(10.0) / 10)

    /// Filters in place.
    ///
    /// - Parameters:
    ///   - gain: what samples are multiplied by before they are compared with the wanted envelope, so that one of them has the
    ///     other's root mean square.
    ///   - goesOn: asked now and then.
    /// - Returns: false if it was ended.
    func apply(
        to samples: inout [Float], gain: Float, wanted: BandEnvelope, goesOn: (Double) -> Bool
    ) -> Bool {
        let density = DensityEnvelope(grid, scale)
        let transform = density.transform
        var envelope = [Float](repeating: 0, count: scale.count)
        for pass in 0..<2 {
            let keep = pass == 0 || keep >= 1 ? keep : 0
            guard setsLevel || keep > 0 else { continue }
            let isDone = OverlapAdd.rewrite(&samples, by: transform, hop: grid.hop, isMirrored: true) {
                goesOn(0.5 * (Double(pass) + $0))
            } change: { frame in
                envelope.withUnsafeMutableBufferPointer { row in
                    guard let row = row.baseAddress else { return }
                    density.measure(gain: gain, f0: f0[frame], into: row)
                }
                setGains(&envelope, wanted: wanted[frame], keep: keep)
                transform.spectrum.withUnsafeMutableBufferPointer { spectrum in
                    for bin in spectrum.indices {
                        let (band, share) = (scale.below[bin], scale.share[bin])
                        spectrum[bin] *= exp(0.5 * ((1 - share) * envelope[band] + share * envelope[band + 1]))
                    }
                }
            }
            guard isDone else { return false }
        }
        return true
    }

    /// Turns a frame's envelope into gains.
    private func setGains(_ envelope: inout [Float], wanted: ArraySlice<Float>, keep: Float) {
        let level = log(envelope.reduce(0) { $0 + exp($1) })
        let wantedLevel = log(wanted.reduce(0) { $0 + exp($1) })
        let change = setsLevel ? wantedLevel - level : 0
        for (band, want) in zip(envelope.indices, wanted) {
            let shape = (want - wantedLevel) - (envelope[band] - level)
            envelope[band] = min(max(change + keep * shape, -Self.largest), Self.largest)
        }
    }
}
