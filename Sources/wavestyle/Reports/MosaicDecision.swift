// SPDX-License-Identifier: Apache-2.0
import Foundation
import Mosaic

extension Mosaic.Outcome {
    /// What was decided, and why, in a sentence or two.
    ///
    /// - Parameter settings: what the mosaic was asked for.
    func decision(_ settings: MosaicSettings) -> String {
        func percent(_ share: Double) -> String { "\(Int((100 * share).rounded())) %" }
        let reason =
            if settings.mode != .auto {
                "as asked for"
            } else if isSpoken {
                settings.words ? "because words are wanted" : "because the content sounds spoken"
            } else if let misfit, mode == MosaicMode.grains.rawValue {
                "because the style's chords and notes cannot compose the content's (a misfit of \(percent(misfit)))"
            } else {
                "because \(percent(tonalShare)) of the style's power is in partials"
            }
        let moved = octave == 0 ? "" : " The melody was moved by \(octave) octave\(abs(octave) == 1 ? "" : "s")."
        return "Mode: \(mode), \(reason).\(moved)"
    }

    /// Names and values, for a page.
    var figures: [(name: String, value: String)] {
        [
            ("mosaic mode", mode), ("mosaic octave", "\(octave)"), ("mosaic keep", String(format: "%.3g", keep)),
            ("mosaic ground", String(format: "%.3g", ground)), ("content is spoken", isSpoken ? "yes" : "no"),
            ("tonal share of the style", String(format: "%.2f", tonalShare)),
            ("voiced share of the content", String(format: "%.2f", voicedContent)),
            ("voiced share of the style", String(format: "%.2f", voicedStyle)),
        ]
            + (misfit.map { [("misfit of the style's spectra", String(format: "%.2f", $0))] } ?? [])
            + seconds.sorted { $0.key < $1.key }.map {
                ("seconds of \($0.key)", String(format: "%.2f", $0.value))
            }
    }
}
