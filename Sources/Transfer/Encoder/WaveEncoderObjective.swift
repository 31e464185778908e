// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices
import MuLaw
import Optimizers
import Spectrogram
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
    private let energy: WaveformEnergy?
    private let styleWeight: Double

    init(
        _ plan: EncoderPlan, content: [Float], styles: [StyleSignal], settings: TransferSettings, cache: TargetCache
    ) throws {
        let (encoder, samples) = (plan.encoder, plan.samples)
        let companded = MuLaw.companded(Array(content.prefix(samples)))
        let compandedStyles = styles.map { style in
            MuLaw.companded(plan.stepwise ? settings.fit.fit(style.samples, to: samples) : style.samples)
        }

        // The style's Gram matrices are few numbers, found before there is anything else.
        let window = EncoderPlan.window(plan.way, encoder)
        let styleTaps = plan.styleTaps.map(\.tap)
        let grams =
            plan.stepwise
            ? []
            : compandedStyles.map { x in
                cache.grams(of: x, at: styleTaps, divisor: settings.gramDivisor) {
                    let grams = styleTaps.map { tap in
                        GramMatrix(
                            divisor: tap.divisor(settings.gramDivisor, samples: x.count, in: encoder.architecture))
                    }
                    encoder.session(samples: x.count, taps: Set(styleTaps), mode: .reading, window: window).read(
                        x, visitors: Dictionary(uniqueKeysWithValues: zip(styleTaps, grams.map { [$0] })))
                    return grams.map(\.values)
                }
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
                loss: SquaredErrorLoss(
                    target: target, weight: settings.alpha * chosen.weight, normalisation: settings.normalisation))
        }
        if plan.stepwise {
            let slots = encoder.slots(samples: samples, window: window)
            let sources = compandedStyles.map { targets($0, styleTaps, beside: recomputing) }
            styleTerms = plan.styleTaps.enumerated().map { index, chosen in
                let target = MixedSource.mixing(zip(sources.map { $0[index] }, styles.shares), slots: slots)
                return WeightedLoss(
                    tap: chosen.tap, weight: chosen.weight,
                    loss: SquaredErrorLoss(
                        target: target, weight: settings.styleWeight * chosen.weight,
                        normalisation: settings.normalisation))
            }
        } else {
            styleTerms = plan.styleTaps.enumerated().map { index, chosen in
                let target = GramMatrix.mean(zip(grams.map { $0[index] }, styles.shares))
                return WeightedLoss(
                    tap: chosen.tap, weight: chosen.weight,
                    loss: GramLoss(
                        target: target, weight: settings.styleWeight * chosen.weight,
                        normalisation: settings.normalisation,
                        divisor: chosen.tap.divisor(settings.gramDivisor, samples: samples, in: encoder.architecture)))
            }
        }
        self.companions = companions

        dimension = samples
        styleWeight = settings.styleWeight
        alpha = settings.alpha
        roundsCodes = settings.roundsCodes
        let mixable = zip(compandedStyles, styles).map { StyleSignal($0, weight: $1.weight) }
        energy = WaveformEnergy(samples: samples, styles: mixable, settings: settings, threads: encoder.threads)
        start = settings.start.signal(
            content: companded, style: mixable.mixed(to: samples, fit: .loop), noise: settings.startNoise,
            seed: settings.seed)
        visitors = (styleTerms + contentTerms).visitors
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
        var gradient = session.evaluate(x, visitors: visitors, companions: companions)
        energy?.evaluate(x, addingTo: &gradient)
        for map in stored { try map.check() }
        let (style, content) = (styleTerms.value, contentTerms.value)
        let energies = energy?.terms ?? []
        let losses = Losses(
            total: styleWeight * style + alpha * content + energies.reduce(0) { $0 + $1.weight * $1.loss.value },
            terms: [.init("style", style), .init("content", content)]
                + energies.map { Losses.Term($0.name, $0.loss.value) })
        return (losses, gradient)
    }

    func waveform(of x: [Float], listener: (PhaseReconstruction.Progress) throws -> Bool) -> [Float] {
        MuLaw.expand(roundsCodes ? x.map(MuLaw.rounded) : x)
    }
}

extension Tap {
    /// By what this tap's Gram matrix is divided, for a clip of so many samples.
    fileprivate func divisor(_ divisor: GramDivisor, samples: Int, in architecture: EncoderArchitecture) -> Double {
        let shape = shape(samples: samples, in: architecture)
        return divisor.value(rows: shape.rows, columns: shape.columns, frames: samples)
    }
}
