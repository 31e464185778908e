// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Foundation

/// Keeps an output silent where its content is silent, and quiet where it is quiet: an optimiser fills what a loss weighs little.
///
/// The level of a sound is that of blocks of 1 ms, closed over 16 ms (the least of the largest around), so that a pitch period has one level
/// and edges stay where they are. It is in decibels relative to the sound's loud blocks: the mean power of those, in all channels, whose
/// level is within 20 dB of the highest. Where the content's is c and the output's o, the output's gain is
///
///     g = min(0, h(c) - o) dB,   h(c) = c for c <= -30,   2 c + 30 for c in -30...-15,   free above,
///
/// at least -120 dB, and linear in decibels between the centres of blocks. An output that is its content keeps every bit.
///
/// Runs of zeros of 10 ms or more in a channel of the content are zeros in the output, beside which a sound that went on fades over 2 ms.
///
/// Time is linear in the length; samples are changed where they lie.
public struct ContentPauses: Sendable {
    /// Blocks of a second.
    private static let blocksPerSecond = 1_000.0
    /// Blocks to each side that a level is closed over.
    private static let reach = 8
    /// Seconds of zeros that are silence.
    private static let shortestSilence = 0.01
    /// Seconds over which a sound fades beside silence.
    private static let fade = 0.002
    /// The power, relative to loud blocks, that is not faded before it is cut off: -60 dB.
    private static let leastPower: Float = 1e-6

    private let levels: Levels
    /// Of each channel, in samples.
    private let silences: [[Range<Int>]]
    private let sampleRate: Int
    private let frameCount: Int

    /// - Parameter content: `[C][T]`, at any rate.
    public init(of content: Waveform) {
        levels = Levels(content)
        let least = max(Int((Self.shortestSilence * Double(content.sampleRate)).rounded()), 1)
        silences = content.channels.map { Self.runsOfZeros($0, atLeast: least) }
        (sampleRate, frameCount) = (content.sampleRate, content.frameCount)
    }

    /// The output's highest level where the content has a level, both in decibels below loud blocks.
    static func highest(at level: Float) -> Float {
        level <= -30 ? level : level >= -15 ? .infinity : 2 * level + 30
    }

    /// Applies it in place.
    ///
    /// - Parameter output: `[C][T']`, in time with the content, at any rate.
    public func apply(to output: inout Waveform) {
        precondition(output.channels.count == silences.count, "an output of other channels")
        let own = Levels(output)
        let gains = zip(levels.values, own.values).map { content, own in
            own.enumerated().map { block, level in
                max(min(0, Self.highest(at: content[min(block, content.count - 1)]) - level), -120)
            }
        }
        let rate = output.sampleRate
        let fade = max(Int((Self.fade * Double(rate)).rounded()), 1)
        output.changeChannels { channel, samples in
            for silence in silences[channel] {
                Self.cut(mapped(silence, to: rate, count: samples.count), of: samples, fade) {
                    $0 * $0 > Self.leastPower * own.reference
                }
            }
            Self.apply(gains[channel], to: samples, rate: rate)
        }
    }

    /// A silence in an output of `count` samples: what lies wholly in it, and to the output's end what goes to the content's.
    private func mapped(_ silence: Range<Int>, to rate: Int, count: Int) -> Range<Int> {
        func place(_ t: Int, _ rule: FloatingPointRoundingRule) -> Int {
            min(Int((Double(t) * Double(rate) / Double(sampleRate)).rounded(rule)), count)
        }
        let lower = place(silence.lowerBound, .up)
        return lower..<max(silence.upperBound == frameCount ? count : place(silence.upperBound, .down), lower)
    }

    /// Sets a range to zero, and fades to it where there are samples at its ends that count.
    private static func cut(
        _ silence: Range<Int>, of samples: UnsafeMutableBufferPointer<Float>, _ fade: Int, counts: (Float) -> Bool
    ) {
        let fadesOut = samples[silence.prefix(fade)].contains(where: counts)
        let fadesIn = samples[silence.suffix(fade)].contains(where: counts)
        for t in silence { samples[t] = 0 }
        for k in 0..<fade {
            let gain = Float(k + 1) / Float(fade + 1)
            if fadesOut, silence.lowerBound - 1 - k >= 0 { samples[silence.lowerBound - 1 - k] *= gain }
            if fadesIn, silence.upperBound + k < samples.count { samples[silence.upperBound + k] *= gain }
        }
    }

    /// Multiplies by the gains of blocks, in decibels.
    private static func apply(_ gains: [Float], to samples: UnsafeMutableBufferPointer<Float>, rate: Int) {
        let size = Double(rate) / blocksPerSecond
        for block in gains.indices {
            let (before, gain) = (gains[max(block - 1, 0)], gains[block])
            let after = gains[min(block + 1, gains.count - 1)]
            guard before < 0 || gain < 0 || after < 0 else { continue }
            for t in Levels.samples(of: block, size: size, count: samples.count) {
                let place = Float((Double(t) + 0.5) / size - Double(block) - 0.5)
                let decibels = gain + abs(place) * ((place < 0 ? before : after) - gain)
                samples[t] *= pow(10, decibels / 20)
            }
        }
    }

    private static func runsOfZeros(_ samples: [Float], atLeast least: Int) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var first = 0
        for (t, sample) in samples.enumerated() where sample != 0 {
            if t - first >= least { runs.append(first..<t) }
            first = t + 1
        }
        if samples.count - first >= least { runs.append(first..<samples.count) }
        return runs
    }

    /// A sound's levels in blocks.
    private struct Levels: Sendable {
        /// Of each channel's blocks, in decibels relative to loud blocks; -300 where there is nothing.
        let values: [[Float]]
        /// The mean power of loud blocks.
        let reference: Float

        init(_ sound: Waveform) {
            let size = Double(sound.sampleRate) / ContentPauses.blocksPerSecond
            let powers = sound.channels.map { Self.powers(of: $0, size: size) }
            let closed = powers.map(Self.closed)
            let loudest = closed.joined().max() ?? 0
            var (sum, count) = (0.0, 0)
            for (power, level) in zip(powers.joined(), closed.joined()) where level > 0.01 * loudest {
                (sum, count) = (sum + Double(power), count + 1)
            }
            let reference = count > 0 ? Float(sum / Double(count)) : 1
            self.reference = reference
            values = closed.map { $0.map { $0 > 0 ? 10 * log10($0 / reference) : -300 } }
        }

        /// The samples of a block, of `size` each, among `count`.
        static func samples(of block: Int, size: Double, count: Int) -> Range<Int> {
            let bounds = [block, block + 1].map { min(Int((Double($0) * size).rounded()), count) }
            return bounds[0]..<bounds[1]
        }

        /// The mean power of each block.
        private static func powers(of samples: [Float], size: Double) -> [Float] {
            (0..<max(Int((Double(samples.count) / size).rounded(.up)), 1)).map { block in
                let range = Self.samples(of: block, size: size, count: samples.count)
                return samples[range].reduce(0) { $0 + $1 * $1 } / Float(max(range.count, 1))
            }
        }

        private static func closed(_ powers: [Float]) -> [Float] {
            func around(_ values: [Float], _ extreme: (ArraySlice<Float>) -> Float?) -> [Float] {
                values.indices.map { block in
                    extreme(values[max(block - reach, 0)...min(block + reach, values.count - 1)]) ?? 0
                }
            }
            return around(around(powers) { $0.max() }) { $0.min() }
        }
    }
}
