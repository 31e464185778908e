// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Foundation
import WaveEncoder

/// Makes the sounds of experiments: mono at NSynth's rate.
enum SoundStack {
    /// Peak of what is made here: -2 dBFS, as the bundled sounds have.
    private static let peak: Float = 0.794

    /// Sounds one over the other, as long as the longest.
    static func stacked(_ paths: [String]) throws(Failure) -> Waveform {
        var sum: [Float] = []
        for path in paths {
            let sound = try AudioFile.read(path).mixedDown().resampled(to: WaveEncoder.sampleRate).channels[0]
            if sound.count > sum.count { sum += [Float](repeating: 0, count: sound.count - sum.count) }
            for (index, value) in sound.enumerated() { sum[index] += value }
        }
        let stack = Waveform(mono: sum, sampleRate: WaveEncoder.sampleRate)
        // One sound is left as it is.
        return paths.count > 1 && stack.peak > 0 ? stack.scaled(by: peak / stack.peak) : stack
    }

    /// The paper's sine (figure 3a): a low tone, silence around two seconds, a higher tone; 1 and 2 kHz, as in the two
    /// recordings that it cites (Sound Nation, 1 kHz and 2 kHz sine wave test tones).
    static func sine() -> Waveform {
        let rate = Double(WaveEncoder.sampleRate)
        func tone(_ hertz: Double, from start: Double, to end: Double, at time: Double) -> Double {
            // 5 ms of fade at both ends.
            let gain = min(max(min(time - start, end - time) / 0.005, 0), 1)
            return gain * sin(2 * .pi * hertz * time)
        }
        let samples = (0..<Int(3 * rate)).map { index in
            let time = Double(index) / rate
            return peak * Float(tone(1_000, from: 0, to: 1.85, at: time) + tone(2_000, from: 2.15, to: 3, at: time))
        }
        return Waveform(mono: samples, sampleRate: WaveEncoder.sampleRate)
    }
}
