// SPDX-License-Identifier: Apache-2.0

/// A sound's fundamental frequency every 10 ms.
struct PitchTrack: Equatable, Sendable {
    /// In hertz, also where there is no pitch: the best guess.
    var f0: [Float]
    /// Whether there is a pitch.
    var isVoiced: [Bool]

    /// Steps of 10 ms.
    var count: Int { f0.count }
    /// Of steps with a pitch, 0 to 1.
    var voicedShare: Double { Double(isVoiced.count { $0 }) / Double(max(count, 1)) }

    /// In hertz at each of an envelope's frames; 0 where there is no pitch.
    func atFrames(_ frames: Int, of grid: Grid) -> [Float] {
        (0..<frames).map { frame in
            let step = min(Int(Double(frame * grid.hop) / grid.step + 0.5), count - 1)
            return isVoiced[step] ? f0[step] : 0
        }
    }
}

extension PitchTrack {
    /// As many steps as given: the last one is repeated, or what is over left out.
    func fitted(to steps: Int) -> PitchTrack {
        let last = max(count - 1, 0)
        return PitchTrack(
            f0: (0..<steps).map { f0[min($0, last)] }, isVoiced: (0..<steps).map { isVoiced[min($0, last)] })
    }

    /// Moved by octaves.
    func moved(byOctaves octaves: Int) -> PitchTrack {
        let factor = Float(sign: .plus, exponent: octaves, significand: 1)
        return PitchTrack(f0: f0.map { $0 * factor }, isVoiced: isVoiced)
    }
}
