// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Which mode plays, and how.
///
/// Where it is not asked for, tonal plays a content that is not spoken by a style of which over half is in partials, if the style's spectra can compose the
/// content's (a misfit of at most 0.8). Grains play everything else.
struct Decision: Equatable {
    /// Above this misfit tonal gives way to grains.
    static let largestMisfit = 0.8
    /// auto where the misfit decides between tonal and grains.
    var mode: MosaicMode
    /// Whether words are wanted, or the content is spoken.
    let isSpoken: Bool
    let octave: Int
    private let settings: MosaicSettings

    init(_ settings: MosaicSettings, content: ContentAnalysis, style: StyleMaterial) {
        self.settings = settings
        isSpoken = settings.words || content.pitch.isSpoken
        mode = settings.mode
        if mode == .auto, isSpoken || style.tonalShare <= 0.5 { mode = .grains }
        octave =
            settings.octave ?? (mode == .play ? Self.wholeOctaves(from: content.pitch, to: style.pitch) : 0)
    }

    /// The amplitude of the ground, relative to what plays.
    var ground: Double { settings.ground * (min(1, 2 - 2 * settings.blend) + 6 * max(0, 0.5 - settings.blend)) }

    /// Whether the filter lays on levels. Tonal has the content's by itself, and a style's notes fade as they do; words need more.
    var setsLevel: Bool { mode != .tonal || settings.words }

    /// The share of the shape that the filter lays on.
    var keep: Double {
        let usual =
            switch mode {
            case .play: 0.0
            case .tonal: settings.words ? 0.8 : 0.3
            case .grains, .auto: isSpoken ? 1 : 0.85
            }
        let own = settings.keep ?? usual
        return settings.blend <= 0.5 ? 2 * settings.blend * own : own + (2 * settings.blend - 1) * (1 - own)
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

    /// Whether it moves as a voice that speaks: between 70 and 400 Hz, there 8 to 75 % of the time, coming or going eight times in each second that it is
    /// there, and for less than a quarter of that time within half a semitone for 100 ms.
    var isSpoken: Bool {
        guard (0.08...0.75).contains(voicedShare), (70...400).contains(exp2(medianOctave)) else { return false }
        let changes = zip(isVoiced, isVoiced.dropFirst()).count { $0 != $1 }
        guard Double(changes) >= 8 * voicedShare * Double(count) / 100 else { return false }
        let steady = (0..<max(count - 9, 0)).count { first in
            guard isVoiced[first..<first + 10].allSatisfy(\.self) else { return false }
            let octaves = f0[first..<first + 10].map { log2($0) }
            return (octaves.max() ?? 0) - (octaves.min() ?? 0) < 0.04
        }
        return Double(steady) < 0.25 * voicedShare * Double(count)
    }
}
