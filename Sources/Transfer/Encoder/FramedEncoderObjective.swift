// SPDX-License-Identifier: Apache-2.0
import Matrices
import MuLaw
import Optimizers
import Spectrogram
import WaveEncoder

/// `L(x) = L_style(F(x)) + alpha L_content(F(x))` over the encoder's activations F of frames that it sees one by one (P. K.
/// Mital: Time Domain Neural Audio Style Transfer, 2017).
///
/// x is `[frames * length]` in companded units, without bounds; F is `[frames * rows, C]`. A Gram matrix is that of all
/// frames' rows.
final class FramedEncoderObjective: TransferObjective {
    let dimension: Int
    let bounds: ClosedRange<Float>? = nil
    let start: [Float]
    private let frames: HannFrames
    private let session: FramedSession
    private let companions: [FrameCompanion]
    private let terms: [LossTerm]
    private let isBalanced: Bool
    private let visitors: [Tap: [any FeatureVisitor]]

    /// - Parameter optimised: the encoder that x is optimised under, of the same shapes as the plan's, which gives the
    ///   targets.
    init(
        _ plan: FramedEncoderPlan, under optimised: WaveEncoder, content: [Float], styles: [StyleSignal],
        settings: TransferSettings
    ) {
        let (encoder, frames) = (plan.encoder, plan.frames)
        let companded = MuLaw.companded(frames.cut(content))
        let compandedStyles = styles.map { style in
            StyleSignal(
                MuLaw.companded(frames.cut(settings.fit.fit(style.samples, to: frames.samples))), weight: style.weight)
        }
        let (styleTaps, contentTaps) = (plan.styleTaps.map(\.tap), plan.contentTaps.map(\.tap))
        func reading(_ x: [Float], _ visitors: [Tap: any FeatureVisitor]) {
            FramedSession(
                encoder, frames: frames.count, length: frames.length, taps: Set(visitors.keys), mode: .reading
            ).read(x, visitors: visitors.mapValues { [$0] })
        }
        func divisor(_ tap: Tap) -> Double {
            let shape = tap.shape(samples: frames.length, in: encoder.architecture)
            return settings.gramDivisor.value(
                rows: frames.count * shape.rows, columns: shape.columns, frames: frames.dimension)
        }
        let grams: [[[Double]]] =
            plan.stepwise || styleTaps.isEmpty
            ? []
            : compandedStyles.map { style in
                let grams = styleTaps.map { GramMatrix(divisor: divisor($0)) }
                reading(style.samples, Dictionary(uniqueKeysWithValues: zip(styleTaps, grams)))
                return grams.map(\.values)
            }

        let session = FramedSession(
            optimised, frames: frames.count, length: frames.length, taps: plan.taps, mode: .keepAll)
        self.session = session
        var companions: [FrameCompanion] = []
        func targets(_ x: [Float], _ taps: [Tap]) -> [any FeatureSource] {
            guard !taps.isEmpty else { return [] }
            guard plan.keepsTargets else {
                let companion = FrameCompanion(encoder, reading: x, at: Set(taps), beside: session)
                companions.append(companion)
                return taps.map(companion.activations(at:))
            }
            let recorders = taps.map { _ in FeatureRecorder() }
            reading(x, Dictionary(uniqueKeysWithValues: zip(taps, recorders)))
            return recorders.map(\.map)
        }
        let contentLosses = zip(plan.contentTaps, targets(companded, contentTaps)).map { chosen, target in
            TapLoss(
                tap: chosen.tap, share: chosen.weight,
                loss: SquaredErrorLoss(target: target, weight: 1, normalisation: settings.normalisation))
        }
        let sources: [[any FeatureSource]] =
            plan.stepwise ? compandedStyles.map { targets($0.samples, styleTaps) } : []
        let styleLosses = plan.styleTaps.enumerated().map { index, chosen in
            let loss: any FeatureLoss =
                plan.stepwise
                ? SquaredErrorLoss(
                    target: MixedSource.mixing(zip(sources.map { $0[index] }, styles.shares), slots: session.slots),
                    weight: 1, normalisation: settings.normalisation)
                : settings.statisticsLoss(
                    target: GramMatrix.mean(zip(grams.map { $0[index] }, styles.shares)), divisor: divisor(chosen.tap))
            return TapLoss(tap: chosen.tap, share: chosen.weight, loss: loss)
        }
        self.companions = companions
        self.frames = frames
        dimension = frames.dimension
        let visitors = (styleLosses + contentLosses).visitors()
        self.visitors = visitors
        isBalanced = settings.balance == .auto
        var terms =
            styleLosses.terms("style", weight: settings.styleWeight)
            + contentLosses.terms("content", weight: settings.alpha)
        if isBalanced {
            LossBalance.balance(
                &terms, envelope: nil, contentAt: contentLosses.map(\.tap), settings.normalisation
            ) { [companions] watchers in
                _ = session.evaluate(
                    companded, visitors: visitors.merging(watchers.mapValues { [$0] }) { $0 + $1 },
                    companions: companions)
            }
        }
        self.terms = terms
        let startContent =
            settings.start.changesContent
            ? MuLaw.companded(frames.cut(settings.startingContent(content, styles: styles, threads: encoder.threads)))
            : companded
        start = settings.start.frames(
            content: startContent, style: compandedStyles.mixed(to: dimension, fit: .trim), noise: settings.startNoise,
            seed: settings.seed)
    }

    func evaluate(_ x: [Float]) -> (losses: Losses, gradient: [Float]) {
        let gradient = session.evaluate(x, visitors: visitors, companions: companions)
        return (terms.losses(balanced: isBalanced), gradient)
    }

    /// Frames scaled so that the largest value is 1, expanded one by one, added up, and limited. Values below -1 are raised to
    /// it: where the largest is tiny beside them, mu-law's inverse would overflow.
    func waveform(of x: [Float], listener: (PhaseReconstruction.Progress) throws -> Bool) -> [Float] {
        let largest = x.max() ?? 0
        // Without a value above 0 there is nothing to scale by.
        let scaled = x.map { max(largest > 0 ? $0 / largest : $0, -1) }
        return Limiter().limited(frames.added(MuLaw.expand(scaled)))
    }
}
