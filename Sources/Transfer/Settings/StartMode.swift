// SPDX-License-Identifier: Apache-2.0
import Matrices
import MuLaw

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

    /// The first x, within the codes' range.
    ///
    /// - Parameters:
    ///   - content: companded and quantised.
    ///   - style: the same, of any length.
    ///   - noise: amplitude of uniform noise added at the end. It comes after quantising: before, it would turn silence into
    ///     a dither of +-1 code.
    ///   - seed: decides both kinds of noise.
    func signal(content: [Float], style: [Float], noise: Double, seed: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        let base: [Float] =
            switch self {
            case .content, .equalised, .vocoded: content
            case .noise: content.map { _ in generator.uniform() }
            case .style: LengthFit.loop.fit(style, to: content.count)
            case .mix(let share): content.map { Float(1 - share) * $0 + Float(share) * generator.uniform() }
            }
        return base.map { value in
            min(max(value + Float(noise) * generator.uniform(), MuLaw.minimum), MuLaw.maximum)
        }
    }

    /// The first waveform, linear, `[T]`.
    ///
    /// - Parameters:
    ///   - content: `[T]`.
    ///   - styles: of any length; repeated or cut to the content's.
    ///   - noise: amplitude of uniform noise added at the end; `noise` and `mix` take normal noise as loud as the content.
    ///   - seed: decides both kinds of noise.
    func waveform(content: [Float], styles: [StyleSignal], noise: Double, seed: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        let power = content.reduce(0) { $0 + Double($1) * Double($1) } / Double(max(content.count, 1))
        let deviation = Float(power.squareRoot())
        let base: [Float] =
            switch self {
            case .content, .equalised, .vocoded: content
            case .noise: content.map { _ in deviation * generator.normal() }
            case .style: styles.mixed(to: content.count, fit: .loop)
            case .mix(let share):
                content.map { Float(1 - share) * $0 + Float(share) * deviation * generator.normal() }
            }
        return base.map { $0 + Float(noise) * generator.uniform() }
    }

    /// The first x in frames, which may leave the codes' range.
    ///
    /// - Parameters:
    ///   - content: frames, companded and quantised.
    ///   - style: as many frames.
    ///   - noise: amplitude of uniform noise added at the end.
    ///   - seed: decides both kinds of noise.
    func frames(content: [Float], style: [Float], noise: Double, seed: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        let base: [Float] =
            switch self {
            case .content, .equalised, .vocoded: content
            case .noise: content.map { _ in generator.normal() }
            case .style: style
            case .mix(let share): content.map { Float(1 - share) * $0 + Float(share) * generator.normal() }
            }
        return base.map { $0 + Float(noise) * generator.uniform() }
    }
}
