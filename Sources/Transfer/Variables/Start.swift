// SPDX-License-Identifier: Apache-2.0
import Matrices
import Spectrogram

/// What the first x is made of: `content`, `equalised`, `vocoded`, `noise`, `style` or `mix:SHARE`.
public enum StartMode: Equatable, Sendable, LosslessStringConvertible {
    /// The companded content.
    case content
    /// The content, equalised to the style's mean spectrum.
    case equalised
    /// The style under the content's loudness in bands: ``ChannelVocoder``.
    case vocoded
    /// Noise, uniform over the companded range [-1, 1); standard normal in frames.
    case noise
    /// The companded style as the loss sees it, repeated or cut to the content's length where it does not fit.
    case style
    /// A blend: this share of noise, the rest content.
    case mix(Double)

    public init?(_ text: String) {
        switch text {
        case "content": self = .content
        case "equalised": self = .equalised
        case "vocoded": self = .vocoded
        case "noise": self = .noise
        case "style": self = .style
        default:
            guard text.hasPrefix("mix:"), let share = Double(text.dropFirst(4)) else { return nil }
            self = .mix(share)
        }
    }

    public var description: String {
        switch self {
        case .content: "content"
        case .equalised: "equalised"
        case .vocoded: "vocoded"
        case .noise: "noise"
        case .style: "style"
        case .mix(let share): "mix:\(share)"
        }
    }

    /// The first x.
    ///
    /// - Parameters:
    ///   - start: what the mode's words mean for a variable.
    ///   - noise: amplitude of the noise added at the end. In companded units it comes after quantising: before, it would turn
    ///     silence into a dither of +-1 code.
    ///   - seed: decides both kinds of noise.
    func values(_ start: Start, noise: Double, seed: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        let base: [Float] =
            switch self {
            case .content, .equalised, .vocoded: start.content()
            case .noise:
                start.isSilent ? [Float](repeating: 0, count: start.count) : start.noise(1, &generator)
            case .style: start.style()
            case .mix(let share):
                zip(start.content(), start.noise(Float(share), &generator)).map { Float(1 - share) * $0 + $1 }
            }
        return base.map { value in
            let noisy = value + Float(noise) * start.added(&generator)
            return start.range.map { min(max(noisy, $0.lowerBound), $0.upperBound) } ?? noisy
        }
    }

    /// Whether the start is something else made of the content's samples.
    var changesContent: Bool { self == .equalised || self == .vocoded }

    /// Whether the start is noise, or some of it.
    var hasNoise: Bool {
        switch self {
        case .noise, .mix: true
        case .content, .equalised, .vocoded, .style: false
        }
    }
}

/// What the words of a ``StartMode`` mean for a variable.
struct Start {
    /// Values in x.
    let count: Int
    /// Of the content, or of what a mode makes of it.
    let content: () -> [Float]
    /// Of the styles, one over the other.
    let style: () -> [Float]
    /// A value of noise, times a share.
    let drawn: (Float, inout SeededGenerator) -> Float
    /// What noise goes through.
    var shaped: ([Float]) -> [Float] = { $0 }
    /// A value of the noise that is added, of amplitude 1.
    let added: (inout SeededGenerator) -> Float
    /// What values must stay in.
    var range: ClosedRange<Float>?
    /// Whether `noise` alone is silence, but for what is added.
    var isSilent = false

    /// All of the noise, times a share.
    func noise(_ share: Float, _ generator: inout SeededGenerator) -> [Float] {
        var values = [Float](repeating: 0, count: count)
        for index in values.indices { values[index] = drawn(share, &generator) }
        return shaped(values)
    }
}

extension TransferSettings {
    /// The content as a start takes it: equalised to the styles' mean spectrum by a gain between 0.03 and 30 for each bin, or
    /// imposed on the styles, where that is asked for.
    func startingContent(_ content: [Float], styles: [StyleSignal], threads: Int) -> [Float] {
        let transform = ShortTimeFourierTransform(size: 1_024, hop: 256)
        return switch start {
        case .equalised:
            MeanSpectrum.equalised(content, to: styles.meanPower(by: transform), by: transform, threads: threads)
        case .vocoded:
            ChannelVocoder.imposed(
                content, on: styles.mixed(to: content.count, fit: .loop), by: transform,
                sampleRate: workingRate, threads: threads)
        case .content, .noise, .style, .mix: content
        }
    }

    /// The first linear waveform, `[T]`: `noise` and `mix` take normal noise as loud as the content, with the preconditioner's spectrum.
    func startingWaveform(_ sounds: TransferSounds, response: [Float], threads: Int) -> [Float] {
        let content = startingContent(sounds.content, styles: sounds.styles, threads: threads)
        let power = content.reduce(0) { $0 + Double($1) * Double($1) } / Double(max(content.count, 1))
        let deviation = Float(power.squareRoot())
        return start.values(
            Start(
                count: content.count, content: { content },
                style: { sounds.styles.mixed(to: content.count, fit: .loop) },
                drawn: { $0 * deviation * $1.normal() },
                shaped: { Self.shaped($0, by: response, threads: threads) }, added: { $0.uniform() }),
            noise: startNoise, seed: seed)
    }

    /// Noise with a spectrum, as loud as before. A frequency that no sound has would take many steps to become quiet again.
    private static func shaped(_ noise: [Float], by response: [Float], threads: Int) -> [Float] {
        guard let first = response.first, response.contains(where: { $0 != first }) else { return noise }
        let size = 2 * (response.count - 1)
        let shaped = MeanSpectrum.filtered(
            noise, gains: response, by: ShortTimeFourierTransform(size: size, hop: max(size / 4, 1)), threads: threads)
        func power(_ signal: [Float]) -> Float { signal.reduce(0) { $0 + $1 * $1 } }
        let gain = (power(noise) / max(power(shaped), .leastNormalMagnitude)).squareRoot()
        return shaped.map { gain * $0 }
    }

    /// Enters the memory in which a start is made of the content, or of noise that is shaped. A complex spectrogram has four times a signal's values where
    /// frames overlap by three quarters.
    func noteStart(samples: Int) -> MemoryLedger.Entry? {
        start.changesContent || start.hasNoise && network.preconditioner?.following != nil
            ? MemoryLedger.note("start", bytes: 14 * samples * MemoryLayout<Float>.size) : nil
    }
}
