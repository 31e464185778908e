// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices
import MuLaw
import Optimizers
import Spectrogram
import WaveEncoder

/// `L(x) = L_style(F(x)) + alpha L_content(F(x))` over the encoder's activations F, and losses on the waveform itself.
///
/// The variable is x, companded, or the linear waveform y under a preconditioner, whose x is companded without codes.
final class WaveEncoderObjective: TransferObjective {
    let dimension: Int
    let bounds: ClosedRange<Float>?
    let start: [Float]
    private let session: EncoderSession
    private let companions: [Companion]
    private let stored: [StoredMap]
    private let roundsCodes: Bool
    private let isBalanced: Bool
    private let terms: [LossTerm]
    private let visitors: [Tap: [any FeatureVisitor]]
    private let energy: WaveformEnergy?
    /// nil where x itself is the variable.
    private let waveform: PreconditionedWaveform?
    private let waveformLosses: [any WaveformLoss]

    init(
        _ plan: EncoderPlan, content: [Float], styles: [StyleSignal], settings: TransferSettings, cache: TargetCache
    ) throws {
        let (encoder, samples) = (plan.encoder, plan.samples)
        let linear = Array(content.prefix(samples))
        func companded(_ samples: [Float]) -> [Float] {
            settings.variable == .waveform ? MuLaw.compressed(samples) : MuLaw.companded(samples)
        }
        let compandedContent = companded(linear)
        let compandedStyles = styles.map { style in
            companded(plan.stepwise ? settings.fit.fit(style.samples, to: samples) : style.samples)
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
        stored = try Self.stored(compandedContent, at: contentTaps, plan)
        let contentLosses = zip(
            plan.contentTaps, stored.isEmpty ? targets(compandedContent, contentTaps, beside: recomputing) : stored
        ).map { chosen, target in
            TapLoss(
                tap: chosen.tap, share: chosen.weight,
                loss: SquaredErrorLoss(target: target, weight: 1, normalisation: settings.normalisation))
        }
        let sources = plan.stepwise ? compandedStyles.map { targets($0, styleTaps, beside: recomputing) } : []
        let slots = encoder.slots(samples: samples, window: window)
        let styleLosses = plan.styleTaps.enumerated().map { index, chosen in
            let loss: any FeatureLoss =
                plan.stepwise
                ? SquaredErrorLoss(
                    target: MixedSource.mixing(zip(sources.map { $0[index] }, styles.shares), slots: slots), weight: 1,
                    normalisation: settings.normalisation)
                : settings.statisticsLoss(
                    target: GramMatrix.mean(zip(grams.map { $0[index] }, styles.shares)),
                    divisor: chosen.tap.divisor(settings.gramDivisor, samples: samples, in: encoder.architecture))
            return TapLoss(tap: chosen.tap, share: chosen.weight, loss: loss)
        }
        self.companions = companions

        roundsCodes = settings.roundsCodes
        isBalanced = settings.balance == .auto
        let mixable = zip(compandedStyles, styles).map { StyleSignal($0, weight: $1.weight) }
        energy = WaveformEnergy(samples: samples, styles: mixable, settings: settings, threads: encoder.threads)
        let onWaveform = WaveformTerms(content: linear, styles: styles, settings: settings, threads: encoder.threads)
        waveformLosses = onWaveform.losses
        let visitors = (styleLosses + contentLosses).visitors()
        self.visitors = visitors
        let session = recomputing ?? encoder.session(samples: samples, taps: plan.taps, mode: .keepAll)
        self.session = session

        var terms =
            styleLosses.terms("style", weight: settings.styleWeight)
            + contentLosses.terms("content", weight: settings.alpha) + onWaveform.terms
        if isBalanced {
            LossBalance.balance(
                &terms, envelope: onWaveform.envelope, contentAt: contentLosses.map(\.tap), settings.normalisation
            ) { [companions] watchers in
                let all = visitors.merging(watchers.mapValues { [$0] }) { $0 + $1 }
                if companions.isEmpty {
                    session.read(compandedContent, visitors: all)
                } else {
                    _ = session.evaluate(compandedContent, visitors: all, companions: companions)
                }
            }
        }
        self.terms = terms + (energy?.terms ?? []).map { LossTerm($0.name, weight: $0.weight, $0.loss) }

        waveform = PreconditionedWaveform(
            content: linear, styles: styles, settings: settings, threads: encoder.threads)
        if let waveform {
            dimension = waveform.dimension
            bounds = nil
            start = [Float](repeating: 0, count: waveform.dimension)
        } else {
            dimension = samples
            bounds = MuLaw.minimum...MuLaw.maximum
            start = settings.start.signal(
                content: companded(settings.startingContent(linear, styles: styles, threads: encoder.threads)),
                style: mixable.mixed(to: samples, fit: .loop), noise: settings.startNoise, seed: settings.seed)
        }
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

    func evaluate(_ variables: [Float]) throws -> (losses: Losses, gradient: [Float]) {
        let linear = waveform?.signal(of: variables)
        let x = linear.map(MuLaw.compressed) ?? variables
        var gradient = session.evaluate(x, visitors: visitors, companions: companions)
        energy?.evaluate(x, addingTo: &gradient)
        for map in stored { try map.check() }
        if let waveform, let linear {
            for index in gradient.indices { gradient[index] *= MuLaw.compressionSlope(at: linear[index]) }
            for loss in waveformLosses { loss.evaluate(linear, addingTo: &gradient) }
            gradient = waveform.gradient(of: gradient)
        } else if !waveformLosses.isEmpty {
            let expanded = MuLaw.expand(x)
            var own = [Float](repeating: 0, count: x.count)
            for loss in waveformLosses { loss.evaluate(expanded, addingTo: &own) }
            for index in gradient.indices { gradient[index] += own[index] * MuLaw.expansionSlope(at: x[index]) }
        }
        return (terms.losses(balanced: isBalanced), gradient)
    }

    func waveform(of x: [Float], listener: (PhaseReconstruction.Progress) throws -> Bool) -> [Float] {
        waveform?.signal(of: x) ?? MuLaw.expand(roundsCodes ? x.map(MuLaw.rounded) : x)
    }
}

extension Tap {
    /// By what this tap's Gram matrix is divided, for a clip of so many samples.
    fileprivate func divisor(_ divisor: GramDivisor, samples: Int, in architecture: EncoderArchitecture) -> Double {
        let shape = shape(samples: samples, in: architecture)
        return divisor.value(rows: shape.rows, columns: shape.columns, frames: samples)
    }
}
