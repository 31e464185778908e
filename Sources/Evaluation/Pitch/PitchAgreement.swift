// SPDX-License-Identifier: Apache-2.0
import Foundation

/// How much of a reference's melody an estimate has (Salamon, Gomez, Ellis, Richard: Melody Extraction from Polyphonic
/// Music Signals, 2014; the definitions of `mir_eval.melody`).
///
/// An unvoiced frame of the estimate has no pitch and agrees with none. Tracks of different lengths are compared over
/// the frames that both have.
public struct PitchAgreement: Equatable, Sendable {
    /// Raw pitch accuracy: of the frames voiced in the reference, the share whose pitches lie less than 50 cents apart.
    public let pitch: Double
    /// Raw chroma accuracy: the same for pitches moved by octaves until they are nearest.
    public let chroma: Double

    /// Less than 50 cents; a difference of 50, common on the trackers' grid of 10, must not depend on a logarithm's last
    /// bits.
    private static let tolerance = 50 - 1e-6

    /// Nil where no frame of the reference is voiced.
    public init?(of estimate: PitchTrack, with reference: PitchTrack) {
        let frames = min(estimate.f0.count, reference.f0.count)
        let voiced = (0..<frames).filter { reference.voiced[$0] }
        guard !voiced.isEmpty else { return nil }
        let cents = voiced.filter { estimate.voiced[$0] }.map { 1_200 * log2(estimate.f0[$0] / reference.f0[$0]) }
        func share(_ distance: (Double) -> Double) -> Double {
            Double(cents.count { distance($0) < Self.tolerance }) / Double(voiced.count)
        }
        pitch = share { abs($0) }
        chroma = share { abs($0.remainder(dividingBy: 1_200)) }
    }
}
