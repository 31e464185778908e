// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices
import MuLaw
import Optimizers
import WaveEncoder

/// `L(x) = L_style(F(x)) + alpha L_content(F(x))` over the encoder's activations F.
final class WaveEncoderObjective: TransferObjective {
    let dimension: Int
    let bounds: ClosedRange<Float>? = MuLaw.minimum...MuLaw.maximum
    let start: [Float]
    private let session: EncoderSession
    private let companions: [Companion]
    private let stored: [StoredMap]
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
        _ plan: EncoderPlan, content: [Float], style: [Float], settings: TransferSettings, cache: TargetCache
    ) throws {
        let (encoder, samples) = (plan.encoder, plan.samples)
        let companded = MuLaw.companded(Array(content.prefix(samples)))
        let compandedStyle = MuLaw.companded(plan.stepwise ? settings.fit.fit(style, to: samples) : style)

        // The style's Gram matrices are few numbers, found before there is anything else.
        let window = EncoderPlan.window(plan.way, encoder)
        let styleTaps = plan.styleTaps.map(\.tap)
        let grams =
            plan.stepwise
            ? []
            : cache.grams(of: compandedStyle, at: styleTaps) {
                let grams = styleTaps.map { _ in GramMatrix() }
                encoder.session(samples: style.count, taps: Set(styleTaps), mode: .reading, window: window).read(
                    compandedStyle, visitors: Dictionary(uniqueKeysWithValues: zip(styleTaps, grams.map { [$0] })))
                return grams.map(\.values)
            }

        // Activations of a whole clip are kept, or come by again beside the run.
        var companions: [Companion] = []
        func targets(_ x: [Float], _ taps: [Tap], beside session: EncoderSession?) -> [any FeatureSource] {
            guard !taps.isEmpty else { return [] }
            guard let session else {
                let maps = encoder.activations(of: x, at: Set(taps))
                return taps.compactMap { maps[$0] }
            }
            let companion = Companion(reading: x, at: Set(taps), beside: session)
            companions.append(companion)
            return taps.map(companion.activations(at:))
        }
        let recomputing =
            plan.way == .keepAll
            ? nil : encoder.session(samples: samples, taps: plan.taps, mode: .recompute, window: window)
        let contentTaps = plan.contentTaps.map(\.tap)
        stored = try Self.stored(companded, at: contentTaps, plan)
        contentTerms = zip(
            plan.contentTaps, stored.isEmpty ? targets(companded, contentTaps, beside: recomputing) : stored
        ).map { chosen, target in
            WeightedLoss(
                tap: chosen.tap, weight: chosen.weight,
                loss: SquaredErrorLoss(target: target, weight: settings.alpha * chosen.weight))
        }
        styleTerms =
            plan.stepwise
            ? zip(plan.styleTaps, targets(compandedStyle, styleTaps, beside: recomputing)).map {
                chosen, target in
                WeightedLoss(
                    tap: chosen.tap, weight: chosen.weight,
                    loss: SquaredErrorLoss(target: target, weight: chosen.weight))
            }
            : zip(plan.styleTaps, grams).map { chosen, gram in
                WeightedLoss(
                    tap: chosen.tap, weight: chosen.weight, loss: GramLoss(target: gram, weight: chosen.weight))
            }
        self.companions = companions

        dimension = samples
        alpha = settings.alpha
        roundsCodes = settings.roundsCodes
        start = settings.start.signal(
            content: companded, style: compandedStyle, noise: settings.startNoise, seed: settings.seed)
        visitors = (styleTerms + contentTerms).reduce(into: [:]) { $0[$1.tap, default: []].append($1.loss) }
        session = recomputing ?? encoder.session(samples: samples, taps: plan.taps, mode: .keepAll)
    }

    /// The content's targets on disk, where the plan says so.
    private static func stored(_ x: [Float], at taps: [Tap], _ plan: EncoderPlan) throws(Failure) -> [StoredMap] {
        guard let folder = plan.contentFolder else { return [] }
        let window = EncoderPlan.window(plan.way, plan.encoder)
        var maps: [StoredMap] = []
        for tap in taps {
            let shape = tap.shape(samples: x.count, in: plan.encoder.architecture)
            maps.append(
                try StoredMap(
                    rows: shape.rows, columns: shape.columns,
                    slots: plan.encoder.slots(samples: x.count, window: window), inFolder: folder))
        }
        plan.encoder.session(samples: x.count, taps: Set(taps), mode: .reading, window: window).read(
            x, visitors: Dictionary(uniqueKeysWithValues: zip(taps, maps.map { [$0] })))
        for map in maps { try map.check() }
        return maps
    }

    func evaluate(_ x: [Float]) throws -> (losses: Losses, gradient: [Float]) {
        let gradient = session.evaluate(x, visitors: visitors, companions: companions)
        for map in stored { try map.check() }
        let style = styleTerms.reduce(0) { $0 + $1.weight * $1.loss.value }
        let content = contentTerms.reduce(0) { $0 + $1.weight * $1.loss.value }
        let losses = Losses(
            total: style + alpha * content, terms: [.init("style", style), .init("content", content)])
        return (losses, gradient)
    }

    func waveform(of x: [Float]) -> [Float] {
        MuLaw.expand(roundsCodes ? x.map(MuLaw.rounded) : x)
    }
}
