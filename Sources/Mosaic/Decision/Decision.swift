// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Which mode plays, and how.
struct Decision: Equatable {
    var mode: MosaicMode
    var octave: Int
    var keep: Double

    init(_ settings: MosaicSettings, content: ContentAnalysis, style: StyleMaterial) {
        let distance = Self.wholeOctaves(from: content.pitch, to: style.pitch)
        mode = settings.mode
        if mode == .auto {
            let isForGrains = settings.words || style.tonalShare <= 0.5
            mode = isForGrains ? .grains : (settings.octave ?? distance) != 0 ? .play : .tonal
        }
        octave = mode == .play ? settings.octave ?? distance : settings.octave ?? 0
        let usual = mode == .grains ? 0.7 : mode == .play ? 0 : settings.words ? 0.8 : 0.3
        let own = settings.keep ?? usual
        let blend = settings.blend
        keep = blend <= 0.5 ? 2 * blend * own : own + (2 * blend - 1) * (1 - own)
    }

    /// From one median pitch to another, towards zero; 0 unless both have a pitch over half of the time.
    static func wholeOctaves(from content: PitchTrack, to style: PitchTrack) -> Int {
        guard content.voicedShare > 0.5, style.voicedShare > 0.5 else { return 0 }
        return Int(style.medianOctave - content.medianOctave)
    }
}

extension PitchTrack {
    /// The median of log2 of hertz where there is a pitch.
    var medianOctave: Double {
        let values = zip(f0, isVoiced).filter(\.1).map { log2(Double($0.0)) }.sorted()
        guard !values.isEmpty else { return 0 }
        return 0.5 * (values[(values.count - 1) / 2] + values[values.count / 2])
    }
}
