// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices

/// Sounds by formula.
enum Sounds {
    static func sine(_ frequency: Double, seconds: Double, rate: Int) -> [Float] {
        (0..<Int(seconds * Double(rate))).map { Float(0.2 * sin(2 * .pi * frequency * Double($0) / Double(rate))) }
    }

    /// Ten partials, each weaker than the one before, below 0.45 of the rate.
    static func tone(_ frequency: Double, seconds: Double, rate: Int) -> [Float] {
        let partials = (1...10).filter { Double($0) * frequency < 0.45 * Double(rate) }
        return (0..<Int(seconds * Double(rate))).map { t in
            partials.reduce(Float(0)) { sum, k in
                sum + Float(0.1 / Double(k) * sin(2 * .pi * frequency * Double(k * t) / Double(rate) + Double(k)))
            }
        }
    }

    /// Notes of 0.25 s that decay, with some noise at each onset; 16 kHz.
    static func melody(seconds: Double, seed: UInt64 = 1) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        let notes = [220.0, 247, 262, 330, 294, 196]
        var phase = 0.0
        var sound: [Float] = []
        for t in 0..<Int(seconds * 16_000) {
            let (note, place) = (t / 4_000, Double(t % 4_000) / 4_000)
            phase += notes[Int((UInt64(note) &* seed &+ UInt64(note)) % 6)] / 16_000
            let tone = (1...8).reduce(0.0) { $0 + sin(2 * .pi * Double($1) * phase) / Double($1) }
            let decay = exp(-2 * place) * min(1, place * 40)
            sound.append(Float(0.1 * tone * decay) + 0.05 * Float(exp(-40 * place)) * generator.normal())
        }
        return sound
    }

    /// 60 and 120 Hz, loud, under a little noise; 16 kHz.
    static func bass(seconds: Double) -> [Float] {
        var generator = SeededGenerator(seed: 7)
        return zip(sine(60, seconds: seconds, rate: 16_000), sine(120, seconds: seconds, rate: 16_000)).map {
            $0 + 0.5 * $1 + 0.002 * generator.normal()
        }
    }
}
