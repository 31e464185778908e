// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The style's own recording, as it runs, beneath what plays.
///
/// It makes room: of each bin of a frame of 64 ms it has the amplitude `G^2 / (G^2 + 4 M^2)`, where G is its own magnitude and M that of what plays. So what plays
/// stays in front where it is, and elsewhere the style is heard with all that only a whole recording has: its rhythm, its phrases, its room.
/// It is as loud as the content lets it: it holds the content's level for half a second, then fades by 80 dB a second; short gaps
/// are filled, and pauses are pauses.
struct Ground {
    /// Of the whole recording, relative to what plays.
    let amplitude: Double
    let grid: Grid
    /// What plays counts by so much in power when room is made.
    private static let precedence: Float = 4
    /// Seconds for which a level is held, and decibels a second by which it then falls.
    private static let (hold, fall) = (0.5, Float(80))
    /// In decibels: what is lower is silence.
    private static let lowest: Float = -60

    /// Adds it to a channel of what plays.
    ///
    /// - Parameters:
    ///   - content: the loudness of the content's channel.
    ///   - goesOn: asked now and then.
    /// - Returns: false if it was ended.
    func add(
        _ loop: StyleLoop, to samples: inout [Float], content: LoudnessCurve, goesOn: (Double) -> Bool
    ) -> Bool {
        let level = soundLevel(of: [samples])
        guard amplitude > 0, level > 0, loop.level > 0 else { return true }
        let gain = Float(amplitude * level / loop.level)
        let loudness = Self.held(content.levels, grid)
        let (playing, own) = (FrameTransform(size: 2 * grid.size), FrameTransform(size: 2 * grid.size))
        var frame = [Float](repeating: 0, count: own.size)
        return OverlapAdd.rewrite(
            &samples, by: playing, hop: 2 * grid.hop, isMirrored: false, goesOn: goesOn
        ) { index in
            loop.read(from: 2 * index * grid.hop - own.size / 2, into: &frame)
            frame.withUnsafeBufferPointer { own.read($0, centre: own.size / 2) }
            for bin in own.spectrum.indices {
                let ground = own.spectrum[bin] * gain
                let power = (ground * ground).sum()
                let room = power + Self.precedence * (playing.spectrum[bin] * playing.spectrum[bin]).sum()
                playing.spectrum[bin] = room > 0 ? ground * (power / room) : .zero
            }
        } combine: { t, playing, ground in
            let (frame, part) = t.quotientAndRemainder(dividingBy: grid.hop)
            let share = Float(part) / Float(grid.hop)
            let next = min(frame + 1, loudness.count - 1)
            return playing + ((1 - share) * loudness[frame] + share * loudness[next]) * ground
        }
    }

    /// Amplitudes at the grid's frames, 0 to 1.
    static func held(_ levels: [Float], _ grid: Grid) -> [Float] {
        let seconds = Double(grid.hop) / Double(grid.rate)
        var (level, since) = (-Float.infinity, 0)
        let amplitudes = levels.enumerated().map { frame, own -> Float in
            if own >= level {
                (level, since) = (own, frame)
            } else if Double(frame - since) * seconds > hold {
                level = max(own, level - fall * Float(seconds))
            }
            return level < lowest ? 0 : pow(10, min(level, 0) / 20)
        }
        // Each frame hears a hop to both sides, and what is between two lies between theirs: nothing begins before the content does.
        return amplitudes.indices.map { amplitudes[max($0 - 2, 0)...min($0 + 1, amplitudes.count - 1)].min() ?? 0 }
    }
}
