// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices
import MuLaw
import Optimizers
import WaveEncoder

/// Raw waveforms: x is the companded sound itself, the network NSynth's encoder (Boemer, Gong, Homma: Audio Transfer
/// Learning with Voices, 2018).
public struct WaveEncoderBackend: TransferBackend {
    public let sampleRate = 16_000
    private let encoder: WaveEncoder
    private let memoryLimit: Int?

    /// - Parameters:
    ///   - memoryLimit: bytes that the run may take; nil for what the machine has free.
    public init(_ encoder: WaveEncoder, memoryLimit: Int? = AvailableMemory.bytes) {
        self.encoder = encoder
        self.memoryLimit = memoryLimit
    }

    public func objective(
        content: [Float], style: [Float], settings: TransferSettings
    ) throws -> any TransferObjective {
        try WaveEncoderObjective(
            encoder, content: content, style: style, settings: settings, memoryLimit: memoryLimit)
    }
}

/// `L(x) = L_style(F(x)) + alpha L_content(F(x))` over the encoder's activations F.
final class WaveEncoderObjective: TransferObjective {
    let dimension: Int
    let bounds: ClosedRange<Float>? = MuLaw.minimum...MuLaw.maximum
    let start: [Float]
    private let session: EncoderSession
    private let alpha: Double
    private let roundsCodes: Bool
    private let styleTerms: [WeightedLoss]
    private let contentTerms: [WeightedLoss]
    private let visitors: [Tap: [any FeatureVisitor]]

    private struct WeightedLoss {
        let tap: Tap
        let weight: Double
        let loss: any FeatureLoss
    }

    init(
        _ encoder: WaveEncoder, content: [Float], style: [Float], settings: TransferSettings, memoryLimit: Int?
    ) throws {
        try settings.validate()
        let architecture = encoder.architecture
        let styleTaps = try settings.layers.resolved(in: architecture)
        let contentTaps =
            settings.alpha == 0
            ? []
            : try (settings.contentLayer ?? LayerSelection("relu2:\(architecture.layers)")).resolved(in: architecture)
        let taps = Set((styleTaps + contentTaps).map(\.tap))

        let stepwise = settings.loss == .l2
        let samples = stepwise ? settings.fit.length(content: content.count, style: style.count) : content.count
        if taps.contains(.encoding), min(samples, style.count) < architecture.hop {
            throw Failure(
                .badData, "cannot use the layer", at: "encoding",
                why: "it has one row for each \(architecture.hop) samples, and a sound is shorter than that",
                remedy: "give longer sounds or choose another layer")
        }
        let longest = stepwise ? samples : max(samples, style.count)
        try Self.requireMemory(
            encoder, samples: samples, longest: longest, styleTaps: styleTaps.map(\.tap),
            contentTaps: contentTaps.map(\.tap), stepwise: stepwise, limit: memoryLimit)

        // Companded, fitted, and shown to the encoder once for the targets.
        let companded = MuLaw.companded(Array(content.prefix(samples)))
        let compandedStyle = MuLaw.companded(stepwise ? settings.fit.fit(style, to: samples) : style)
        contentTerms = Self.activations(encoder, companded, at: contentTaps.map(\.tap)).enumerated().map { index, map in
            let (tap, weight) = (contentTaps[index].tap, contentTaps[index].weight)
            return WeightedLoss(
                tap: tap, weight: weight, loss: SquaredErrorLoss(target: map, weight: settings.alpha * weight))
        }
        switch settings.loss {
        case .gram:
            let grams = styleTaps.map { _ in GramMatrix() }
            encoder.session(samples: style.count, taps: Set(styleTaps.map(\.tap)), mode: .reading).read(
                compandedStyle,
                visitors: Dictionary(uniqueKeysWithValues: zip(styleTaps.map(\.tap), grams.map { [$0] })))
            styleTerms = zip(styleTaps, grams).map { chosen, gram in
                WeightedLoss(
                    tap: chosen.tap, weight: chosen.weight, loss: GramLoss(target: gram.values, weight: chosen.weight))
            }
        case .l2:
            styleTerms = zip(styleTaps, Self.activations(encoder, compandedStyle, at: styleTaps.map(\.tap))).map {
                chosen, map in
                WeightedLoss(
                    tap: chosen.tap, weight: chosen.weight, loss: SquaredErrorLoss(target: map, weight: chosen.weight))
            }
        }

        dimension = samples
        alpha = settings.alpha
        roundsCodes = settings.roundsCodes
        start = settings.start.signal(
            content: companded, style: compandedStyle, noise: settings.startNoise, seed: settings.seed)
        visitors = (styleTerms + contentTerms).reduce(into: [:]) { $0[$1.tap, default: []].append($1.loss) }
        session = encoder.session(samples: samples, taps: taps, mode: .keepAll)
    }

    func evaluate(_ x: [Float]) -> (losses: Losses, gradient: [Float]) {
        let gradient = session.evaluate(x, visitors: visitors)
        let style = styleTerms.reduce(0) { $0 + $1.weight * $1.loss.value }
        let content = contentTerms.reduce(0) { $0 + $1.weight * $1.loss.value }
        let losses = Losses(
            total: style + alpha * content, terms: [.init("style", style), .init("content", content)])
        return (losses, gradient)
    }

    func waveform(of x: [Float]) -> [Float] {
        MuLaw.expand(roundsCodes ? x.map(MuLaw.rounded) : x)
    }

    private static func activations(_ encoder: WaveEncoder, _ x: [Float], at taps: [Tap]) -> [FeatureMap] {
        guard !taps.isEmpty else { return [] }
        let maps = encoder.activations(of: x, at: Set(taps))
        return taps.compactMap { maps[$0] }
    }

    /// - Throws: ``Failure`` of kind `badData` when keeping all activations would take more than `limit` bytes.
    private static func requireMemory(
        _ encoder: WaveEncoder, samples: Int, longest: Int, styleTaps: [Tap], contentTaps: [Tap], stepwise: Bool,
        limit: Int?
    ) throws {
        guard let limit else { return }
        let targets = (stepwise ? styleTaps : []) + contentTaps
        let targetBytes = targets.reduce(0) { sum, tap in
            let shape = tap.shape(samples: samples, in: encoder.architecture)
            return sum + shape.rows * shape.columns * MemoryLayout<Float>.size
        }
        let run = encoder.memoryNeeded(
            samples: samples, taps: Set(styleTaps + contentTaps), mode: .keepAll)
        let preparation = encoder.memoryNeeded(samples: longest, taps: Set(styleTaps), mode: .reading)
        let needed = targetBytes + max(run, preparation)
        guard needed > limit else { return }
        let seconds = Double(samples) / 16_000 * Double(limit) / Double(needed)
        throw Failure(
            .badData, "cannot run",
            why: "\(AvailableMemory.text(needed)) of memory are needed and \(AvailableMemory.text(limit)) are free",
            remedy: "shorten the sounds to about \(Int(seconds)) s (--duration), or choose fewer or earlier layers")
    }
}
